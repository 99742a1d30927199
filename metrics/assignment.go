package metrics

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// AssignAtRandom answers: which unit goes into which arm? It assigns units at random within strata.
//
// ids[i] names unit i and is unique; strata[i] is its stratum, nil for one stratum of all; shares[a] is the share of arm a, in any unit. The result has
// the arm of each unit. In a stratum of n units arm a gets n·w_a units, w_a its part of all shares, rounded down or up at
// random so that w_a is met on average; each unit has the chance w_a of arm a.
//
// The draw depends on seed, name (the pilot, so that two pilots with one seed differ) and the ids, not on their
// order: units are put in the order of SHA-256(seed, name, id). The same ids with another id added may be assigned anew.
//
// No units, an id without text or twice, fewer than two arms, or a share that is not above 0, is an error. Source: Imbens and
// Rubin (2015), Causal Inference, chapter 9.
func AssignAtRandom(ids, strata []string, shares []float64, seed uint64, name string) ([]int, error) {
	if len(shares) < 2 {
		return nil, errors.New("an assignment needs at least two arms")
	}
	whole := 0.
	for a, share := range shares {
		if !(share > 0) || math.IsInf(share, 1) {
			return nil, fmt.Errorf("arm %d has the share %g: shares must be above 0", a+1, share)
		}
		whole += share
	}
	if len(ids) == 0 {
		return nil, errors.New("there is no unit to assign")
	}
	if strata != nil && len(strata) != len(ids) {
		return nil, fmt.Errorf("%d units and %d strata", len(ids), len(strata))
	}
	keys := make([][sha256.Size]byte, len(ids))
	byStratum := make(map[string][]int)
	seen := make(map[string]bool, len(ids))
	for i, id := range ids {
		if id == "" || seen[id] {
			return nil, fmt.Errorf("unit %d: id %q is empty or was there before", i+1, id)
		}
		seen[id] = true
		keys[i] = drawn(seed, name, "unit", id)
		stratum := ""
		if strata != nil {
			stratum = strata[i]
		}
		byStratum[stratum] = append(byStratum[stratum], i)
	}
	arms := make([]int, len(ids))
	for stratum, units := range byStratum {
		slices.SortFunc(units, func(i, j int) int {
			return cmp.Or(bytes.Compare(keys[i][:], keys[j][:]), cmp.Compare(ids[i], ids[j]))
		})
		key := drawn(seed, name, "stratum", stratum)
		start := float64(binary.BigEndian.Uint64(key[:])>>11) / (1 << 53)
		// Arm a ends where start + n·(w_0 + … + w_a) passes a whole number: each size is n·w_a rounded, right on average.
		at, sum := 0, 0.
		for a, share := range shares {
			sum += share / whole
			end := int(math.Floor(start + float64(len(units))*sum))
			if a == len(shares)-1 {
				end = len(units)
			}
			for ; at < min(end, len(units)); at++ {
				arms[units[at]] = a
			}
		}
	}
	return arms, nil
}

// drawn is SHA-256 over the seed and texts, each with its length before it.
func drawn(seed uint64, texts ...string) [sha256.Size]byte {
	message := binary.BigEndian.AppendUint64(nil, seed)
	for _, text := range texts {
		message = binary.BigEndian.AppendUint64(message, uint64(len(text)))
		message = append(message, text...)
	}
	return sha256.Sum256(message)
}
