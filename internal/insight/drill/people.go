package drill

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight/behind"
	"fishpond/internal/insight/report"
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

// PersonAt is somebody behind a figure, and how they were reached in the run.
type PersonAt struct {
	behind.PersonBehind
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

// Behind finds the people behind a figure, the newest customers first.
func (s *Service) Behind(ctx context.Context, orgID string, in PeopleInput) (out behind.Crowd[PersonAt], err error) {
	var who *roaring.Bitmap
	var v *survey
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		who, v, err = s.behind(ctx, tx, orgID, in)
		return err
	}); err != nil {
		return out, err
	}
	return behind.Crowd[PersonAt]{Seqs: behind.Newest(who), From: i18n.T("流失演练", "a pool-loss drill"), Show: func(_ context.Context, some []behind.PersonBehind) ([]PersonAt, error) {
		shown := make([]PersonAt, len(some))
		for i, p := range some {
			shown[i] = PersonAt{p, v.waysOf(p.Seq)}
		}
		return shown, nil
	}}, nil
}

// more is what files tell of people: the ways to them as one text.
func more(context.Context, string) (behind.More[PersonAt], error) {
	return behind.More[PersonAt]{Columns: []report.Column{report.Text("途径", "Ways")}, Cells: func(lang i18n.Lang, p PersonAt) []any {
		var ways []string
		for _, w := range p.Ways {
			text := w.Name
			if w.Member != "" {
				text += " · " + w.Member
			}
			switch {
			case w.Why != "":
				text += " (" + whyNames[w.Why].In(lang) + ")"
			case w.Waits:
				text += i18n.T("（等对方来）", " (they must come)").In(lang)
			}
			ways = append(ways, text)
		}
		return []any{strings.Join(ways, "; ")}
	}}, nil
}
