package mapping

// names are those that a program knows.
type names struct {
	all map[string]string
	// hint has a bit for the first byte of each name of a length below 64: most other names are found to be unknown without a look at all.
	hint [64]uint64
}

func newNames(all map[string]string) *names {
	n := &names{all: all}
	for name := range all {
		if name != "" && len(name) < len(n.hint) {
			n.hint[len(name)] |= 1 << (name[0] & 63)
		}
	}
	return n
}

// find returns the known name with these bytes.
func (n *names) find(raw []byte) (string, bool) {
	if len(raw) > 0 && len(raw) < len(n.hint) && n.hint[len(raw)]&(1<<(raw[0]&63)) == 0 {
		return "", false
	}
	name, ok := n.all[string(raw)]
	return name, ok
}
