package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// commandsOf are the tieback commands in the sh blocks of a page, each as its words.
func commandsOf(t *testing.T, page string) [][]string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var commands [][]string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for _, line := range strings.Split(strings.TrimSpace(block[1]), "\n") {
			words := regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(line, -1)
			if words[0] != "tieback" {
				t.Fatalf("%s: %q is no command of tieback", page, line)
			}
			for i := range words {
				words[i] = strings.Trim(words[i], `"`)
			}
			commands = append(commands, words[1:])
		}
	}
	return commands
}

// TestADayOfTheShop runs docs/first-day.md as it stands, on the embedded broker. What is wanted was added up where the day was
// invented, in cents and without any map.
func TestADayOfTheShop(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	day := newShopDay()
	day.write(t, filepath.Join(root, "docs", "examples", "shop"))
	p := newPlace(t)
	t.Setenv(keyVariable, "") // the page's own init makes the key
	p.warehouse = filepath.Join("data", "shop.duckdb")
	var topics []string
	for _, command := range commandsOf(t, filepath.Join(root, "docs", "first-day.md")) {
		if i := slices.Index(command, "--topic"); i > 0 {
			topics = append(topics, command[i+1])
		}
	}
	cluster, err := startBroker(0, 2, "", topics...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	t.Chdir(t.TempDir())
	if err := os.Symlink(filepath.Join(root, "docs"), "docs"); err != nil {
		t.Fatal(err)
	}
	said := make(map[string]string) // by command
	for _, command := range commandsOf(t, filepath.Join("docs", "first-day.md")) {
		name := command[0]
		switch name {
		case "produce", "ingest":
			command = append(command, "--brokers", strings.Join(cluster.ListenAddrs(), ","))
		}
		if name == "ingest" || name == "load" {
			command = append(command, "--format", "json")
		}
		said[name] += succeed(t, command...)
	}
	day.wantCounts(t, p, said)
	day.wantMoney(t, p)
	day.wantReport(t, said["report"])
	if _, err := os.Stat(filepath.Join("data", "report.html")); err != nil {
		t.Error(err)
	}
}

func (d *shopDay) wantCounts(t *testing.T, p *place, said map[string]string) {
	t.Helper()
	messages := 0
	for _, file := range slices.Collect(maps.Keys(d.lines)) {
		messages += d.lines[file]
	}
	want := counts{Consumed: int64(messages), Written: int64(messages - d.resent - d.leftOut), Duplicates: int64(d.resent), LeftOut: int64(d.leftOut)}
	if got := countsOf(t, said["ingest"]); got != want {
		t.Errorf("ingest: %+v, want %+v", got, want)
	}
	for query, want := range map[string]string{
		"select string_agg(reason || ' ' || outputs, ', ' order by reason) from meta.left_out": "a charge that is not captured 1, a payment that was only authorized is given up 1, a row without an amount 1, an internal note 1, edited, hidden or shown again 1, " +
			"no charge, refund or dispute 1, not paid yet 1, test mode 1, test order 1, voided order 1",
		"select count(*) from meta.dead_letter": "0",
		// 12 comments, 12 likes of which one is withdrawn, 6 messages, 1 follow, 10 tickets; 8 + 6 + 9 answers.
		"select string_agg(direction || ' ' || action || ' ' || n, ', ' order by direction, action) from (select direction, action, count(*) as n from marts.fct_engagements group by all)": "inbound comment 12, inbound follow 1, inbound like 11, inbound message 16, " +
			"outbound message 6, outbound reply 17",
	} {
		if got := p.one(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func (d *shopDay) wantMoney(t *testing.T, p *place) {
	t.Helper()
	net := cents(d.netCents) + "00"
	for query, want := range map[string]string{
		"select market, net_revenue, ledger_total, residual, state from marts.ledger_bridge_by_month": "US|" + net + "|" + net + "|0.0000|reconciled",
		"select count(*), sum(net_revenue), count(*) filter (source <> 'shop') from marts.fct_orders": fmt.Sprintf("%d|%s|0", d.orders, net),
		"select sum(value) from marts.data_quality where measure = 'till_records'":                    fmt.Sprint(d.payments),
		"select sum(value) from marts.data_quality where measure = 'till_agreed'":                     fmt.Sprint(d.payments - 4),
		"select sum(value) from marts.data_quality where measure = 'till_orders_without_record'":      fmt.Sprint(d.withoutPayment),
		"select count(*) from marts.data_quality where measure = 'orders_counted_twice'":              "0",
		"select count(*) filter (margin_basis = 'known'), count(*) from marts.fct_orders":             fmt.Sprintf("%d|%d", d.orders, d.orders),
	} {
		if got := p.one(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	wantCosts := []string{"brand-search|30.0000", "community-care|" + cents(d.supportCents) + "00", "spring-ads|" + cents(d.mediaCents-3000+7500) + "00"}
	if diff := cmp.Diff(wantCosts, p.rows("select program_id, spend from marts.cost_by_program_month order by program_id")); diff != "" {
		t.Errorf("cost by program:\n%s", diff)
	}
	wantDifferences := []string{"ch_1022, ch_tip|amount|2.0000", "ch_1031|refunds|0.0000", "ch_link|not at the till|"}
	if diff := cmp.Diff(wantDifferences, p.rows("select record_ids, difference, coalesce(cast(paid_difference as varchar), '') from marts.till_differences where reported_by is not null order by record_ids")); diff != "" {
		t.Errorf("differences:\n%s", diff)
	}
}

func (d *shopDay) wantReport(t *testing.T, text string) {
	t.Helper()
	text = strings.Join(strings.Fields(text), " ") // as it is wrapped is its own affair
	for _, phrase := range []string{
		"books closed, residual 0.00 USD",
		fmt.Sprintf("stripe reports %d sales that another source is the till for; they are compared and counted nowhere. %d say what the till says, to the cent; "+
			"4 are listed in till_differences (2 amount, 1 not at the till, 1 refunds).", d.payments, d.payments-4),
		fmt.Sprintf("Without a record beside the till: %d orders of shop, paid in another way or not at all.", d.withoutPayment),
		"Nothing here is known to be caused by social",
		"Social cost 590 USD",
	} {
		if !strings.Contains(text, phrase) {
			t.Errorf("the report does not say %q", phrase)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}
