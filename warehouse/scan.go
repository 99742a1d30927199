//go:build duckdb_arrow

package warehouse

/*
#include <stdint.h>
#include <stdlib.h>

// Apache Arrow's C data and C stream interfaces (https://arrow.apache.org/docs/format/CDataInterface.html).
struct ArrowSchema {
	const char *format;
	const char *name;
	const char *metadata;
	int64_t flags;
	int64_t n_children;
	struct ArrowSchema **children;
	struct ArrowSchema *dictionary;
	void (*release)(struct ArrowSchema *);
	void *private_data;
};

struct ArrowArray;

struct ArrowArrayStream {
	int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *);
	int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *);
	const char *(*get_last_error)(struct ArrowArrayStream *);
	void (*release)(struct ArrowArrayStream *);
	void *private_data;
};

// A scan is a stream whose schema is exported once: outer is what DuckDB sees, inner what Go exported.
struct scan {
	struct ArrowArrayStream outer, inner;
	struct ArrowSchema schema;
};

static void nothing_to_release(struct ArrowSchema *schema) { (void)schema; }

static int scan_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
	*out = ((struct scan *)stream->private_data)->schema;
	out->release = nothing_to_release;
	return 0;
}

static int scan_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
	struct ArrowArrayStream *inner = &((struct scan *)stream->private_data)->inner;
	return inner->get_next(inner, out);
}

static const char *scan_error(struct ArrowArrayStream *stream) {
	struct ArrowArrayStream *inner = &((struct scan *)stream->private_data)->inner;
	return inner->get_last_error(inner);
}

static void scan_release(struct ArrowArrayStream *stream) { stream->release = NULL; }

static struct scan *new_scan(void) {
	struct scan *s = calloc(1, sizeof(struct scan));
	s->outer.get_schema = scan_schema;
	s->outer.get_next = scan_next;
	s->outer.get_last_error = scan_error;
	s->outer.release = scan_release;
	s->outer.private_data = s;
	return s;
}
*/
import "C"

import (
	"errors"
	"reflect"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/cdata"
	"github.com/duckdb/duckdb-go/v2/arrowmapping"
	"github.com/duckdb/duckdb-go/v2/mapping"
)

// registerView makes a view of a connection over the records of a reader, as duckdb.Arrow.RegisterView does, which it stands in for:
// DuckDB never releases the schemas that it asks a stream for (its pull request #16050), a kilobyte a column each time. Here
// it gets the same one again and again, and release frees it. release is to be called when the view is gone and no statement
// looks at it any more.
func registerView(conn any, reader array.RecordReader, name string) (release func(), err error) {
	s := C.new_scan()
	cdata.ExportRecordReader(reader, (*cdata.CArrowArrayStream)(unsafe.Pointer(&s.inner)))
	cdata.ExportArrowSchema(reader.Schema(), (*cdata.CArrowSchema)(unsafe.Pointer(&s.schema)))
	release = func() {
		cdata.ReleaseCArrowArrayStream((*cdata.CArrowArrayStream)(unsafe.Pointer(&s.inner)))
		cdata.ReleaseCArrowSchema((*cdata.CArrowSchema)(unsafe.Pointer(&s.schema)))
		C.free(unsafe.Pointer(s))
	}
	// The client's connection does not show DuckDB's own; reading the field breaks with a client that is built otherwise, loudly.
	own := reflect.ValueOf(conn).Elem().FieldByName("conn").FieldByName("Ptr").UnsafePointer()
	if arrowmapping.ArrowScan(mapping.Connection{Ptr: own}, name, arrowmapping.ArrowStream{Ptr: unsafe.Pointer(&s.outer)}) == mapping.StateError {
		release()
		return nil, errors.New("DuckDB refuses a view over Arrow")
	}
	return release, nil
}
