-- Per partition: consumed = written + duplicates + conflicts + dead letters + left out.
select topic, partition, difference from meta.reconciliation where difference <> 0
