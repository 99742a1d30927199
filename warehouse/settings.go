package warehouse

import (
	"context"
	"database/sql"
	"fmt"
	"sort"
	"strings"
)

// Settings are what the models read from tieback.yaml; build writes them into meta.
type Settings struct {
	// Values are the scalar settings by name: reporting_currency, time_zone, …
	Values      map[string]string
	Programs    []Program
	OwnAccounts []OwnAccount
	Tills       []Till
}

// Till is a source whose orders count in a channel; the channel * is every one without a till of its own. Of a channel that has a
// till, orders of other sources count nowhere.
type Till struct{ Channel, Source string }

// Program is a program of the settings with its rules, in order.
type Program struct {
	ID, Name, Stage              string
	SeedBudget, Hurdle, Reinvest string
	ExpectedCosts                []string
	Rules                        []Rule
}

// Rule matches when every field that is set equals, in lower case; a trailing * matches any ending.
type Rule struct {
	Platform, Campaign, UTMSource, UTMCampaign, Coupon, Venue, CostCenter string
}

// OwnAccount is an account of the company, as a token.
type OwnAccount struct{ Platform, PersonToken string }

// write replaces the settings tables.
func (s *Settings) write(ctx context.Context, conn *sql.Conn) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("write the settings: %w", err)
	}
	defer tx.Rollback()
	for _, table := range []string{"setting", "program", "program_rule", "own_account", "till"} {
		if _, err := tx.ExecContext(ctx, "delete from meta."+table); err != nil {
			return fmt.Errorf("write the settings: %w", err)
		}
	}
	if err := s.insert(ctx, tx); err != nil {
		return fmt.Errorf("write the settings: %w", err)
	}
	return tx.Commit()
}

func (s *Settings) insert(ctx context.Context, tx *sql.Tx) error {
	names := make([]string, 0, len(s.Values))
	for name := range s.Values {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if _, err := tx.ExecContext(ctx, "insert into meta.setting values (?, ?)", name, s.Values[name]); err != nil {
			return err
		}
	}
	order := 0
	for _, p := range s.Programs {
		_, err := tx.ExecContext(ctx, "insert into meta.program values (?, ?, ?, try_cast(? as decimal(18, 4)), try_cast(? as decimal(28, 12)), try_cast(? as decimal(28, 12)), ?)",
			p.ID, p.Name, orNull(p.Stage), orNull(p.SeedBudget), orNull(p.Hurdle), orNull(p.Reinvest), orNull(strings.Join(p.ExpectedCosts, ",")))
		if err != nil {
			return err
		}
		for _, r := range p.Rules {
			order++
			_, err := tx.ExecContext(ctx, "insert into meta.program_rule values (?, ?, ?, ?, ?, ?, ?, ?, ?)", order, p.ID,
				pattern(r.Platform), pattern(r.Campaign), pattern(r.UTMSource), pattern(r.UTMCampaign), pattern(r.Coupon), pattern(r.Venue), pattern(r.CostCenter))
			if err != nil {
				return err
			}
		}
	}
	for _, t := range s.Tills {
		if _, err := tx.ExecContext(ctx, "insert into meta.till select ?, ? where not exists (from meta.till where channel = ? and source = ?)", t.Channel, t.Source, t.Channel, t.Source); err != nil {
			return err
		}
	}
	for _, a := range s.OwnAccounts {
		if _, err := tx.ExecContext(ctx, "insert into meta.own_account values (?, cast(? as uuid))", a.Platform, a.PersonToken); err != nil {
			return err
		}
	}
	return nil
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// pattern writes a rule's word as a LIKE pattern in lower case with ! as its escape.
func pattern(s string) any {
	if s == "" {
		return nil
	}
	s = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(strings.ToLower(s))
	if prefix, ok := strings.CutSuffix(s, "*"); ok {
		s = prefix + "%"
	}
	return s
}
