package segment

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
)

// Segment is a saved segment.
type Segment struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Text        string          `json:"text" doc:"The predicate as text"`
	Tree        json.RawMessage `json:"tree" doc:"The predicate as JSON, every reference with its id and the name of today"`
	Problem     string          `json:"problem" doc:"Why the predicate can no longer be worked out, such as a tag that was deleted; its members then stay as they are. Empty when all is well"`
	Version     int64           `json:"version" doc:"Counts the edits of the predicate"`
	Size        int64           `json:"size" doc:"Members whom the caller may see"`
	SizeKnown   bool            `json:"size_known" doc:"False while the size is still to be worked out"`
	Settled     bool            `json:"settled" doc:"False while members of a new version are being recorded"`
	Trend       []DaySize       `json:"trend" nullable:"false" doc:"The last 30 days, the oldest first; empty for who sees only their own customers"`
	CreatedAt   time.Time       `json:"created_at"`
	CreatedBy   Ref             `json:"created_by"`
	UpdatedAt   time.Time       `json:"updated_at"`
	UpdatedBy   Ref             `json:"updated_by"`
	Refers      []Ref           `json:"refers" nullable:"false" doc:"Segments that it refers to"`
	UsedBy      []Ref           `json:"used_by" nullable:"false" doc:"Segments that refer to it"`
	Includes    int64           `json:"includes" doc:"Persons put in by hand, whom the caller may see"`
	Excludes    int64           `json:"excludes" doc:"Persons left out by hand, whom the caller may see"`

	def      definition
	record   recorded
	compiled bool
	plan     plan.Node // of the predicate alone
	needs    plan.Needs
}

// DaySize is how large a segment was on a day.
type DaySize struct {
	Day  string `json:"day" doc:"YYYY-MM-DD in the org's time zone"`
	Size int64  `json:"size"`
}

// trendDays is how many days a trend shows.
const trendDays = 30

// trends reads the sizes of segments day by day up to today. They are of
// everybody, and so not for who sees only their own customers.
func (s *Service) trends(ctx context.Context, tx *db.Tx, a access.Actor, ds []definition, today plan.Day) (map[string][]DaySize, error) {
	out, ids := make(map[string][]DaySize, len(ds)), make([]string, len(ds))
	for i, d := range ds {
		ids[i], out[d.id] = d.id, []DaySize{}
	}
	if a.OwnOnly {
		return out, nil
	}
	sizes, err := s.live.Sizes(ctx, tx, a.OrgID, ids, today-trendDays+1, today)
	for id, days := range sizes {
		for _, d := range days {
			out[id] = append(out[id], DaySize{d.Day.String(), d.Members})
		}
	}
	return out, err
}

// zone is the org's time zone.
func zone(def predicate.Definitions) *time.Location {
	if def.Zone == nil {
		return time.UTC
	}
	return def.Zone
}

// Get returns a segment.
func (s *Service) Get(ctx context.Context, id string) (Segment, error) {
	a, _ := access.From(ctx)
	var out []Segment
	err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		d, err := defByID(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		out, err = s.show(ctx, tx, a, d)
		return err
	})
	if err != nil {
		return Segment{}, err
	}
	return out[0], s.measure(ctx, a, &out[0], false)
}

