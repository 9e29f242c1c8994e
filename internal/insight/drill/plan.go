package drill

import (
	"cmp"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// Step is one thing to do: ask some people, over the only platform that reaches
// them, to add another one.
type Step struct {
	N            int    `json:"n"`
	ViaID        string `json:"via_id" doc:"The account over which they are asked"`
	ViaName      string `json:"via_name"`
	ViaCarrier   string `json:"via_carrier"`
	ToID         string `json:"to_id" doc:"The account they are asked to add"`
	ToName       string `json:"to_name"`
	ToCarrier    string `json:"to_carrier"`
	Persons      int64  `json:"persons"`
	ValueMinor   *int64 `json:"value_minor" doc:"Expected of them; null: not known of any"`
	BeforePeople int64  `json:"before_people" doc:"Reached over the other platform today"`
	AfterPeople  int64  `json:"after_people" doc:"And if all of them follow"`
}

// Rest is who is at risk and cannot be asked.
type Rest struct {
	Waiting   int64 `json:"waiting" doc:"Must come first: ask them when they do"`
	Elsewhere int64 `json:"elsewhere" doc:"There is no other platform to lead them to: connect one first"`
}

const (
	stepMost  = 100_000 // people of one segment
	stepLeast = 20      // fewer are not parted
)

// joinable are the kinds of accounts that people can be asked to add, the ones
// that reach them best first.
var joinable = []string{"wecom", "email", "sms", "official_account"}

type target struct {
	account int
	load    int64 // people of its platform
}

// targets are where people of a platform can be led: of each other platform the
// working account that has the fewest.
func (v *survey) targets(from string, load map[string]int64) []target {
	best := map[string]int{}
	for _, i := range v.inOrder() {
		a := &v.accounts[i]
		p := platform(a.Kind)
		if p == from || off(a) != "" || !slices.Contains(joinable, a.Kind) {
			continue
		}
		if b, ok := best[p]; !ok || v.byAccount.part(a.ID).GetCardinality() < v.byAccount.part(v.accounts[b].ID).GetCardinality() {
			best[p] = i
		}
	}
	var out []target
	for _, i := range best {
		out = append(out, target{i, load[platform(v.accounts[i].Kind)]})
	}
	slices.SortFunc(out, func(a, b target) int {
		return cmp.Compare(rank(joinable, v.accounts[a.account].Kind), rank(joinable, v.accounts[b.account].Kind))
	})
	return out
}

// fill pours people into targets so that the least loaded fill up to one level:
// how many each gets.
func fill(people int64, to []target) []int64 {
	out := make([]int64, len(to))
	if len(to) == 0 {
		return out
	}
	order := make([]int, len(to))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(to[a].load, to[b].load) })
	// How many of the least loaded share: the level lies below the next one's load.
	var sum int64
	n := 0
	for n < len(order) {
		sum += to[order[n]].load
		n++
		if n == len(order) || (people+sum)/int64(n) <= to[order[n]].load {
			break
		}
	}
	if people < stepLeast {
		n, sum = 1, to[order[0]].load
	}
	level, over := (people+sum)/int64(n), (people+sum)%int64(n)
	for k := range n {
		out[order[k]] = level - to[order[k]].load
		if int64(k) < over {
			out[order[k]]++
		}
	}
	return out
}

// plan parts those at risk among other platforms. The people of each step come
// with it.
func (v *survey) plan() (steps []Step, people []*roaring.Bitmap, rest Rest) {
	load, risk := map[string]int64{}, v.byPlatform.once()
	for p, who := range v.byPlatform.of {
		load[p] = size(who)
	}
	type group struct {
		account int
		who     *roaring.Bitmap
	}
	var groups []group
	v.next(risk, nil, func(i int, waits, _ bool, who *roaring.Bitmap) {
		if waits {
			rest.Waiting += size(who)
			return
		}
		groups = append(groups, group{i, who})
	})
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(b.who.GetCardinality(), a.who.GetCardinality()) })
	for _, g := range groups {
		via := &v.accounts[g.account]
		to := v.targets(platform(via.Kind), load)
		if len(to) == 0 {
			rest.Elsewhere += size(g.who)
			continue
		}
		order := v.dearest(g.who)
		for k, n := range fill(size(g.who), to) {
			a := &v.accounts[to[k].account]
			p := platform(a.Kind)
			for n > 0 {
				take := min(n, stepMost)
				who := roaring.BitmapOf(order[:take]...)
				order, n = order[take:], n-take
				s := Step{N: len(steps) + 1, ViaID: via.ID, ViaName: via.Name, ViaCarrier: via.Kind, ToID: a.ID, ToName: a.Name, ToCarrier: a.Kind, Persons: take, BeforePeople: load[p], AfterPeople: load[p] + take}
				s.ValueMinor, _ = v.money(who)
				load[p] += take
				steps, people = append(steps, s), append(people, who)
			}
		}
	}
	return steps, people, rest
}

// dearest puts people in order of their value, the dearest first: they are asked
// to add what reaches best.
func (v *survey) dearest(who *roaring.Bitmap) []uint32 {
	out := who.ToArray()
	if v.stand.Known {
		slices.SortStableFunc(out, func(a, b uint32) int { return cmp.Compare(v.values[b], v.values[a]) })
	}
	return out
}
