package steps

// MaxDepth is how many steps a path goes on.
const MaxDepth = 5

// Paths is what is asked.
type Paths struct {
	Start    Alt
	From, To int64 // the start is in here; To not included
	Within   int64 // microseconds from the start to the last step
	Back     bool  // what came before instead of after
	Depth    int
	Repeats  bool // an event of the kind just passed is a step of its own
}

// Path is the lanes that somebody passed after their first start, or before
// it, in order. Length is how many; Found whether they started at all.
type Path struct {
	Found  bool
	Length int
	Lanes  [MaxDepth]int
}

// Go follows a person from their first start in the period. Of two events at
// the same moment, that of the lane with the lower number is passed first.
// Events of the start's own moment are passed only after it, not before.
func (p *Paths) Go(lanes []Lane) (out Path) {
	start := lanes[p.Start.Lane]
	i := start.next(0, p.From, p.Start.Need)
	if i >= len(start.At) || start.At[i] >= p.To {
		return out
	}
	out.Found = true
	t := start.At[i]
	var places [256]int // the next event of each lane to be passed
	at := places[:min(len(lanes), len(places))]
	for k := range at {
		at[k] = lanes[k].from(0, t)
		if p.Back {
			at[k]-- // the last before the start
		}
	}
	if p.Back {
		at[p.Start.Lane] = i - 1
	} else {
		at[p.Start.Lane] = i + 1
	}
	last := p.Start.Lane
	for out.Length < p.Depth {
		lane := p.nearest(lanes, at)
		if lane < 0 {
			return out
		}
		when := lanes[lane].At[at[lane]]
		if when-t > p.Within || t-when > p.Within {
			return out
		}
		if p.Back {
			at[lane]--
		} else {
			at[lane]++
		}
		if lane == last && !p.Repeats {
			continue
		}
		last = lane
		out.Lanes[out.Length] = lane
		out.Length++
	}
	return out
}

func (p *Paths) nearest(lanes []Lane, at []int) int {
	lane := -1
	var when int64
	for k, i := range at {
		if i < 0 || i >= len(lanes[k].At) {
			continue
		}
		if t := lanes[k].At[i]; lane < 0 || !p.Back && t < when || p.Back && t > when {
			lane, when = k, t
		}
	}
	return lane
}
