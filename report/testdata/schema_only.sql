-- A snapshot without a row: nothing was loaded.
select 1;