// show makes what a transaction can say of segments.
func (s *Service) show(ctx context.Context, tx *db.Tx, a access.Actor, ds ...definition) ([]Segment, error) {
	def, err := s.definitions(ctx, tx, a.OrgID)
	if err != nil {
		return nil, err
	}
	g, err := loadGraph(ctx, tx, a.OrgID)
	if err != nil {
		return nil, err
	}
	records, err := recordedOf(ctx, tx, a.OrgID)
	if err != nil {
		return nil, err
	}
	today := plan.DayOf(s.now().In(zone(def)))
	trends, err := s.trends(ctx, tx, a, ds, today)
	if err != nil {
		return nil, err
	}
	cat, staff, lang := predicate.NewCatalogue(def), map[string]string{}, i18n.From(ctx)
	for _, n := range def.Staff {
		staff[n.ID] = n.Name
	}
	out := make([]Segment, len(ds))
	for i, d := range ds {
		e, err := d.tree()
		if err != nil {
			return nil, err
		}
		v := Segment{ID: d.id, Name: d.name, Description: d.description, Version: d.version, Trend: trends[d.id],
			CreatedAt: clock.Time(d.createdAt), CreatedBy: Ref{d.createdBy, staff[d.createdBy]}, UpdatedAt: clock.Time(d.updatedAt), UpdatedBy: Ref{d.updatedBy, staff[d.updatedBy]},
			Refers: g.refers(d.id), UsedBy: g.usedBy(refSegment, d.id), def: d, record: records[d.id]}
		compiled, err := predicate.Compile(e, cat, s.now())
		switch {
		case err == nil:
			e, v.compiled, v.plan, v.needs = compiled.Expr, true, compiled.Plan, compiled.Needs
		case errs.Is(err, errs.CodeInvalid):
			v.Problem = problem(lang, err)
		default:
			return nil, err
		}
		v.Tree, v.Text = predicate.Encode(e), predicate.Format(e)
		out[i] = v
	}
	return out, nil
}

// problem is what is wrong with a stored predicate, and what to do.
func problem(lang i18n.Lang, err error) string {
	e := errs.As(err)
	var reasons []string
	for _, f := range e.Fields {
		reasons = append(reasons, f.Text.In(lang))
	}
	slices.Sort(reasons)
	list := strings.Join(slices.Compact(reasons), "; ")
	return i18n.Text{
		ZH: list + "。成员暂时保持不变；请编辑条件，去掉或替换这一项，或回退到之前的版本",
		EN: list + ". The members stay as they are for now; edit the predicate to take this out or replace it, or revert to an earlier version",
	}.In(lang)
}

var brokenBelow = i18n.T("它引用的人群条件已失效，成员暂时保持不变；请先修改被引用的人群", "A segment that it refers to no longer makes sense. The members stay as they are for now; mend that segment first")

// measure adds what the live engine can say of a segment. Lists of segments
// take the recorded size where it belongs to the present version; otherwise
// the members are worked out as they are now.
func (s *Service) measure(ctx context.Context, a access.Actor, v *Segment, recorded bool) error {
	v.Settled = v.record.version == v.Version
	if v.Problem == "" && recorded && v.Settled && !a.OwnOnly && len(v.Refers) == 0 {
		v.Size, v.SizeKnown = v.record.size, true
	} else if v.Problem == "" {
		members, err := s.members(ctx, a, v.ID)
		switch {
		case err == nil:
			v.Size, v.SizeKnown = int64(members.GetCardinality()), true
		case errs.Is(err, errs.CodeConflict): // what it refers to makes no sense
			v.Problem = brokenBelow.In(i18n.From(ctx))
		default:
			return err
		}
	}
	if v.Problem != "" { // the members stay as they were last recorded
		v.Settled = true
		if v.record.version > 0 && !a.OwnOnly {
			v.Size, v.SizeKnown = v.record.size, true
		}
	}
	var err error
	for list, n := range map[string]*int64{v.def.include: &v.Includes, v.def.exclude: &v.Excludes} {
		if list == "" {
			continue
		}
		if *n, err = s.count(ctx, a, plan.InList{ID: list}); err != nil {
			return err
		}
	}
	return nil
}

// own narrows a plan to the customers whom the actor may see.
func own(a access.Actor, n plan.Node) plan.Node {
	if !a.OwnOnly {
		return n
	}
	return plan.And{Of: []plan.Node{mine(a), n}}
}

// mine is who belongs to the actor. An actor without an id owns nobody.
func mine(a access.Actor) plan.Node {
	if a.ID == "" {
		return plan.None{}
	}
	return plan.Texts{Attr: plan.Attr{Name: "owner", Type: plan.Text}, Values: []string{a.ID}}
}

