// Package sql holds every SQL file of the product, embedded.
package sql

import "embed"

// Files has the folders schema, staging, intermediate, marts and checks.
//
//go:embed schema/*.sql staging/*.sql intermediate/*.sql marts/*.sql checks/*.sql columns.txt
var Files embed.FS
