package records

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"tieback/ingest"
)

// batchRows is how many rows of a Parquet file are decoded at once.
const batchRows = 4096

// columnarReader reads the rows of Arrow record batches, whatever file they come from.
type columnarReader struct {
	name   string
	table  *table
	schema *arrow.Schema
	// batches yields the columns of some rows; io.EOF after the last ones. They hold until the next call.
	batches func() ([]arrow.Array, error)
	// pass skips whole batches of at most n rows in all and returns how many rows that were; nil: none can be skipped.
	pass    func(n int64) int64
	cells   []cellWriter
	rows    int
	next    int
	closers []func() error
}

// columnar opens a Parquet or Arrow file at record from.
func (o Options) columnar(in *ingest.Uncompressed, format Format, from int64) (_ ingest.RecordReader, err error) {
	c := &columnarReader{name: in.Name}
	c.closers = append(c.closers, in.Close)
	defer func() {
		if broken := recover(); broken != nil { // the libraries trust what a file says of itself
			err = fmt.Errorf("read %s as %s: it is damaged (%v)", in.Name, format, broken)
		}
		if err != nil {
			_ = c.closeAll(c.closers[1:]) // the file itself is the caller's
		}
	}()
	if format == Parquet {
		err = c.openParquet(in)
	} else {
		err = c.openArrow(in)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s as %s: %w (is the file complete?)", in.Name, format, err)
	}
	columns := make([]string, c.schema.NumFields())
	for i, field := range c.schema.Fields() {
		columns[i] = field.Name
	}
	if c.table, err = newTable(o, in.Name, columns); err != nil {
		return nil, err
	}
	if c.pass != nil && !c.table.derivesIDs() {
		from -= c.pass(from)
	}
	return c, ingest.Skip(c, from)
}

// openParquet reads the footer. Rows are decoded row group by row group, page by page.
func (c *columnarReader) openParquet(in *ingest.Uncompressed) error {
	whole, err := c.seekable(in)
	if err != nil {
		return err
	}
	properties := parquet.NewReaderProperties(memory.DefaultAllocator)
	properties.BufferedStreamEnabled = true // else whole column chunks are read into memory
	reader, err := file.NewParquetReader(whole, file.WithReadProps(properties))
	if err != nil {
		return err
	}
	rows, err := pqarrow.NewFileReader(reader, pqarrow.ArrowReadProperties{BatchSize: batchRows}, memory.DefaultAllocator)
	if err != nil {
		return err
	}
	if c.schema, err = rows.Schema(); err != nil {
		return err
	}
	first := 0
	c.pass = func(n int64) (passed int64) {
		for ; first < reader.NumRowGroups() && passed+reader.RowGroup(first).NumRows() <= n; first++ {
			passed += reader.RowGroup(first).NumRows()
		}
		return passed
	}
	var group *rowGroup
	c.batches = func() ([]arrow.Array, error) {
		for {
			if group == nil {
				if first >= reader.NumRowGroups() {
					return nil, io.EOF
				}
				if group, err = openRowGroup(rows, first); err != nil {
					return nil, err
				}
				first++
			}
			columns, err := group.next()
			if !errors.Is(err, io.EOF) {
				return columns, err
			}
			group = nil
		}
	}
	return nil
}

// rowGroup reads the columns of one row group side by side. pqarrow's own record reader opens them in goroutines, where what a
// damaged file makes it do cannot be recovered from.
type rowGroup struct {
	columns []*pqarrow.ColumnReader
	left    int64
}

func openRowGroup(rows *pqarrow.FileReader, number int) (*rowGroup, error) {
	metadata := rows.ParquetReader().MetaData()
	leaves := make(map[int]bool)
	for i := range metadata.Schema.NumColumns() {
		leaves[i] = true
	}
	g := &rowGroup{left: metadata.RowGroup(number).NumRows()}
	for i := range rows.Manifest.Fields {
		column, err := rows.GetFieldReader(context.Background(), i, leaves, []int{number})
		if err != nil {
			return nil, err
		}
		g.columns = append(g.columns, column)
	}
	return g, nil
}

