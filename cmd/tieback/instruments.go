package main

import (
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"tieback/ingest"
	"tieback/ingest/event"
	"tieback/warehouse"
)

// instruments are what Prometheus reads of ingest. They are recorded once per fetch and partition, and once per commit.
type instruments struct {
	registry *prometheus.Registry

	fetchErrors                    prometheus.Counter
	written, duplicates, conflicts prometheus.Counter
	deadLetters, broken            *prometheus.CounterVec
	commitSeconds, batchMessages   prometheus.Histogram
	lastCommit                     prometheus.Gauge
	builds                         *prometheus.CounterVec
	buildSeconds                   prometheus.Gauge

	perPartition partitionVectors
	mu           sync.Mutex
	partitions   map[ingest.Partition]*partitionMetrics
}

// partitionVectors have the labels topic and partition.
type partitionVectors struct {
	fetchedMessages, fetchedBytes, consumed, leftOut *prometheus.CounterVec
	position, highWater, stable, lag                 *prometheus.GaugeVec
}

// partitionMetrics are those of one partition, looked up once.
type partitionMetrics struct {
	fetchedMessages, fetchedBytes, consumed, leftOut prometheus.Counter
	position, highWater, stable, lag                 prometheus.Gauge
}

func newInstruments() *instruments {
	m := &instruments{registry: prometheus.NewRegistry(), partitions: make(map[ingest.Partition]*partitionMetrics)}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: "tieback", Name: name, Help: help})
		m.registry.MustRegister(c)
		return c
	}
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "tieback", Name: name, Help: help})
		m.registry.MustRegister(g)
		return g
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "tieback", Name: name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	m.fetchErrors = counter("fetch_errors_total", "Fetches that failed and were tried again.")
	m.written = counter("events_written_total", "Messages that became rows; one of which a map made several counts once.")
	m.duplicates = counter("events_duplicate_total", "Messages that were in the warehouse already, with equal content.")
	m.conflicts = counter("events_conflict_total", "Messages whose id was in the warehouse with other content; they are dead letters too.")
	m.deadLetters = counters("dead_letters_total", "Messages of which nothing could become a row, by code.", "code")
	m.broken = counters("broken_messages_total", "Messages of which at least one event could not become a row, by its code: the dead letters, and those of which a map made other events that are rows.", "code")
	m.lastCommit = gauge("last_commit_timestamp_seconds", "When the last batch became durable.")
	m.builds = counters("builds_total", "Builds that ingest did on request, by result: ok or failed.", "result")
	m.buildSeconds = gauge("last_build_duration_seconds", "How long the last build on request took.")
	m.commitSeconds = m.histogram("commit_duration_seconds", "How long batches took to become durable.", prometheus.ExponentialBuckets(0.005, 2, 13))
	m.batchMessages = m.histogram("batch_messages", "How many messages a batch held.", prometheus.ExponentialBuckets(1, 4, 10))
	m.begin()
	m.registerPartitions()
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// begin sets what has a known label to 0: a counter that comes into being with its first count shows Prometheus no increase.
func (m *instruments) begin() {
	for _, c := range event.Codes {
		m.deadLetters.WithLabelValues(string(c.Code))
		m.broken.WithLabelValues(string(c.Code))
	}
	for _, result := range []string{"ok", "failed"} {
		m.builds.WithLabelValues(result)
	}
}

func (m *instruments) histogram(name, help string, buckets []float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "tieback", Name: name, Help: help, Buckets: buckets})
	m.registry.MustRegister(h)
	return h
}

