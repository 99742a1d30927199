package evidence

import (
	"context"

	"tieback/metrics/attribution"
	"tieback/warehouse"
)

// channelSeparator joins program and platform to the name of a channel; neither holds it.
const channelSeparator = "\x1f"

// linkedPaths are the paths of linked people with their chain.
type linkedPaths struct {
	attribution.Paths
	chain *attribution.Chain
	// groups has the group of each path's person.
	groups []int
}

const pathQuery = `
select cast(person_id as varchar), path_key, program_id, platform, is_converted
from int_paths_collected
order by person_id, path_key, touch_number`

// readPaths reads the paths; a channel is a program on a platform. Each order counts as one conversion, whatever it is worth: an order is
// split once, for its revenue and its margin alike.
func readPaths(ctx context.Context, in *warehouse.Reader) (*linkedPaths, error) {
	p := &linkedPaths{}
	var person, path string
	var channels []string
	var totals attribution.Totals
	add := func() error {
		if len(channels) == 0 {
			return nil
		}
		p.groups = append(p.groups, groupOf(person))
		return p.Add(channels, totals, nil)
	}
	err := in.Each(ctx, pathQuery, func(v []any) error {
		if at, key := text(v[0]), text(v[1]); at != person || key != path {
			if err := add(); err != nil {
				return err
			}
			person, path, channels = at, key, channels[:0]
			totals = attribution.Totals{Nulls: 1}
			if yes(v[4]) {
				totals = attribution.Totals{Conversions: 1}
			}
		}
		channels = append(channels, text(v[2])+channelSeparator+text(v[3]))
		return nil
	})
	if err == nil {
		err = add()
	}
	if err != nil {
		return nil, err
	}
	order := 1
	err = in.Each(ctx, "select cast(markov_order as bigint) from stg_settings", func(v []any) error {
		order = int(number(v[0]))
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.chain, err = attribution.NewChain(&p.Paths, order)
	return p, err
}