// next returns the next rows of all columns; io.EOF after the last ones.
func (g *rowGroup) next() ([]arrow.Array, error) {
	if g.left == 0 {
		return nil, io.EOF
	}
	want := min(g.left, batchRows)
	columns := make([]arrow.Array, len(g.columns))
	for i, column := range g.columns {
		chunks, err := column.NextBatch(want)
		if err != nil {
			return nil, err
		}
		if int64(chunks.Len()) != want {
			return nil, fmt.Errorf("column %s has %d rows where its row group has %d", column.Field().Name, chunks.Len(), want)
		}
		if columns[i], err = array.Concatenate(chunks.Chunks(), memory.DefaultAllocator); err != nil {
			return nil, err
		}
	}
	g.left -= want
	return columns, nil
}

// openArrow reads the schema of an IPC file, or of an IPC stream.
func (c *columnarReader) openArrow(in *ingest.Uncompressed) error {
	head, err := in.Peek(4)
	if err != nil {
		return err
	}
	if head[0] == 0xff {
		stream, err := ipc.NewReader(in)
		if err != nil {
			return err
		}
		c.schema = stream.Schema()
		c.batches = func() ([]arrow.Array, error) {
			if !stream.Next() {
				if err := stream.Err(); err != nil && !errors.Is(err, io.EOF) {
					return nil, err
				}
				return nil, io.EOF
			}
			return stream.RecordBatch().Columns(), nil
		}
		return nil
	}
	whole, err := c.seekable(in)
	if err != nil {
		return err
	}
	reader, err := ipc.NewFileReader(whole)
	if err != nil {
		return err
	}
	c.schema = reader.Schema()
	next := 0
	c.batches = func() ([]arrow.Array, error) {
		if next >= reader.NumRecords() {
			return nil, io.EOF
		}
		batch, err := reader.RecordBatch(next)
		if err != nil {
			return nil, err
		}
		next++
		return batch.Columns(), nil
	}
	return nil
}

// seekable is the file itself, or a temporary copy of what is compressed or comes from standard input: these formats are
// read from their end.
func (c *columnarReader) seekable(in *ingest.Uncompressed) (*os.File, error) {
	if in.File != nil {
		return in.File, nil
	}
	copied, err := os.CreateTemp("", "tieback-*.tmp")
	if err != nil {
		return nil, err
	}
	c.closers = append(c.closers, func() error { return errors.Join(copied.Close(), os.Remove(copied.Name())) })
	if _, err := io.Copy(copied, in); err != nil {
		return nil, err
	}
	return copied, nil
}

// Append appends the next row as a flat event.
func (c *columnarReader) Append(arena []byte) (out []byte, err error) {
	start := len(arena)
	defer func() {
		if broken := recover(); broken != nil {
			out, err = arena[:start], fmt.Errorf("read %s: it is damaged (%v)", c.name, broken)
		}
	}()
	for c.next >= c.rows {
		columns, err := c.batches()
		if errors.Is(err, io.EOF) {
			return arena, io.EOF
		} else if err != nil {
			return arena, fmt.Errorf("read %s: %w (is the file complete?)", c.name, err)
		}
		c.rows, c.next, c.cells = 0, 0, c.cells[:0]
		for _, column := range columns {
			c.rows = column.Len()
			c.cells = append(c.cells, writerOf(column))
		}
	}
	row := c.next
	c.next++
	return c.table.append(arena, func(arena []byte, i int) ([]byte, bool) { return c.cells[i](arena, row) }), nil
}

// Close closes the file and removes what was made of it.
func (c *columnarReader) Close() error { return c.closeAll(c.closers) }

func (c *columnarReader) closeAll(closers []func() error) error {
	var errs []error
	for i := len(closers) - 1; i >= 0; i-- {
		errs = append(errs, closers[i]())
	}
	return errors.Join(errs...)
}
