package drill

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// PeopleInput names a figure of a run whose people are asked for.
type PeopleInput struct {
	RunID     string `json:"run_id" minLength:"1" maxLength:"64"`
	Figure    string `json:"figure" enum:"persons,reachable,direct,waiting,unreachable,one_account,one_platform,valued,way,unit,unit_direct,lost,muted,kept,next,barred,step,secured,exposed,cut_off,gained" doc:"way, next: over account_id; unit to barred: of the unit; the last four: against before_id"`
	Kind      string `json:"kind,omitempty" enum:",account,staff,platform" doc:"Of the unit"`
	UnitID    string `json:"unit_id,omitempty" maxLength:"200"`
	AccountID string `json:"account_id,omitempty" maxLength:"64"`
	Waits     bool   `json:"waits,omitempty" doc:"Of way and next: those who must come first"`
	Why       string `json:"why,omitempty" maxLength:"40" doc:"Of unreachable and barred: only for this reason"`
	Step      int    `json:"step,omitempty" minimum:"0" maximum:"100000"`
	BeforeID  string `json:"before_id,omitempty" maxLength:"64" doc:"The earlier run"`
}

// SegmentFromInput makes a segment of the people behind a figure.
type SegmentFromInput struct {
	PeopleInput
	Name string `json:"name" minLength:"1" maxLength:"80"`
}

// SegmentMade is the segment that was made.
type SegmentMade struct {
	SegmentID string `json:"segment_id"`
	Persons   int64  `json:"persons"`
}

// PersonAt is somebody behind a figure, and how they were reached in the run.
type PersonAt struct {
	PersonBehind
	Ways []PersonWay `json:"ways" nullable:"false" doc:"The best first; those that do not count last, with the reason"`
}

// PersonWay is one tie of a person.
type PersonWay struct {
	AccountID string `json:"account_id"`
	Name      string `json:"name"`
	Carrier   string `json:"carrier"`
	Member    string `json:"member" doc:"Through whom; empty where an account is one sender"`
	Waits     bool   `json:"waits" doc:"They must come first"`
	Why       string `json:"why,omitempty" doc:"Why it does not count"`
}

// PeoplePage is a page of people behind a figure.
type PeoplePage struct {
	Items []PersonAt
	Total int64
	Next  uint32 // 0 on the last page
}

var noFigure = i18n.T("没有这个数字", "There is no such figure")

// behind finds the people behind a figure.
func (s *Service) behind(ctx context.Context, tx *db.Tx, orgID string, in PeopleInput) (who *roaring.Bitmap, v *survey, err error) {
	v, err = s.surveyOf(ctx, tx, orgID, in.RunID)
	if err != nil {
		return nil, nil, err
	}
	switch in.Figure {
	case "step":
		who, err = stepPeople(ctx, tx, orgID, in.RunID, in.Step)
	case "secured", "exposed", "cut_off", "gained":
		before, failed := s.surveyOf(ctx, tx, orgID, in.BeforeID)
		if failed != nil {
			return nil, nil, failed
		}
		who = moved(before, v)[in.Figure]
	case "unit", "unit_direct", "lost", "muted", "kept", "next", "barred":
		i := slices.IndexFunc(v.units, func(u *unit) bool { return u.kind == in.Kind && u.id == in.UnitID })
		if i < 0 {
			return nil, nil, errs.InvalidField("body.unit_id", i18n.T("没有这一项，这次演练没有涉及它", "There is no such unit in this drill"))
		}
		who = v.ofUnit(v.units[i], in)
	default:
		who = v.ofAll(in)
	}
	return who, v, err
}

func (s *Service) surveyOf(ctx context.Context, tx *db.Tx, orgID, runID string) (*survey, error) {
	_, f, err := findings(ctx, tx, orgID, runID)
	if err != nil {
		return nil, err
	}
	g, err := loadGround(ctx, tx, orgID, runID, f.Accounts)
	if err != nil {
		return nil, err
	}
	return g.survey(), nil
}

func (v *survey) ofAll(in PeopleInput) *roaring.Bitmap {
	out := roaring.New()
	switch in.Figure {
	case "persons":
		return v.all.Clone()
	case "valued":
		return v.valued.Clone()
	case "reachable":
		return v.byAccount.any.Clone()
	case "direct":
		return v.direct.any.Clone()
	case "waiting":
		return roaring.AndNot(v.byAccount.any, v.direct.any)
	case "one_account":
		return v.byAccount.once()
	case "one_platform":
		return v.byPlatform.once()
	case "way":
		v.next(v.byAccount.any, nil, func(i int, waits, _ bool, who *roaring.Bitmap) {
			if v.accounts[i].ID == in.AccountID && waits == in.Waits {
				out.Or(who)
			}
		})
	case "unreachable":
		v.unreachable(func(why string, who *roaring.Bitmap) {
			if in.Why == "" || in.Why == why {
				out.Or(who)
			}
		})
	}
	return out
}

