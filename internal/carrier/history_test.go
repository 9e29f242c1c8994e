package carrier

import "testing"

// What a list and a callback tell within ten seconds is the same friendship,
// unless the two parted in between.
func TestNewsOfOneFriendship(t *testing.T) {
	const second = 1_000_000
	listed := entry{at: 100 * second, change: changeAdded, source: fromSync}
	left := entry{at: 110 * second, change: changeByCustomer, source: fromCallback}
	for _, c := range []struct {
		name    string
		history []entry
		e       entry
		fresh   bool
	}{
		{"the callback of what a list told", []entry{listed}, entry{at: 102 * second, change: changeAdded, source: fromCallback}, false},
		{"the list of what a callback told", []entry{{at: 102 * second, change: changeAdded, source: fromCallback}}, listed, false},
		{"long after", []entry{listed}, entry{at: 200 * second, change: changeAdded, source: fromCallback}, true},
		{"again, after they parted", []entry{listed, left}, entry{at: 120 * second, change: changeAdded, source: fromCallback}, true},
		{"again, as a list tells it", []entry{{at: 100 * second, change: changeAdded, source: fromCallback}, left}, entry{at: 120 * second, change: changeAdded, source: fromSync}, true},
		{"the parting before does not count", []entry{{at: 90 * second, change: changeByStaff, source: fromCallback}, listed}, entry{at: 102 * second, change: changeAdded, source: fromCallback}, false},
	} {
		if fresh, _ := news(c.history, c.e); fresh != c.fresh {
			t.Errorf("%s: new is %v, want %v", c.name, fresh, c.fresh)
		}
	}
}
