package lookalike

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight"
	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Service is the part.
type Service struct {
	audience Audience
	events   Events
	desk     *behind.Desk
}

// New returns the part.
func New(a Audience, e Events, d *behind.Desk) *Service { return &Service{a, e, d} }

// SharedGroup names a group of people.
type SharedGroup struct {
	Kind      string `json:"kind" enum:"again,active,segment" doc:"again: bought again within days of the first order, at least a day later; active: did something of their own in the last days; segment: the members of one"`
	Days      int    `json:"days,omitempty" minimum:"0" maximum:"1095" doc:"Of again and active; 0: 90"`
	SegmentID string `json:"segment_id,omitempty" maxLength:"64"`
}

// SharedInput asks what a group shares.
type SharedInput struct {
	Group SharedGroup `json:"group"`
	Level float64     `json:"level,omitempty" minimum:"0" maximum:"0.2" doc:"Of what is said to differ, the share that may be so by chance; 0: 0.05"`
}

// SharedFeature is something that people have or do not.
type SharedFeature struct {
	Family string `json:"family" example:"trait:skin" doc:"tag, trait:<key>, channel, region, owner, product (in the first order), week (done in the first seven days)"`
	Value  string `json:"value"`
}

// Verdicts.
const (
	More   = "more"    // the group has it more often
	Less   = "less"    // … less often
	Same   = "same"    // no difference to be seen
	TooFew = "too_few" // too few have it, or lack it, to say
)

// SharedFound is a feature with what can be said of it.
type SharedFound struct {
	SharedFeature
	FamilyLabel string   `json:"family_label"`
	Label       string   `json:"label"`
	With        int64    `json:"with" doc:"Of the group, those who have it"`
	Of          int64    `json:"of" doc:"Of the group, those of whom it is known: in the first week, those whose week is over"`
	Other       int64    `json:"other" doc:"Of the others, those who have it"`
	Others      int64    `json:"others" doc:"Of the others, those of whom it is known"`
	Share       *float64 `json:"share" doc:"with ÷ of"`
	ShareOthers *float64 `json:"share_others" doc:"other ÷ others"`
	Lift        *float64 `json:"lift" doc:"share ÷ share_others; null when none of the others has it"`
	Low         *float64 `json:"low" doc:"Of the interval of 95 % of lift"`
	High        *float64 `json:"high"`
	P           *float64 `json:"p" doc:"Fisher's exact test, two-sided; null when there are too few to say"`
	Q           *float64 `json:"q" doc:"p corrected for all comparisons (Benjamini & Hochberg)"`
	Verdict     string   `json:"verdict" enum:"more,less,same,too_few"`
	Whole       bool     `json:"whole" doc:"Everybody in the group has it and not everybody else: perhaps that is how the group is defined"`

	members *roaring.Bitmap
}

// SharedCheck is how well likeness finds people whom it has not seen.
type SharedCheck struct {
	Area     float64 `json:"area" doc:"Probability that one of the group is ranked before one of the others; 0.5 is chance"`
	Low      float64 `json:"low" doc:"Of its interval of 95 %"`
	High     float64 `json:"high"`
	Group    int64   `json:"group" doc:"People of the group that it was tried on: half of them"`
	Others   int64   `json:"others"`
	Features int     `json:"features" doc:"That were said to differ by the other half, and weighed by it"`
}

// SharedAnswer is what a group shares.
type SharedAnswer struct {
	Group     string        `json:"group" doc:"Its name in words"`
	Persons   int64         `json:"persons" doc:"In the group"`
	Others    int64         `json:"others" doc:"People it is compared with"`
	Outside   int64         `json:"outside" doc:"Everybody in the pool who is not in the group: among whom look-alikes are"`
	Level     float64       `json:"level"`
	Tested    int           `json:"tested" doc:"Comparisons made"`
	Features  []SharedFound `json:"features" nullable:"false" doc:"Those that differ first, the clearest first; too few to say at the end"`
	Check     *SharedCheck  `json:"check,omitempty"`
	CheckWhy  string        `json:"check_why,omitempty" doc:"Why likeness could not be tried"`
	Why       string        `json:"why,omitempty" doc:"Why nothing can be said; empty when something can"`
	CountedTo *time.Time    `json:"counted_to" doc:"Events recorded up to here are counted; null when there are none"`
	AsOf      *time.Time    `json:"as_of" doc:"The last event, from which days are counted back; null without events"`
	TimeZone  string        `json:"time_zone"`
}

