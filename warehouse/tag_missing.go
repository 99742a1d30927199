//go:build !duckdb_arrow

package warehouse

// This line is here to fail: DuckDB's Arrow interface is compiled in only with a build tag.
var _ = build_tieback_with_the_tag_duckdb_arrow__go_build_tags_duckdb_arrow
