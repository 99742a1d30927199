// Package mapping turns foreign records into events by maps: jq programs in which numbers stay exact.
//
// A map reads one record of a vendor and yields zero or more flat events of the contract, or left_out(reason). Decimals and
// 64-bit ids pass through byte for byte; arithmetic on decimals is a matter of functions (dadd, dsub, dmul, …), and plain arithmetic on one is an
// error, because jq would compute it in floating point. A map sees nothing but its record: no clock, no environment, no other input.
package mapping

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Limits of one record. A map that exceeds one of them makes a dead letter of the record.
const (
	// maxOutputs is how many events one record may become.
	maxOutputs = 10_000
	// maxRun is how long a map may work on one record.
	maxRun = 2 * time.Second
	// maxDepth is how deep a record may nest.
	maxDepth = 200
)

// maps are the built-in maps: one file each, named after the map.
//
//go:embed maps/*.jq
var maps embed.FS

// Map is a checked program. It is read only: each goroutine runs it with a Worker of its own.
type Map struct {
	// Name is the built-in map's name, or the path of an own map.
	Name string
	text string
	// whole is the program as it was written, but for the guards; lean the same for records without the members that it does not name, nil where
	// it looks at whole objects.
	whole, lean *program
}

// Names lists the built-in maps.
func Names() []string {
	files, err := fs.Glob(maps, "maps/*.jq")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".jq")
	}
	return files
}

// Open returns the built-in map of that name, or the map in the file of that path: what ends in .jq or names a folder is a path.
// A program that does not compile is an error that names file, line and the text near the fault.
func Open(name string) (*Map, error) {
	if IsFile(name) {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the map: %w", err)
		}
		return New(name, string(text))
	}
	text, err := maps.ReadFile("maps/" + name + ".jq")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no built-in map %q; name one of %s, or the path of an own map such as maps/own.jq", name, strings.Join(Names(), ", "))
	}
	if err != nil {
		return nil, err
	}
	return New(name, string(text))
}

// Digest is a short hash of the map's text, by which two versions of a map are told apart; the name plays no part.
func (m *Map) Digest() string {
	sum := sha256.Sum256([]byte(m.text))
	return hex.EncodeToString(sum[:8])
}

// New compiles a map.
func New(name, text string) (*Map, error) {
	m := &Map{Name: name, text: text}
	var err error
	if m.whole, err = m.compile(false); err != nil {
		return nil, err
	}
	if m.whole.readsWholeObjects() {
		return m, nil
	}
	m.lean, err = m.compile(true)
	return m, err
}