func (v *survey) ofUnit(u *unit, in PeopleInput) *roaring.Bitmap {
	out := roaring.New()
	switch in.Figure {
	case "unit":
		return u.persons.Clone()
	case "unit_direct":
		return u.direct.Clone()
	case "lost":
		return u.lost.Clone()
	case "muted":
		return u.muted.Clone()
	case "kept":
		return roaring.AndNot(roaring.AndNot(u.persons, u.lost), u.muted)
	case "next":
		v.next(roaring.AndNot(u.persons, u.lost), u, func(i int, waits, _ bool, who *roaring.Bitmap) {
			if v.accounts[i].ID == in.AccountID && waits == in.Waits {
				out.Or(who)
			}
		})
	case "barred":
		v.eachBar(u, func(why string, who *roaring.Bitmap) {
			if in.Why == "" || in.Why == why {
				out.Or(who)
			}
		})
	}
	return out
}

// waysOf are a person's ties, the best first.
func (v *survey) waysOf(seq uint32) []PersonWay {
	type ranked struct {
		PersonWay
		rank int
	}
	var all []ranked
	for _, w := range v.ways {
		first := w.direct.Contains(seq)
		if !first && !w.waits.Contains(seq) {
			continue
		}
		a := &v.accounts[w.account]
		p := PersonWay{AccountID: a.ID, Name: a.Name, Carrier: a.Kind, Member: w.seat, Waits: !first}
		for _, m := range a.Members {
			if m.UserID == w.seat {
				p.Member = m.Name
			}
		}
		r := rank(preferred, a.Kind)
		if !first {
			r += len(preferred) + 1
		}
		all = append(all, ranked{p, r})
	}
	for _, b := range v.bars {
		if b.who.Contains(seq) {
			a := &v.accounts[b.account]
			all = append(all, ranked{PersonWay{AccountID: a.ID, Name: a.Name, Carrier: a.Kind, Why: b.why}, 1000})
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	out := []PersonWay{}
	for _, r := range all {
		out = append(out, r.PersonWay)
	}
	return out
}

// People lists the people behind a figure, the newest customers first; before is
// the Next of the page before, 0 for the first.
func (s *Service) People(ctx context.Context, orgID string, in PeopleInput, before uint32, limit int) (out PeoplePage, err error) {
	var who *roaring.Bitmap
	var v *survey
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		who, v, err = s.behind(ctx, tx, orgID, in)
		return err
	}); err != nil {
		return out, err
	}
	out.Total = size(who)
	if before > 0 {
		who.RemoveRange(uint64(before), 1<<32)
	}
	var seqs []uint32
	for it := who.ReverseIterator(); it.HasNext() && len(seqs) < limit; {
		seqs = append(seqs, it.Next())
	}
	if uint64(len(seqs)) < who.GetCardinality() {
		out.Next = seqs[len(seqs)-1]
	}
	shown, err := s.ports.Audience.Persons(ctx, orgID, seqs)
	for _, p := range shown {
		out.Items = append(out.Items, PersonAt{p, v.waysOf(p.Seq)})
	}
	return out, err
}

// SegmentFrom makes a segment of exactly the people behind a figure; they stay in
// it, whatever happens later. It needs segment.write of the actor.
func (s *Service) SegmentFrom(ctx context.Context, orgID string, in SegmentFromInput) (out SegmentMade, err error) {
	if a, _ := access.From(ctx); !a.Can("segment.write") {
		return out, errs.Forbidden(i18n.T("保存人群需要人群编辑权限", "Saving a segment needs the permission to change segments"))
	}
	if strings.TrimSpace(in.Name) == "" {
		return out, errs.InvalidField("body.name", i18n.T("请给人群起个名字", "Give the segment a name"))
	}
	var who *roaring.Bitmap
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		who, _, err = s.behind(ctx, tx, orgID, in.PeopleInput)
		return err
	}); err != nil {
		return out, err
	}
	if err := fits(who); err != nil {
		return out, err
	}
	text := i18n.T("流失演练中保存的 %d 位客户，名单不再变化", "%d customers saved from a pool-loss drill; they stay as they are", who.GetCardinality())
	out.Persons = size(who)
	if out.SegmentID, err = s.ports.Audience.SaveSegment(ctx, orgID, in.Name, text.In(i18n.From(ctx)), who); err != nil {
		return SegmentMade{}, fmt.Errorf("drill: segment: %w", err)
	}
	return out, nil
}

// fits refuses what no segment of named people can hold.
func fits(who *roaring.Bitmap) error {
	switch n := who.GetCardinality(); {
	case n == 0:
		return errs.Conflict(i18n.T("这里没有人，没有人群可存", "Nobody is here: there is nothing to save"))
	case n > stepMost:
		return errs.Conflict(i18n.T("这里有 %d 人，一次最多存 %d 人：请按更小的一项保存", "There are %d people here, and at most %d can be saved at once: save a smaller figure", n, stepMost))
	}
	return nil
}
