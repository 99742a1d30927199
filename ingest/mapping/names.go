package mapping

// names are those that a program knows, in a table by length, first and last byte: most names of a record are unknown and found to be so
// by one look.
type names struct {
	// slots has a power of two of them and at least four for a name; "" is none.
	slots []string
	// empty says that the empty name is known.
	empty bool
}

func newNames(all map[string]string) *names {
	size := 4
	for size < 4*len(all) {
		size *= 2
	}
	n := &names{slots: make([]string, size)}
	for name := range all {
		if name == "" {
			n.empty = true
			continue
		}
		at := n.slot([]byte(name))
		for n.slots[at] != "" {
			at = (at + 1) & (size - 1)
		}
		n.slots[at] = name
	}
	return n
}

// slot is where to look for a name first.
func (n *names) slot(raw []byte) int {
	hash := uint32(len(raw)) | uint32(raw[0])<<8 | uint32(raw[len(raw)-1])<<16 | uint32(raw[len(raw)/2])<<24
	return int(hash*2654435769>>8) & (len(n.slots) - 1)
}

// find returns the known name with these bytes.
func (n *names) find(raw []byte) (string, bool) {
	if len(raw) == 0 {
		return "", n.empty
	}
	for at := n.slot(raw); n.slots[at] != ""; at = (at + 1) & (len(n.slots) - 1) {
		if n.slots[at] == string(raw) {
			return n.slots[at], true
		}
	}
	return "", false
}