const (
	fewest     = 30 // people of the group, and of the others
	usualDays  = 90
	usualLevel = 0.05
	mostShown  = 300
)

func (in *SharedInput) settle() error {
	g := &in.Group
	switch g.Kind {
	case insight.StayAgain, insight.StayActive:
		if g.Days == 0 {
			g.Days = usualDays
		}
		if g.Days < 1 || g.Days > 1095 {
			return errs.InvalidField("body.group.days", i18n.T("天数应在 1 到 1095 之间", "Days are from 1 to 1095"))
		}
	case "segment":
		if g.SegmentID == "" {
			return errs.InvalidField("body.group.segment_id", i18n.T("请选择人群", "Choose a segment"))
		}
	default:
		return errs.InvalidField("body.group.kind", i18n.T("只能是再次购买、活跃或人群", "It is again, active or segment"))
	}
	if in.Level == 0 {
		in.Level = usualLevel
	}
	if !(in.Level > 0 && in.Level <= 0.2) {
		return errs.InvalidField("body.level", i18n.T("应大于 0，且不超过 0.2", "It is above 0 and at most 0.2"))
	}
	return nil
}

// study is a group, whom it is compared with, and what they may share.
type study struct {
	name          i18n.Text
	group, others *roaring.Bitmap
	everybody     *roaring.Bitmap
	families      []Family
	begun         *roaring.Bitmap // of whom the first week is known
	beginnings    insight.Beginnings
}

// open gathers what a question is about.
func (s *Service) open(ctx context.Context, orgID string, in SharedInput) (st study, err error) {
	if st.everybody, err = s.audience.Everybody(ctx, orgID); err != nil {
		return st, err
	}
	stay := in.Group.Kind
	base := st.everybody
	if in.Group.Kind == "segment" {
		stay = ""
		var name string
		if name, st.group, err = s.audience.Segment(ctx, orgID, in.Group.SegmentID); err != nil {
			return st, err
		}
		st.name = i18n.Text{ZH: name, EN: name}
		st.group = roaring.And(st.group, st.everybody)
	}
	b, err := s.events.Beginnings(ctx, orgID, stay, in.Group.Days)
	if err != nil {
		return st, err
	}
	st.beginnings, st.begun = b, b.Begun
	switch in.Group.Kind {
	case insight.StayAgain:
		st.name = i18n.T("首单后 %d 天内再次购买", "Bought again within %d days", in.Group.Days)
	case insight.StayActive:
		st.name = i18n.T("最近 %d 天内活跃", "Active in the last %d days", in.Group.Days)
	}
	if stay != "" {
		base = roaring.And(b.Base, st.everybody)
		st.group = roaring.And(b.Stayed, st.everybody)
	}
	st.others = roaring.AndNot(base, st.group)
	if st.families, err = s.audience.Families(ctx, orgID); err != nil {
		return st, err
	}
	st.families = append(st.families, Family{"product", i18n.T("首单买的商品", "In the first order").In(i18n.From(ctx)), b.Products})
	var week []insight.Slice
	for _, sl := range b.Week {
		// Who is asked about has bought: that she ordered, or refunded, says nothing.
		if in.Group.Kind == insight.StayAgain && (sl.Value == "order.paid" || sl.Value == "order.refunded") {
			continue
		}
		week = append(week, sl)
	}
	st.families = append(st.families, Family{"week", i18n.T("第一周里做过", "Done in the first week").In(i18n.From(ctx)), week})
	return st, nil
}

