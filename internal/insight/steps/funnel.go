package steps

import "math"

// MaxSteps bounds a funnel, maxAlts each of its steps.
const (
	MaxSteps = 8
	maxAlts  = 8
)

// Funnel is what is asked.
type Funnel struct {
	Steps     [][]Alt // each: any of these
	Unordered bool
	From, To  int64 // the first event is in here; To not included
	Within    int64 // microseconds from the first event to the last
}

// Way is how far somebody came. Done[k] is when the first k+1 steps were done,
// for k below Reached.
type Way struct {
	Reached int
	Done    [MaxSteps]int64
}

// Walk tells how far a person came, on the attempt that got furthest; of
// several that got as far, the one that began first.
//
// Ordered: an attempt begins with each event of the first step in the period.
// Each later step takes the earliest event that is not before the one of the
// step before and was not taken yet; of two at the same moment, that of the
// alternative named first. All within Within of the beginning.
//
// Unordered: an attempt begins with each event of any step in the period, as
// the earliest of its events. k steps are done when each of the first k has an
// event within Within of it, and it is one of theirs. Who did k steps did the
// earlier ones too.
func (f *Funnel) Walk(lanes []Lane) Way {
	if f.Unordered {
		return f.anyOrder(lanes)
	}
	return f.inOrder(lanes)
}

func (f *Funnel) inOrder(lanes []Lane) (best Way) {
	first := f.Steps[0]
	var at [maxAlts]int // place in each alternative's lane
	starts := at[:0]
	for _, a := range first {
		starts = append(starts, lanes[a.Lane].next(0, f.From, a.Need))
	}
	var used [MaxSteps * maxAlts]int // one past the last event taken, by lane
	for {
		// The earliest beginning that was not tried yet.
		k, t := -1, f.To
		for i, a := range first {
			if p := starts[i]; p < len(lanes[a.Lane].At) && lanes[a.Lane].At[p] < t {
				k, t = i, lanes[a.Lane].At[p]
			}
		}
		if k < 0 {
			return best
		}
		a := first[k]
		taken := used[:len(lanes)]
		clear(taken)
		taken[a.Lane] = starts[k] + 1
		w := Way{Reached: 1}
		w.Done[0] = t
		for w.Reached < len(f.Steps) && f.take(lanes, taken, &w) {
		}
		if w.Reached > best.Reached {
			if best = w; w.Reached == len(f.Steps) {
				return best
			}
		}
		starts[k] = lanes[a.Lane].next(starts[k]+1, f.From, a.Need)
	}
}

// take goes one step further.
func (f *Funnel) take(lanes []Lane, taken []int, w *Way) bool {
	after, until := w.Done[w.Reached-1], w.Done[0]+f.Within
	lane, place, t := -1, 0, int64(math.MaxInt64)
	for _, a := range f.Steps[w.Reached] {
		l := lanes[a.Lane]
		if i := l.next(taken[a.Lane], after, a.Need); i < len(l.At) && l.At[i] < t {
			lane, place, t = a.Lane, i, l.At[i]
		}
	}
	if lane < 0 || t > until {
		return false
	}
	taken[lane] = place + 1
	w.Done[w.Reached] = t
	w.Reached++
	return true
}

func (f *Funnel) anyOrder(lanes []Lane) (best Way) {
	var next [MaxSteps]int64 // of each step: its earliest event from the beginning on
	var places [MaxSteps][maxAlts]int
	begin := f.From
	for {
		// The earliest event of any step from begin on is the next beginning.
		t := int64(math.MaxInt64)
		for j, s := range f.Steps {
			next[j] = math.MaxInt64
			for k, a := range s {
				l := lanes[a.Lane]
				i := l.next(places[j][k], begin, a.Need)
				if places[j][k] = i; i < len(l.At) {
					next[j] = min(next[j], l.At[i])
				}
			}
			t = min(t, next[j])
		}
		if t >= f.To {
			return best
		}
		w, mine := Way{}, false
		done := t
		for j := range f.Steps {
			if next[j] == math.MaxInt64 || next[j]-t > f.Within {
				break
			}
			done = max(done, next[j])
			mine = mine || next[j] == t
			w.Done[j] = done
			if mine {
				w.Reached = j + 1
			}
		}
		if w.Reached > best.Reached {
			if best = w; w.Reached == len(f.Steps) {
				return best
			}
		}
		begin = t + 1
	}
}
