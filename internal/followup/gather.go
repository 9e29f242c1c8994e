package followup

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// candidate is somebody who is due, with all reasons.
type candidate struct {
	who      Described
	reasons  []reason
	weight   int
	firstDay Day
	must     bool // was promised something: comes first
}

// before tells who comes first on a list.
func (c *candidate) before(d *candidate) bool {
	if c.must != d.must {
		return c.must
	}
	return cmp.Or(cmp.Compare(d.weight, c.weight), cmp.Compare(d.who.GMVMinor, c.who.GMVMinor), cmp.Compare(c.firstDay, d.firstDay), cmp.Compare(c.who.Seq, d.who.Seq)) < 0
}

// roll is a list that keeps the first so many: a heap with the last of them on
// top.
type roll struct {
	kept []*candidate
	room int
	all  int // who was offered
}

func (r *roll) Len() int           { return len(r.kept) }
func (r *roll) Less(i, j int) bool { return r.kept[j].before(r.kept[i]) }
func (r *roll) Swap(i, j int)      { r.kept[i], r.kept[j] = r.kept[j], r.kept[i] }
func (r *roll) Push(x any)         { r.kept = append(r.kept, x.(*candidate)) } //nolint:forcetypeassert // heap.Interface
func (r *roll) Pop() any {
	last := r.kept[len(r.kept)-1]
	r.kept = r.kept[:len(r.kept)-1]
	return last
}

func (r *roll) offer(c *candidate) {
	r.all++
	switch {
	case len(r.kept) < r.room:
		heap.Push(r, c)
	case r.room > 0 && c.before(r.kept[0]):
		r.kept[0] = c
		heap.Fix(r, 0)
	}
}

