package records

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieback/ingest"
)

// FuzzCSV compares rows with encoding/csv where that finds no fault, and holds in any case: every byte of the text that is not
// an end of a line is in exactly one row, in order.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\"a\nb\",\"c\"\"d\"\n", "\"open\nx,y\n\"z\n", "a\"b,c\n", ",\n\n,", "\"\",\"\n\"\n\"\"\"\"", "\"a\"b\nc\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\r\x00") {
			t.Skip("line ends are compared elsewhere")
		}
		rows := rowReader{file: &ingest.Uncompressed{Reader: bufio.NewReader(strings.NewReader(text)), Name: "fuzz"}, line: 1, rowParser: rowParser{delimiter: ','}}
		var got [][]string
		var all bytes.Buffer
		broken := false
		for {
			raw, cells, _, fault, err := rows.next()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			all.Write(bytes.ReplaceAll(raw, []byte("\n"), nil))
			broken = broken || fault != ""
			var row []string
			for _, cell := range cells {
				row = append(row, string(cell))
			}
			got = append(got, row)
		}
		var want bytes.Buffer
		blank := false
		for _, line := range strings.Split(text, "\n") {
			want.WriteString(line)
			blank = blank || line != "" && strings.TrimSpace(line) == ""
		}
		if !blank && all.String() != want.String() {
			t.Errorf("rows hold %q, the text %q", all.String(), want.String())
		}
		reader := csv.NewReader(strings.NewReader(text))
		reader.FieldsPerRecord = -1
		wanted, err := reader.ReadAll()
		if err != nil || blank {
			return
		}
		if broken || cmp.Diff(wanted, got) != "" {
			t.Errorf("%q: broken %v (-encoding/csv +got):\n%s", text, broken, cmp.Diff(wanted, got))
		}
	})
}

// FuzzAppendText: what is written reads back as it was.
func FuzzAppendText(f *testing.F) {
	f.Add("a\"\\\n\x01\u2028ü")
	f.Fuzz(func(t *testing.T, text string) {
		var back string
		if err := json.Unmarshal(appendText(nil, []byte(text)), &back); err != nil || back != strings.ToValidUTF8(text, "\ufffd") && strings.ToValidUTF8(text, "") == text {
			t.Errorf("%q became %q, %v", text, back, err)
		}
	})
}

// Decimals with fewer digits than places, and the smallest number of 64 bits, which has no opposite.
func TestAppendDecimal(t *testing.T) {
	for want, c := range map[string]struct {
		n     int64
		scale int32
	}{
		`"0.00"`: {0, 2}, `"-0.05"`: {-5, 2}, `"1.00"`: {100, 2}, `"123"`: {123, 0}, `"0.000001"`: {1, 6}, `"-92233720368547758.08"`: {-9223372036854775808, 2},
	} {
		if got := string(appendDecimal(nil, c.n, c.scale)); got != want {
			t.Errorf("%d with %d places is %s, want %s", c.n, c.scale, got, want)
		}
	}
}
