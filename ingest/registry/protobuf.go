package registry

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/bufbuild/protocompile"
	"github.com/twmb/franz-go/pkg/sr"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// builtIn holds the files that serializers take as known and do not register.
//
//go:embed proto
var builtIn embed.FS

// rootFile is what a schema itself is called while it is compiled.
const rootFile = "tieback/schema.proto"

// maxIndex bounds how deep a message may be declared within others.
const maxIndex = 32

// protobufSchema translates Protobuf.
type protobufSchema struct{ file protoreflect.FileDescriptor }

// compileProtobuf compiles a schema with the files it imports.
func compileProtobuf(text string, references []reference) (translator, error) {
	files := map[string]string{rootFile: text}
	for _, r := range references {
		files[r.name] = r.schema
	}
	compiler := protocompile.Compiler{MaxParallelism: 1, Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
		Accessor: func(path string) (io.ReadCloser, error) {
			if text, ok := files[path]; ok {
				return io.NopCloser(strings.NewReader(text)), nil
			}
			file, err := builtIn.Open("proto/" + path)
			if errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("%s is no reference of the schema: %w", path, err)
			}
			return file, err
		},
	})}
	compiled, err := compiler.Compile(context.Background(), rootFile)
	if err != nil {
		return nil, err
	}
	return protobufSchema{compiled[0]}, nil
}

func (s protobufSchema) translate(index, value []byte) ([]byte, error) {
	path := []int{0}
	var err error
	switch {
	case index == nil:
		if path, value, err = (&sr.ConfluentHeader{}).DecodeIndex(value, maxIndex); err != nil {
			return nil, err
		}
	case len(index) > 0:
		if path, _, err = (&sr.ConfluentHeader{}).DecodeIndex(index, maxIndex); err != nil {
			return nil, err
		}
	}
	descriptor, err := s.message(path)
	if err != nil {
		return nil, err
	}
	m := dynamicpb.NewMessage(descriptor)
	if err := proto.Unmarshal(value, m); err != nil {
		return nil, err
	}
	decoded, err := messageValue(m, 0)
	if err != nil {
		return nil, err
	}
	return appendJSON(nil, decoded)
}

// message finds a message by its path: the number of one in the file, then of one declared within it, and so on.
func (s protobufSchema) message(path []int) (protoreflect.MessageDescriptor, error) {
	var found protoreflect.MessageDescriptor
	within := s.file.Messages()
	for _, i := range path {
		if i < 0 || i >= within.Len() {
			return nil, fmt.Errorf("the file has no message %v", path)
		}
		found = within.Get(i)
		within = found.Messages()
	}
	return found, nil
}