func (m *instruments) registerPartitions() {
	labels := []string{"topic", "partition"}
	counter := func(name, help string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "tieback", Name: name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "tieback", Name: name, Help: help}, labels)
		m.registry.MustRegister(g)
		return g
	}
	m.perPartition = partitionVectors{
		fetchedMessages: counter("fetched_messages_total", "Messages read from Kafka, without control records and aborted ones."),
		fetchedBytes:    counter("fetched_bytes_total", "Bytes of keys and values read from Kafka, decompressed."),
		consumed:        counter("messages_consumed_total", "Messages accounted for by durable batches."),
		leftOut:         counter("messages_left_out_total", "Messages left out by rule, such as tombstones."),
		position:        gauge("partition_position", "The offset where reading goes on after the last durable batch."),
		highWater:       gauge("partition_high_water_mark", "The offset where the log ends."),
		stable:          gauge("partition_last_stable_offset", "The offset up to which transactions are decided: what can be read."),
		lag:             gauge("partition_lag", "Offsets between the position and the last stable offset."),
	}
}

// of returns the metrics of one partition.
func (m *instruments) of(p ingest.Partition) *partitionMetrics {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known := m.partitions[p]; known != nil {
		return known
	}
	v, topic, number := m.perPartition, p.Topic, strconv.Itoa(int(p.Partition))
	made := &partitionMetrics{
		v.fetchedMessages.WithLabelValues(topic, number), v.fetchedBytes.WithLabelValues(topic, number),
		v.consumed.WithLabelValues(topic, number), v.leftOut.WithLabelValues(topic, number),
		v.position.WithLabelValues(topic, number), v.highWater.WithLabelValues(topic, number),
		v.stable.WithLabelValues(topic, number), v.lag.WithLabelValues(topic, number),
	}
	m.partitions[p] = made
	return made
}

func (m *instruments) fetched(f ingest.Fetched, lag int64) {
	p := m.of(f.Partition)
	p.fetchedMessages.Add(float64(f.Messages))
	p.fetchedBytes.Add(float64(f.Bytes))
	p.highWater.Set(float64(f.HighWater))
	p.stable.Set(float64(f.Stable))
	p.lag.Set(float64(lag))
}

func (m *instruments) committed(d durable, now time.Time) {
	for _, r := range d.Ranges {
		p := m.of(r.Partition)
		p.consumed.Add(float64(r.Consumed))
		p.leftOut.Add(float64(r.LeftOut))
		p.position.Set(float64(r.Next))
	}
	m.written.Add(float64(d.Written))
	m.duplicates.Add(float64(d.Duplicates))
	m.conflicts.Add(float64(d.Conflicts))
	for code, n := range d.Codes {
		m.deadLetters.WithLabelValues(string(code)).Add(float64(n))
	}
	for code, n := range d.Broken {
		m.broken.WithLabelValues(string(code)).Add(float64(n))
	}
	m.commitSeconds.Observe(d.Took.Seconds())
	m.batchMessages.Observe(float64(d.Rows))
	m.lastCommit.Set(seconds(now))
}

func (m *instruments) built(took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	}
	m.builds.WithLabelValues(result).Inc()
	m.buildSeconds.Set(took.Seconds())
}

// look adds what is looked up when Prometheus asks.
func (m *instruments) look(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "tieback", Name: name, Help: help}, value))
}

// watch adds files, space, and whether ingest is ready.
func (m *instruments) watch(path string, ready func() bool) {
	m.look("snapshot_timestamp_seconds", "When the newest snapshot was published; 0: there is none.", func() float64 {
		info, err := os.Stat(warehouse.SnapshotPath(path))
		if err != nil {
			return 0
		}
		return seconds(info.ModTime())
	})
	m.look("warehouse_size_bytes", "Size of the DuckDB file, without its log.", func() float64 {
		info, err := os.Stat(path)
		if err != nil {
			return 0
		}
		return float64(info.Size())
	})
	m.look("disk_free_bytes", "Space that is free for the warehouse.", func() float64 {
		free, err := freeDisk(path)
		if err != nil {
			return 0
		}
		return float64(free)
	})
	m.look("ready", "1 if /readyz says so, else 0.", func() float64 {
		if ready() {
			return 1
		}
		return 0
	})
}

// seconds is a moment as Prometheus writes it.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