// inOrder empties the roll, the first first.
func (r *roll) inOrder() []*candidate {
	slices.SortFunc(r.kept, func(a, b *candidate) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	return r.kept
}

// mark is what was done about somebody by a rule.
type mark struct {
	anchor int64
	until  Day
}

// harvest is what lists are made of.
type harvest struct {
	*Service
	orgID    string
	day      Day
	now      time.Time
	zone     *time.Location
	settings Settings
	rules    []*Rule
	members  map[string]Member
	able     []string // associates who get people whom nobody owns
	load     map[string]int
	promises map[string][]promise // by who speaks for the person
	before   map[string]earlier   // open items of the lists before, by person
	room     map[string]int       // on each list, where it is not the cap
	skip     map[string]bool      // persons who were attended to today

	sets    []*set
	wanted  Wanted
	marked  bool // there are marks at all
	rolls   map[string]*roll
	perRule map[string]int // how many are due by each rule
}

// earlier is an open item of the lists before.
type earlier struct {
	firstDay Day
	reasons  map[string]int64 // occasion by rule
}

// run finds everybody who is due and calls each with them, in ascending order
// of number. A rule that speaks of what is gone lists nobody.
func (h *harvest) run(ctx context.Context, each func(*candidate)) error {
	h.perRule = map[string]int{}
	all := roaring.New()
	for _, r := range h.rules {
		st, err := h.collect(ctx, r)
		if err != nil {
			if broken(err) {
				h.logger.WarnContext(ctx, "a rule of today's list lists nobody", "org", h.orgID, "rule", r.ID, "error", err)
				continue
			}
			return fmt.Errorf("followup: rule %s: %w", r.ID, err)
		}
		h.sets = append(h.sets, st)
		all.Or(st.members)
		switch r.Anchor {
		case FirstEvent, LastEvent:
			h.wanted.Events = append(h.wanted.Events, r.AnchorName)
		case Date, Anniversary:
			h.wanted.Dates = append(h.wanted.Dates, r.AnchorName)
		}
	}
	slices.Sort(h.wanted.Events)
	h.wanted.Events = slices.Compact(h.wanted.Events)
	slices.Sort(h.wanted.Dates)
	h.wanted.Dates = slices.Compact(h.wanted.Dates)
	it, buffer := all.ManyIterator(), make([]uint32, h.chunk)
	for {
		n := it.NextMany(buffer)
		if n == 0 {
			return nil
		}
		if err := h.some(ctx, buffer[:n], each); err != nil {
			return err
		}
	}
}

// some looks at a chunk of those who may be due.
func (h *harvest) some(ctx context.Context, seqs []uint32, each func(*candidate)) error {
	return h.db.Read(ctx, h.orgID, func(tx *db.Tx) error {
		people, err := h.Audience.Described(ctx, tx, h.orgID, seqs, h.wanted)
		if err != nil {
			return err
		}
		ids := make([]string, len(people))
		for i := range people {
			ids[i] = people[i].ID
		}
		marks, err := h.marksOf(ctx, tx, ids)
		if err != nil {
			return err
		}
		for _, st := range h.sets {
			if st.rule.Anchor != Entered {
				continue
			}
			var in []string
			for i := range people {
				if st.members.Contains(people[i].Seq) {
					in = append(in, people[i].ID)
				}
			}
			if st.entered, err = h.Audience.Entered(ctx, tx, h.orgID, st.rule.SegmentID, in); err != nil {
				return err
			}
		}
		for i := range people {
			if h.skip[people[i].ID] {
				continue
			}
			if c := h.judge(&people[i], marks[people[i].ID]); c != nil {
				each(c)
			}
		}
		return nil
	})
}

// judge gathers the reasons for which somebody is due; nil: they are not.
func (h *harvest) judge(p *Described, marks map[string]mark) *candidate {
	c := &candidate{who: *p, firstDay: h.day}
	was, listed := h.before[p.ID]
	for _, st := range h.sets {
		if !st.members.Contains(p.Seq) {
			continue
		}
		if st.rule.Anchor == Promised {
			for _, pr := range h.promises[p.ID] {
				c.must = true
				c.reasons = append(c.reasons, h.promised(st.rule, pr))
			}
			continue
		}
		r, ok := h.occasion(st, p)
		if !ok {
			continue
		}
		anchor, carried := was.reasons[st.rule.ID]
		if !h.counts(st.rule, r.facts.Days, listed && carried && anchor == r.anchor) {
			continue
		}
		if m, ok := marks[st.rule.ID]; ok && (m.until >= h.day || m.anchor != 0 && m.anchor == r.anchor) {
			continue
		}
		c.reasons = append(c.reasons, r)
	}
	if len(c.reasons) == 0 {
		return nil
	}
	if listed {
		c.firstDay = was.firstDay
	}
	seen := map[string]bool{}
	for _, r := range c.reasons {
		if !seen[r.rule.ID] {
			seen[r.rule.ID] = true
			c.weight += r.rule.Weight
			h.perRule[r.rule.ID]++
		}
	}
	slices.SortStableFunc(c.reasons, func(a, b reason) int { return cmp.Compare(b.rule.Weight, a.rule.Weight) })
	return c
}

// counts tells whether a rule lists somebody so many days after the anchor's
// day. Who was listed and not attended to may stay longer.
func (h *harvest) counts(r *Rule, since int, carried bool) bool {
	if r.Anchor == Always {
		return true
	}
	last := r.OffsetDays + r.WindowDays
	if carried {
		last += r.CarryDays
	}
	return since >= r.OffsetDays && since <= last
}

// occasion is what a rule has to say about somebody.
func (h *harvest) occasion(st *set, p *Described) (reason, bool) {
	r := reason{rule: st.rule, facts: Facts{Orders: p.Orders, GMVMinor: p.GMVMinor}}
	if p.LastOrder > 0 {
		r.facts.LastOrderAt = clock.Ptr(p.LastOrder)
		r.facts.LastOrderDays = int(h.day - dayAt(p.LastOrder, h.zone))
	}
	at := func(us int64) (reason, bool) {
		if us == 0 {
			return r, false
		}
		d := dayAt(us, h.zone)
		r.anchor, r.facts.At, r.facts.Day, r.facts.Days = us, clock.Ptr(us), d.String(), int(h.day-d)
		return r, true
	}
	on := func(d Day, ok bool, date string) (reason, bool) {
		midnight := d.Civil()
		r.anchor, r.facts.At, r.facts.Day, r.facts.Days, r.facts.Date = clock.Micros(midnight), &midnight, d.String(), int(h.day-d), date
		return r, ok
	}
	from, to := h.span(st.rule)
	switch st.rule.Anchor {
	case Always:
		return r, true
	case FirstOrder:
		return at(p.FirstOrder)
	case LastOrder:
		return at(p.LastOrder)
	case Created:
		return at(p.Created)
	case Entered:
		return at(st.entered[p.ID])
	case FirstEvent:
		return at(p.Events[st.rule.AnchorName][0])
	case LastEvent:
		return at(p.Events[st.rule.AnchorName][1])
	case Birthday:
		d, ok := occurs(p.Birthday, from, to)
		return on(d, ok, p.Birthday)
	case Anniversary:
		d, ok := occurs(p.Dates[st.rule.AnchorName], from, to)
		return on(d, ok, p.Dates[st.rule.AnchorName])
	case Date:
		d, ok := ParseDay(p.Dates[st.rule.AnchorName])
		return on(d, ok, p.Dates[st.rule.AnchorName])
	case StageChange:
		r.facts.Stage = st.changes[p.Seq].Stage
		return at(st.changes[p.Seq].At)
	case Waits:
		all := st.waiting[p.Seq]
		if len(all) == 0 {
			return r, false
		}
		first := slices.MinFunc(all, func(a, b Waiting) int { return cmp.Compare(a.Since, b.Since) })
		r.facts.Account, r.facts.ConversationID, r.facts.Conversations = first.AccountName, first.ConversationID, len(all)
		return at(first.Since)
	}
	return r, false
}

func (h *harvest) promised(rule *Rule, p promise) reason {
	d := p.day
	return reason{rule: rule, promise: p.id, anchor: p.due, facts: Facts{At: clock.Ptr(p.due), Day: d.String(), Days: int(h.day - d), Promise: p.kind, Text: p.text, By: p.staff}}
}

// whose decides on whose list somebody goes; empty: nobody's.
func (h *harvest) whose(c *candidate) string {
	able := func(id string) bool { return id != "" && h.members[id].Able }
	for _, r := range c.reasons { // whoever sees everybody keeps their own word
		if by := r.facts.By; r.promise != "" && able(by) && (!h.members[by].Associate || by == c.who.Owner) {
			return by
		}
	}
	if able(c.who.Owner) {
		return c.who.Owner
	}
	least := func(of []string) (out string) {
		for _, id := range of {
			if able(id) && (out == "" || h.load[id] < h.load[out]) {
				out = id
			}
		}
		return out
	}
	for _, st := range h.sets {
		for _, w := range st.waiting[c.who.Seq] {
			if id := least(w.Staff); id != "" {
				return id
			}
		}
	}
	if slices.ContainsFunc(c.reasons, func(r reason) bool { return r.rule.Fallback == RoundRobin }) {
		return least(h.able)
	}
	return ""
}

// gather makes the lists.
func (h *harvest) gather(ctx context.Context) error {
	h.rolls, h.load = map[string]*roll{}, map[string]int{}
	for _, id := range slices.Sorted(maps.Keys(h.members)) {
		if m := h.members[id]; m.Able && m.Associate {
			h.able = append(h.able, id)
		}
	}
	return h.run(ctx, func(c *candidate) {
		staff := h.whose(c)
		h.load[staff]++
		r := h.rolls[staff]
		if r == nil {
			room, ok := h.room[staff]
			if !ok {
				room = h.settings.Cap
			}
			r = &roll{room: room}
			h.rolls[staff] = r
		}
		r.offer(c)
	})
}
