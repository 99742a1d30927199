package attribution

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// A Chain is the absorbing Markov chain of order k that paths describe.
//
// A state is a window of k consecutive touches; a path shorter than k is one
// state of its own. Equal states in a row are one visit, so at order 1 A > A > B
// is A > B. A row walks START → its states → CONVERSION with weight c and → NULL
// with weight n, c and n being its conversions and nulls; transition
// probabilities are weights over the weight that leaves the state.
//
// The chain keeps the walk of each row, so that the rows can be given other
// weights (a bootstrap) without building it anew. Source of the construction:
// Anderl, Becker, von Wangenheim and Schumann (2016), International Journal of
// Research in Marketing 33, 457–474; the collapsed states are those of the R
// package ChannelAttribution.
type Chain struct {
	paths *Paths
	order int
	// of has for each channel, in the order of Channels, the states that contain it.
	of [][]int32
	// States are numbered so that successors come first as far as there are no
	// circles; START is the last one. Edges of state s are begin[s] to begin[s+1].
	begin []int32
	to    []int32
	// walks has the edges of all rows; row i ends at ends[i], with state last[i].
	walks []int32
	ends  []int
	last  []int32
}

// NewChain builds the chain of order 1 or more; START, CONVERSION and NULL are not counted in its States.
func NewChain(p *Paths, order int) (*Chain, error) {
	if order < 1 {
		return nil, fmt.Errorf("the order of a Markov chain is how many touches it remembers: 1 or more, not %d", order)
	}
	c := &Chain{paths: p, order: order}
	d := &draft{states: make(map[string]int32), edges: make(map[uint64]int32)}
	d.state(nil) // START is state 0 of the draft
	key := make([]byte, 0, 64)
	for i := range p.rows {
		begin, end := p.touches(i)
		at := int32(0)
		for first := begin; first == begin || first+order <= end; first++ {
			key = key[:0]
			for _, token := range p.tokens[first:min(first+order, end)] {
				key = binary.LittleEndian.AppendUint32(key, uint32(token))
			}
			next := d.state(key)
			if next != at {
				c.walks = append(c.walks, d.edge(at, next))
				at = next
			}
		}
		c.ends = append(c.ends, len(c.walks))
		c.last = append(c.last, at)
	}
	c.arrange(d)
	return c, nil
}

// States is the number of states without START, CONVERSION and NULL.
func (c *Chain) States() int { return len(c.begin) - 2 }

// start is the number of START.
func (c *Chain) start() int { return len(c.begin) - 2 }

// draft numbers states and edges as they appear.
type draft struct {
	states map[string]int32
	keys   []string
	edges  map[uint64]int32
	ends   [][2]int32 // of each edge: from, to
}

func (d *draft) state(key []byte) int32 {
	s, ok := d.states[string(key)]
	if !ok {
		s = int32(len(d.keys))
		d.keys = append(d.keys, string(key))
		d.states[d.keys[s]] = s
	}
	return s
}

func (d *draft) edge(from, to int32) int32 {
	key := uint64(from)<<32 | uint64(to)
	e, ok := d.edges[key]
	if !ok {
		e = int32(len(d.ends))
		d.edges[key] = e
		d.ends = append(d.ends, [2]int32{from, to})
	}
	return e
}

// arrange renumbers states and edges for solving and lists the states of each channel.
func (c *Chain) arrange(d *draft) {
	number := d.postorder()
	edges := make([]int32, len(d.ends))
	for e := range edges {
		edges[e] = int32(e)
	}
	slices.SortFunc(edges, func(a, b int32) int {
		x, y := d.ends[a], d.ends[b]
		if x[0] != y[0] {
			return int(number[x[0]]) - int(number[y[0]])
		}
		return int(number[x[1]]) - int(number[y[1]])
	})
	c.begin = make([]int32, len(d.keys)+1)
	c.to = make([]int32, len(edges))
	renamed := make([]int32, len(edges))
	for place, e := range edges {
		renamed[e] = int32(place)
		c.to[place] = number[d.ends[e][1]]
		c.begin[number[d.ends[e][0]]+1]++
	}
	for s := range d.keys {
		c.begin[s+1] += c.begin[s]
	}
	for i, e := range c.walks {
		c.walks[i] = renamed[e]
	}
	for i, s := range c.last {
		c.last[i] = number[s]
	}
	places := c.paths.places()
	c.of = make([][]int32, len(places))
	for s, key := range d.keys {
		for at := 0; at < len(key); at += 4 {
			place := places[binary.LittleEndian.Uint32([]byte(key[at:at+4]))]
			if list := c.of[place]; len(list) == 0 || list[len(list)-1] != number[s] {
				c.of[place] = append(list, number[s])
			}
		}
	}
}

// postorder numbers the states so that a state comes after all it leads to, but for circles: Gauss–Seidel
// sweeps in that order solve a chain without circles at once. START comes last.
func (d *draft) postorder() []int32 {
	next := make([][]int32, len(d.keys))
	for _, e := range d.ends {
		next[e[0]] = append(next[e[0]], e[1])
	}
	number := make([]int32, len(d.keys))
	for s := range number {
		number[s] = -1
	}
	const onTheWay = -2
	count, way := int32(0), []int32{0}
	number[0] = onTheWay
	for len(way) > 0 {
		s := way[len(way)-1]
		if len(next[s]) == 0 {
			number[s] = count
			count++
			way = way[:len(way)-1]
			continue
		}
		t := next[s][0]
		next[s] = next[s][1:]
		if number[t] == -1 {
			number[t] = onTheWay
			way = append(way, t)
		}
	}
	return number
}
