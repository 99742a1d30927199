package records_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieback/ingest/event"
	"tieback/ingest/records"
)

// entryHead is the beginning of every record of TestCSVRows.
const entryHead = `{"id":"%d","type":"cost.entry","time":"2026-03-02T10:15:00Z",`

// Rows as RFC 4180 has them, and those that only almost are. A broken row costs itself alone and keeps its bytes.
func TestCSVRows(t *testing.T) {
	const header = "id,type,time,category,note\r\n"
	good := func(id int, rest string) string { return fmt.Sprintf(entryHead, id) + rest + "}" }
	row := func(id int, rest string) string {
		return fmt.Sprintf("%d,cost.entry,2026-03-02T10:15:00Z,%s", id, rest)
	}
	for name, c := range map[string]struct {
		rows string
		want []string
	}{
		"plain":               {row(1, "media,x\r\n") + row(2, "staff, y \r\n"), []string{good(1, `"category":"media","note":"x"`), good(2, `"category":"staff","note":"y"`)}},
		"no end at the end":   {row(1, "media,x"), []string{good(1, `"category":"media","note":"x"`)}},
		"empty cells":         {row(1, ",\n") + row(2, "\"\", \n"), []string{`{"id":"1","type":"cost.entry","time":"2026-03-02T10:15:00Z"}`, `{"id":"2","type":"cost.entry","time":"2026-03-02T10:15:00Z"}`}},
		"blank lines":         {"\n\r\n" + row(1, "media,x\n") + " \n\n", []string{good(1, `"category":"media","note":"x"`)}},
		"quotes":              {row(1, "\"a,b\",\"c\"\"d\"\n"), []string{good(1, `"category":"a,b","note":"c\"d"`)}},
		"quoted newlines":     {row(1, "\"a\r\nb\n\nc\",x\r\n") + row(2, "m,n\n"), []string{good(1, `"category":"a\r\nb\n\nc","note":"x"`), good(2, `"category":"m","note":"n"`)}},
		"quotes in a cell":    {row(1, "5\" pipe,x\"\"y\"\n"), []string{good(1, `"category":"5\" pipe","note":"x\"\"y\""`)}},
		"control and unicode": {row(1, "a\tb\x01,ü€😀\n"), []string{good(1, `"category":"a\tb\u0001","note":"ü€😀"`)}},
		"too few, too many":   {"1,2\n" + row(1, "m,n\n") + row(3, "m,n,\n") + row(2, "m,n\n"), []string{"bad_row: 1,2", good(1, `"category":"m","note":"n"`), "bad_row: " + row(3, "m,n,"), good(2, `"category":"m","note":"n"`)}},
		"text after a quote":  {row(1, "\"a\"b,c\n") + row(2, "m,n\n"), []string{"bad_row: " + row(1, "\"a\"b,c"), good(2, `"category":"m","note":"n"`)}},
		"never closed":        {row(1, "\"a,b\n") + row(2, "m,n\n") + row(3, "m,n"), []string{"bad_row: " + row(1, "\"a,b"), good(2, `"category":"m","note":"n"`), good(3, `"category":"m","note":"n"`)}},
		"closed by the next":  {row(1, "\"a,b\n") + row(2, "\"m\",n\n") + row(3, "m,n"), []string{"bad_row: " + row(1, "\"a,b"), good(2, `"category":"m","note":"n"`), good(3, `"category":"m","note":"n"`)}},
		"zero byte":           {row(1, "a\x00b,c\n") + row(2, "m,n\n"), []string{"bad_row: " + row(1, "a\x00b,c"), good(2, `"category":"m","note":"n"`)}},
		"latin-1":             {row(1, "stra\xdfe,c\n") + row(2, "m,n\n"), []string{"not_utf8: " + row(1, "stra\xdfe,c"), good(2, `"category":"m","note":"n"`)}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, read(t, records.Options{}, write(t, "a.csv", []byte(header+c.rows)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Dead letters name the line, also after rows that span several and after lines that were read twice.
func TestCSVNamesTheLine(t *testing.T) {
	content := "id,type,time\n\n\"1\n\n\",t,2\nragged\n\"open,1,2\n4,5,6\nragged\n"
	r, err := records.Options{}.Open(write(t, "a.csv", []byte(content)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	want := []string{"", "line 6 has 1 cells, the header has 3", "line 7: a quote is never closed", "", "line 9 has 1 cells, the header has 3"}
	for i, reason := range want {
		_, err := r.Append(nil)
		why := event.AsInvalid(err)
		if err != nil && why == nil || (why != nil) != (reason != "") || why != nil && why.Reason != reason {
			t.Errorf("record %d: %v, want %q", i, err, reason)
		}
	}
}

// A quote that is never closed costs its line, however much follows it.
func TestOpenQuoteInALongFile(t *testing.T) {
	var content strings.Builder
	content.WriteString("id,type,time\n\"0,open,2\n")
	const n = 40_000 // more than maxRowBytes
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&content, "%d,platform.shock,2026-03-02T10:15:00Z\n", i)
	}
	got := read(t, records.Options{}, write(t, "a.csv", []byte(content.String())))
	if len(got) != n+1 || got[0] != `bad_row: "0,open,2` || got[n] != fmt.Sprintf(`{"id":"%d","type":"platform.shock","time":"2026-03-02T10:15:00Z"}`, n) {
		t.Errorf("%d records, the first %q, the last %q", len(got), got[0], got[len(got)-1])
	}
}

// Options give what rows lack: type, source, id and time; a day begins in the time zone of the report.
func TestRowsAreCompleted(t *testing.T) {
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	content := "entry_id;starts_on;amount;source;type;;\nA;2026-03-08;1.234,56;;;x;\nB;2026-03-09;12,5;own;fx.rate;;\nC;;1.50;;;;\n"
	o := records.Options{Type: "cost.entry", Source: "books", IDFrom: "entry_id", TimeFrom: "starts_on", DecimalComma: true, Zone: zone}
	want := []string{
		// The clocks of Chicago go forward at two o'clock on March 8, 2026: its day begins at −06:00, the next at −05:00.
		`{"entry_id":"A","starts_on":"2026-03-08","amount":"1234.56","id":"A","time":"2026-03-08T00:00:00-06:00","type":"cost.entry","source":"books"}`,
		`{"entry_id":"B","starts_on":"2026-03-09","amount":"12,5","source":"own","type":"fx.rate","id":"B","time":"2026-03-09T00:00:00-05:00"}`,
		`bad_amount: C;;1.50;;;;`,
	}
	if diff := cmp.Diff(want, read(t, o, write(t, "a.csv", []byte(content)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = faultOf(t, records.Options{Type: "cost.entry", TimeFrom: "day"}, write(t, "a.csv", []byte(content)))
	if !strings.Contains(err.Error(), "--time-from day is none of its columns entry_id, starts_on") {
		t.Errorf("%v, want the columns that there are", err)
	}
}

// Where clocks skip midnight the day begins at one: São Paulo, November 4, 2018 (IANA time zone database).
func TestDayWithoutMidnight(t *testing.T) {
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	content := "id,type,time,revision\n1,t,2018-11-04,2018-11-03\n2,t,2018-02-30,7\n"
	want := []string{
		`{"id":"1","type":"t","time":"2018-11-04T01:00:00-02:00","revision":"2018-11-03T00:00:00-03:00"}`,
		`{"id":"2","type":"t","time":"2018-02-30","revision":"7"}`, // no day: the decoder says so
	}
	if diff := cmp.Diff(want, read(t, records.Options{Zone: zone}, write(t, "a.csv", []byte(content)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Of foreign rows nobody knows which cells are numbers: those that are one from end to end are taken for it. A number with a decimal
// point makes a dead letter of its row, since 1.500 beside it could be either; everything else is the map's to judge.
func TestDecimalCommaOfForeignRows(t *testing.T) {
	const refused = "refused"
	for cell, want := range map[string]string{
		"1.234,56": "1234.56", "12,5": "12.5", "-0,05": "-0.05", "(1.234,56)": "(1234.56)", "1.234": "1234", "1.234.567": "1234567", "1 234,5": "1234.5",
		"12.5": refused, "0.500": refused, "1234.567": refused, "-12.50": refused, "(12.50)": refused,
		"007": "007", "GL-1.234,56": "GL-1.234,56", "Miete, März": "Miete, März", "31.12.2026": "31.12.2026", "10.0.0.1": "10.0.0.1", "030.123.456": "030.123.456",
		"1,2,3": "1,2,3", "1,234.56": "1,234.56", "1.23,4": "1.23,4", "1.234,56 €": "1.234,56 €", "1.234,56-": "1.234,56-", "1 234": "1 234", ",": ",", ".": ".", "()": "()", "(,)": "(,)",
		"2026-03-02": "2026-03-02", "v1.2": "v1.2",
	} {
		wanted := fmt.Sprintf(`{"a":"x","b":"%s"}`, want)
		if want == refused {
			wanted = "bad_amount: x;" + cell
		}
		if got := read(t, records.Options{DecimalComma: true, Foreign: true}, write(t, "a.csv", []byte("a;b\nx;"+cell+"\n"))); got[0] != wanted {
			t.Errorf("%q became %s, want %s", cell, got[0], wanted)
		}
	}
}

// Numbers with a decimal comma; what could be read in two ways is a dead letter.
func TestDecimalComma(t *testing.T) {
	for cell, want := range map[string]string{
		"1.234,56": "1234.56", "-1.234.567,8": "-1234567.8", "1 234,5": "1234.5", "1\u00a0234": "1234", "1\u202f234,00": "1234.00", "1'234,5": "1234.5",
		"1’234,5": "1234.5", "0,5": "0.5", "+7": "+7", "1.234": "1234", "1000,25": "1000.25", "12": "12",
		"12.5": "", "1.23,4": "", "1,2,3": "", "1,234.56": "", ",5": "", "5,": "", "1.2345": "", "1234.567": "", "12 EUR": "", "-": "", "1. 234": "", ".123": "", "0.500": "",
	} {
		content := "id;type;time;amount;note\n1;cost.entry;t;" + cell + ";" + cell + "\n"
		wanted := fmt.Sprintf(`{"id":"1","type":"cost.entry","time":"t","amount":"%s","note":"%s"}`, want, cell)
		if want == "" {
			wanted = "bad_amount: 1;cost.entry;t;" + cell + ";" + cell
		}
		if got := read(t, records.Options{DecimalComma: true}, write(t, "a.csv", []byte(content))); got[0] != wanted {
			t.Errorf("%q became %s, want %s", cell, got[0], wanted)
		}
	}
}
