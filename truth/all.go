package truth

import "slices"

// Studies are all of them, in the order of the tables. Companies have about 60,000 events each: how many worlds there are matters more.
func Studies() []Study {
	return slices.Concat(fixedPilots(), sharedControls(), arrivals(), cohorts(), factors(), lifts(), values(), companies(60_000))
}