// eval tells who is in a plan, of those whom the actor may see. The answer is
// the caller's to read only.
func (s *Service) eval(ctx context.Context, a access.Actor, n plan.Node) (*roaring.Bitmap, error) {
	answer, err := s.live.Eval(ctx, a.OrgID, plan.Simplify(own(a, n)))
	return answer.Members, err
}

func (s *Service) count(ctx context.Context, a access.Actor, n plan.Node) (int64, error) {
	m, err := s.eval(ctx, a, n)
	if err != nil {
		return 0, err
	}
	return int64(m.GetCardinality()), nil
}

// members tells who is in a saved segment, of those whom the actor may see.
// The answer is the caller's to read only.
func (s *Service) members(ctx context.Context, a access.Actor, segmentID string) (*roaring.Bitmap, error) {
	m, err := s.live.Members(ctx, a.OrgID, segmentID)
	if err != nil || !a.OwnOnly {
		return m, err
	}
	mine, err := s.eval(ctx, a, plan.All{})
	if err != nil {
		return nil, err
	}
	return roaring.And(m, mine), nil
}

// Sorts are the orders of the list of segments; a minus turns one round.
var Sorts = []string{"name", "-size", "-updated_at"}

// ListQuery asks for segments.
type ListQuery struct {
	Q      string // part of the name or description
	Sort   string // one of Sorts
	Offset int
	Limit  int
}

// List returns a page of segments, and how many there are in all.
func (s *Service) List(ctx context.Context, q ListQuery) (out []Segment, total int, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		all, err := defs(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		find := strings.ToLower(strings.TrimSpace(q.Q))
		all = slices.DeleteFunc(all, func(d definition) bool {
			return find != "" && !strings.Contains(strings.ToLower(d.name), find) && !strings.Contains(strings.ToLower(d.description), find)
		})
		order := func(x, y definition) int { return cmp.Compare(x.name, y.name) }
		if q.Sort == "-updated_at" {
			order = func(x, y definition) int { return cmp.Compare(y.updatedAt, x.updatedAt) }
		}
		slices.SortStableFunc(all, order)
		if total = len(all); q.Sort != "-size" {
			all = window(all, q)
		}
		out, err = s.show(ctx, tx, a, all...)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	for i := range out {
		if err := s.measure(ctx, a, &out[i], true); err != nil {
			return nil, 0, err
		}
	}
	if q.Sort == "-size" {
		slices.SortStableFunc(out, func(x, y Segment) int { return cmp.Compare(y.Size, x.Size) })
		out = window(out, q)
	}
	return out, total, nil
}

func window[T any](all []T, q ListQuery) []T {
	from := min(max(q.Offset, 0), len(all))
	return all[from:min(from+q.Limit, len(all))]
}

// Version is one version of a segment's predicate.
type Version struct {
	Version int64           `json:"version"`
	Text    string          `json:"text"`
	Tree    json.RawMessage `json:"tree"`
	At      time.Time       `json:"at"`
	By      Ref             `json:"by"`
}

// Versions lists the versions of a segment's predicate, the newest first, at
// most 200.
func (s *Service) Versions(ctx context.Context, id string) (out []Version, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := defByID(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		def, err := s.definitions(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		all, err := versions(ctx, tx, a.OrgID, id, maxVersions)
		if err != nil {
			return err
		}
		cat := predicate.NewCatalogue(def)
		for _, v := range all {
			e, err := predicate.Decode([]byte(v.expr))
			if err != nil {
				return err
			}
			if now, err := predicate.Compile(e, cat, s.now()); err == nil {
				e = now.Expr
			}
			by := Ref{ID: v.by}
			if i := slices.IndexFunc(def.Staff, func(n predicate.Named) bool { return n.ID == v.by }); i >= 0 {
				by.Name = def.Staff[i].Name
			}
			out = append(out, Version{v.version, predicate.Format(e), predicate.Encode(e), clock.Time(v.at), by})
		}
		return nil
	})
	return out, err
}
