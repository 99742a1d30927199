package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieback/warehouse"
)

func counted(measure, subject string, n float64) warehouse.Quality {
	return warehouse.Quality{Measure: measure, Subject: subject, Value: &n}
}

func TestTillsAreSaid(t *testing.T) {
	for _, c := range []struct {
		rows []warehouse.Quality
		want string
	}{
		{nil, ""},
		{[]warehouse.Quality{counted("till_records", "stripe", 1204), counted("till_agreed", "stripe", 1204)},
			"stripe reports 1,204 sales that another source is the till for; they are compared and counted nowhere. All say what the till says, to the cent."},
		{[]warehouse.Quality{
			counted("till_records", "stripe", 1204), counted("till_agreed", "stripe", 1199),
			counted("till_differences", "stripe: amount", 3), counted("till_differences", "stripe: refunds", 2), counted("till_differences", "strip: amount", 9),
			counted("till_orders_without_record", "shop", 1),
		}, "stripe reports 1,204 sales that another source is the till for; they are compared and counted nowhere. " +
			"1,199 say what the till says, to the cent; 5 are listed in till_differences (3 amount, 2 refunds).\n" +
			"Without a record beside the till: 1 order of shop, paid in another way or not at all."},
		{[]warehouse.Quality{counted("orders_counted_twice", "shop and stripe", 2)},
			"2 sales of shop and stripe may be counted twice: by their references or buyers they are the same. Name the source that counts under tills in the settings."},
	} {
		v := &view{marts: marts{quality: c.rows}}
		if diff := cmp.Diff(c.want, strings.Join(v.tills(), "\n")); diff != "" {
			t.Error(diff)
		}
	}
}
