package mapping

// objects are the objects of one record after another. Most records of a stream look alike: the object made for one record's third
// object has room for the members of the next one's third.
type objects struct {
	made []map[string]any
	next int
}

// What is kept for the next record.
const (
	keptObjects = 1 << 10
	keptMembers = 1 << 8
)

// take returns an empty object.
func (o *objects) take() map[string]any {
	if o.next == len(o.made) {
		if o.next == keptObjects {
			return make(map[string]any)
		}
		o.made = append(o.made, make(map[string]any))
	}
	object := o.made[o.next]
	if len(object) > keptMembers {
		object = make(map[string]any)
		o.made[o.next] = object
	}
	o.next++
	clear(object)
	return object
}