// compare counts every feature in two sets of people and says how they differ. tested
// is how many comparisons that took.
func (st *study) compare(group, others *roaring.Bitmap, level float64) (out []SharedFound, tested int) {
	begunGroup, begunOthers := roaring.And(group, st.begun), roaring.And(others, st.begun)
	buyersGroup, buyersOthers := roaring.And(group, st.beginnings.Buyers), roaring.And(others, st.beginnings.Buyers)
	var p []float64
	var at []int
	for _, f := range st.families {
		g, o := group, others
		switch f.Key {
		case "week":
			g, o = begunGroup, begunOthers
		case "product":
			g, o = buyersGroup, buyersOthers
		}
		of, rest := count(g), count(o)
		for _, sl := range f.Slices {
			t := table{int64(g.AndCardinality(sl.Members)), of, int64(o.AndCardinality(sl.Members)), rest} //nolint:gosec // at most 2³²
			if t.both() == 0 {
				continue
			}
			x := SharedFound{SharedFeature: SharedFeature{f.Key, sl.Value}, FamilyLabel: f.Label, Label: sl.Label, With: t.with, Of: t.group, Other: t.other, Others: t.others,
				Share: share(t.with, t.group), ShareOthers: share(t.other, t.others), Verdict: TooFew, members: sl.Members,
				Whole: t.with == t.group && t.group > 0 && t.other < t.others}
			x.Lift, x.Low, x.High = t.lift()
			if t.group > 0 && t.others > 0 && t.tells() {
				v := t.fisher()
				x.P, x.Verdict = &v, Same
				p, at = append(p, v), append(at, len(out))
			}
			out = append(out, x)
		}
	}
	for i, q := range correct(p) {
		x := &out[at[i]]
		x.Q = &q
		if q <= level {
			if x.Verdict = Less; float64(x.With)*float64(x.Others) > float64(x.Other)*float64(x.Of) {
				x.Verdict = More
			}
		}
	}
	return out, len(p)
}

func count(b *roaring.Bitmap) int64 { return int64(b.GetCardinality()) } //nolint:gosec // at most 2³²

func share(n, of int64) *float64 {
	if of == 0 {
		return nil
	}
	v := float64(n) / float64(of)
	return &v
}

// Tell says what a group shares that the others do not.
func (s *Service) Tell(ctx context.Context, orgID string, in SharedInput) (SharedAnswer, error) {
	if err := in.settle(); err != nil {
		return SharedAnswer{}, err
	}
	st, err := s.open(ctx, orgID, in)
	if err != nil {
		return SharedAnswer{}, err
	}
	lang := i18n.From(ctx)
	a := SharedAnswer{Group: st.name.In(lang), Persons: count(st.group), Others: count(st.others), Outside: int64(roaring.AndNot(st.everybody, st.group).GetCardinality()), //nolint:gosec // at most 2³²
		Level: in.Level, Features: []SharedFound{}, CountedTo: st.beginnings.CountedTo, TimeZone: st.beginnings.Zone}
	if a.CountedTo != nil {
		a.AsOf = &st.beginnings.AsOf
	}
	if why := st.tooFew(in); why != (i18n.Text{}) {
		a.Why = why.In(lang)
		return a, nil
	}
	a.Features, a.Tested = st.compare(st.group, st.others, in.Level)
	sortFound(a.Features)
	a.Features = a.Features[:min(len(a.Features), mostShown)]
	check, why := st.check(in.Level)
	a.Check, a.CheckWhy = check, why.In(lang)
	return a, nil
}

