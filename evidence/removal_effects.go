package evidence

import (
	"context"
	"math"

	"tieback/warehouse"
)

// effectDigits are the units in which a removal effect of 1 is counted where orders are split: nine digits.
const effectDigits = 1_000_000_000

// removalEffects computes what share of orders would be lost without each channel.
//
// The weight of a channel is its effect to nine digits and never nothing, so that each order has somebody to go to:
// channels that only people outside the chain met, and all of them where nobody in it ordered, weigh the least there is.
func removalEffects() warehouse.Model {
	return warehouse.Model{
		Name: "int_removal_effects_computed", Layer: warehouse.Intermediate,
		Sentence: "the share of orders that a Markov chain of the paths loses without each channel.",
		Grain:    []string{"program_id", "platform"}, Reads: []string{"int_paths_collected", "fct_touches", "stg_settings"},
		Columns: []warehouse.Column{
			{Name: "program_id", Type: "varchar"}, {Name: "platform", Type: "varchar"}, {Name: "removal_effect", Type: "double"}, {Name: "weight", Type: "bigint"},
		},
		Rows: func(ctx context.Context, in *warehouse.Reader, emit func(...any) error) error {
			paths, err := readPaths(ctx, in)
			if err != nil {
				return err
			}
			effects := paths.chain.RemovalEffects(nil)
			of := make(map[string]float64)
			for i, channel := range paths.Channels() {
				of[channel] = effects.Conversions[i]
			}
			return in.Each(ctx, channelQuery, func(v []any) error {
				program, platform := text(v[0]), text(v[1])
				effect, ok := of[program+channelSeparator+platform]
				if !ok {
					effect = math.NaN()
				}
				return emit(program, platform, known(effect), effectWeight(effect))
			})
		},
	}
}

const channelQuery = `
select distinct program_id, platform
from fct_touches
where evidence <> 'self_reported'
order by program_id, platform`

// effectWeight is a removal effect as a whole number of at least 1.
func effectWeight(effect float64) int64 {
	if math.IsNaN(effect) {
		return 1
	}
	return max(int64(math.Round(effect*effectDigits)), 1)
}
