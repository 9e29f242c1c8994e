package steps

import "sort"

// MaxOffset is the last column of a retention grid.
const MaxOffset = 60

// Retention is what is asked. Units are days, weeks or months of a calendar:
// unit u is from Edges[u] to Edges[u+1], which is not included.
type Retention struct {
	First, Back []Alt
	Edges       []int64
}

// Stay is when somebody came and came back.
type Stay struct {
	Unit int    // that of their first event; -1: none, or outside of the edges
	Back uint64 // bit k: they came back k units later
}

func (r *Retention) unit(at int64) int {
	u := sort.Search(len(r.Edges), func(i int) bool { return r.Edges[i] > at }) - 1
	if u == len(r.Edges)-1 {
		return -1
	}
	return u
}

// Follow tells when a person first did First, ever, and in which units they
// did Back: at that moment or later, and not by the same event.
func (r *Retention) Follow(lanes []Lane) (s Stay) {
	s.Unit = -1
	lane, place, t := -1, 0, int64(0)
	for _, a := range r.First {
		l := lanes[a.Lane]
		if i := l.next(0, minTime, a.Need); i < len(l.At) && (lane < 0 || l.At[i] < t) {
			lane, place, t = a.Lane, i, l.At[i]
		}
	}
	if lane < 0 {
		return s
	}
	if s.Unit = r.unit(t); s.Unit < 0 {
		return s
	}
	for _, a := range r.Back {
		l := lanes[a.Lane]
		for i := l.next(0, t, a.Need); i < len(l.At); {
			if a.Lane == lane && i == place {
				i = l.next(i+1, t, a.Need)
				continue
			}
			u := r.unit(l.At[i])
			k := u - s.Unit
			if u < 0 || k > MaxOffset {
				break
			}
			s.Back |= 1 << k
			i = l.next(i+1, r.Edges[u+1], a.Need) // one of a unit is enough
		}
	}
	return s
}

const minTime = -1 << 63