// tooFew says why nothing can be said; empty when something can.
func (st *study) tooFew(in SharedInput) i18n.Text {
	group, others := count(st.group), count(st.others)
	switch {
	case in.Group.Kind != "segment" && st.beginnings.CountedTo == nil:
		return i18n.T("还没有事件，说不出谁留下了。导入订单、接入账号或上报事件之后再看", "There are no events yet, so nobody can be said to have stayed. Import orders, connect an account or report events first")
	case in.Group.Kind == insight.StayAgain && group+others == 0:
		return i18n.T("还没有人的首单已过去 %d 天，说不出谁会再买", "Nobody's first order is %d days ago yet: who buys again cannot be said", in.Group.Days)
	case in.Group.Kind == insight.StayActive && group+others == 0:
		return i18n.T("还没有人来了超过 %d 天，说不出谁留下了", "Nobody has been here for more than %d days yet: who stays cannot be said", in.Group.Days)
	case group < fewest:
		return i18n.T("这群人只有 %d 位，不到 %d 位：共同点多半是巧合", "There are %d people in the group, fewer than %d: what they share would mostly be chance", group, fewest)
	case others < fewest:
		return i18n.T("可对比的其他人只有 %d 位，不到 %d 位", "There are %d others to compare with, fewer than %d", others, fewest)
	}
	return i18n.Text{}
}

func sortFound(all []SharedFound) {
	rank := map[string]int{More: 0, Less: 0, Same: 1, TooFew: 2}
	slices.SortStableFunc(all, func(a, b SharedFound) int {
		c := cmp.Compare(rank[a.Verdict], rank[b.Verdict])
		if c != 0 || a.Verdict == TooFew {
			return cmp.Or(c, cmp.Compare(b.With+b.Other, a.With+a.Other))
		}
		return cmp.Compare(*a.Q, *b.Q)
	})
}

// half tells on which side of a fixed division somebody is.
func half(seq uint32) bool { return (seq*2654435761)>>31 == 1 }

// check learns from one half of the people and is tried on the other.
func (st *study) check(level float64) (*SharedCheck, i18n.Text) {
	learn, try := [2]*roaring.Bitmap{roaring.New(), roaring.New()}, [2]*roaring.Bitmap{roaring.New(), roaring.New()}
	for i, all := range [2]*roaring.Bitmap{st.group, st.others} {
		for it := all.Iterator(); it.HasNext(); {
			if seq := it.Next(); half(seq) {
				learn[i].Add(seq)
			} else {
				try[i].Add(seq)
			}
		}
	}
	if count(learn[0]) < fewest || count(learn[1]) < fewest || count(try[0]) < fewest || count(try[1]) < fewest {
		return nil, i18n.T("人太少，分不成两半来检验", "There are too few people to learn from one half and try on the other")
	}
	found, _ := st.compare(learn[0], learn[1], level)
	chosen := differing(found)
	if len(chosen) == 0 {
		return nil, i18n.T("只看一半人时没有看出差别，无从检验", "One half of the people shows no difference: there is nothing to try")
	}
	scores := scoresOf(chosen)
	of := func(b *roaring.Bitmap) (out []float64) {
		for it := b.Iterator(); it.HasNext(); {
			out = append(out, scores.of(it.Next()))
		}
		return out
	}
	c := &SharedCheck{Group: count(try[0]), Others: count(try[1]), Features: len(chosen)}
	c.Area, c.Low, c.High = area(of(try[0]), of(try[1]))
	return c, i18n.Text{}
}

// differing are those that likeness goes by unless others are chosen: what merely
// defines the group would find nobody outside it.
func differing(all []SharedFound) (out []SharedFound) {
	for _, f := range all {
		if (f.Verdict == More || f.Verdict == Less) && !f.Whole {
			out = append(out, f)
		}
	}
	return out
}

// scores is everybody's likeness.
type scores struct{ by []float32 }

func (s scores) of(seq uint32) float64 {
	if int(seq) >= len(s.by) {
		return 0
	}
	return float64(s.by[seq])
}

func scoresOf(features []SharedFound) scores {
	var s scores
	for _, f := range features {
		w := float32(table{f.With, f.Of, f.Other, f.Others}.weight())
		if f.members.IsEmpty() {
			continue
		}
		if most := int(f.members.Maximum()); most >= len(s.by) {
			s.by = append(s.by, make([]float32, most+1-len(s.by))...)
		}
		for it := f.members.Iterator(); it.HasNext(); {
			s.by[it.Next()] += w
		}
	}
	for i, v := range s.by { // sums in another order differ in the last digits
		s.by[i] = float32(math.Round(float64(v)*1e4) / 1e4)
	}
	return s
}
