package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A sheet is a CSV file with a header, held by column.
type sheet struct {
	path    string
	names   []string
	columns [][]string
	lines   []int // of each row, the line of the file it starts at
}

// readSheet reads a CSV file; "-" is standard input. The delimiter is one character, or "tab".
func (a *app) readSheet(path, delimiter string) (*sheet, error) {
	comma, err := delimiterRune(delimiter)
	if err != nil {
		return nil, err
	}
	in := a.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }() // it was only read
		in = file
	}
	s, err := parseSheet(in, comma)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s.path = path
	return s, nil
}

func delimiterRune(delimiter string) (rune, error) {
	if delimiter == "tab" || delimiter == `\t` {
		return '\t', nil
	}
	r, size := utf8.DecodeRuneInString(delimiter)
	if size != len(delimiter) || size == 0 || r == '"' || r == '\n' || r == '\r' || r == utf8.RuneError {
		return 0, usagef("--delimiter %q is not one character: try --delimiter ';' or --delimiter tab", delimiter)
	}
	return r, nil
}

func parseSheet(in io.Reader, comma rune) (*sheet, error) {
	buffered := bufio.NewReaderSize(in, 1<<20)
	if mark, _ := buffered.Peek(3); bytes.Equal(mark, []byte("\uFEFF")) {
		_, _ = buffered.Discard(3)
	}
	r := csv.NewReader(buffered)
	r.Comma, r.ReuseRecord = comma, true
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("is empty: it needs a line of column names and rows below it")
	}
	if err != nil {
		return nil, err
	}
	s := &sheet{}
	for _, name := range header {
		name = strings.TrimSpace(strings.Clone(name))
		if name != "" && slices.Contains(s.names, name) {
			return nil, fmt.Errorf("two columns are named %q", name)
		}
		s.names = append(s.names, name)
	}
	s.columns = make([][]string, len(header))
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		s.lines = append(s.lines, line)
		for i, cell := range record {
			s.columns[i] = append(s.columns[i], strings.TrimSpace(cell))
		}
	}
	if len(s.lines) == 0 {
		return nil, errors.New("has a header and no rows")
	}
	return s, nil
}

// rows is the number of data rows.
func (s *sheet) rows() int { return len(s.lines) }

// has says whether the file has the column.
func (s *sheet) has(name string) bool { return slices.Contains(s.names, name) }

// text is a column as written, blanks trimmed. The flag is the one that named the column, for the sentence.
func (s *sheet) text(flag, name string) ([]string, error) {
	i := slices.Index(s.names, name)
	if i < 0 {
		return nil, fmt.Errorf("%s has no column %q (%s); its columns are %s. With another delimiter, say --delimiter", s.path, name, flag, strings.Join(s.names, ", "))
	}
	return s.columns[i], nil
}

// numbers is a column of finite numbers; an empty cell, text, NaN or an infinity is an error that names the line.
func (s *sheet) numbers(flag, name string) ([]float64, error) {
	cells, err := s.text(flag, name)
	if err != nil {
		return nil, err
	}
	values := make([]float64, len(cells))
	for i, cell := range cells {
		v, err := strconv.ParseFloat(cell, 64)
		switch {
		case cell == "":
			return nil, fmt.Errorf("%s line %d: column %q is empty, a number is needed", s.path, s.lines[i], name)
		case err != nil && strings.Contains(cell, ","):
			return nil, fmt.Errorf("%s line %d: column %q is %q, not a number: write a decimal point and no thousands separators", s.path, s.lines[i], name, cell)
		case err != nil, math.IsNaN(v), math.IsInf(v, 0):
			return nil, fmt.Errorf("%s line %d: column %q is %q, not a number", s.path, s.lines[i], name, cell)
		}
		values[i] = v
	}
	return values, nil
}
