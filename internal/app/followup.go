package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/followup"
	"fishpond/internal/inbox"
	"fishpond/internal/lifecycle"
	"fishpond/internal/org"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/pool"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/segmentevent"
	"fishpond/internal/timeline"
)

// followupOrgs tells today's lists of orgs and who works for them.
type followupOrgs struct{ *org.Service }

func (o followupOrgs) Settings(ctx context.Context, tx *db.Tx, orgID string) (followup.OrgSettings, error) {
	s, err := o.Service.Settings(ctx, tx, orgID)
	return followup.OrgSettings{Zone: s.TimeZone, Currency: s.Currency}, err
}

func (o followupOrgs) Members(ctx context.Context, tx *db.Tx, orgID string) (map[string]followup.Member, error) {
	all, err := o.StaffOf(ctx, tx, orgID)
	out := make(map[string]followup.Member, len(all))
	for _, st := range all {
		out[st.ID] = followup.Member{Name: st.Name, Able: st.Status != org.StatusDisabled && slices.Contains(followup.Able(), st.Role), Associate: st.Role == org.RoleAssociate}
	}
	return out, err
}

// followupAudience answers today's lists with segments and the pool.
type followupAudience struct {
	live *live.Engine
	pool *pool.Service
	log  *timeline.Log
	now  clock.Clock
}

// compile reads a predicate that was bound; those of built-in rules are text.
func (f followupAudience) compile(expr string, w live.World) (predicate.Compiled, error) {
	if !strings.HasPrefix(expr, "{") {
		return predicate.CompileText(expr, w.Catalogue, f.now())
	}
	e, err := predicate.Decode([]byte(expr))
	if err != nil {
		return predicate.Compiled{}, err
	}
	return predicate.Compile(e, w.Catalogue, f.now())
}

func (f followupAudience) Bind(ctx context.Context, orgID, text string) (string, error) {
	w, err := f.live.World(ctx, orgID)
	if err != nil {
		return "", err
	}
	c, err := predicate.CompileText(text, w.Catalogue, f.now())
	if errs.Is(err, errs.CodeInvalid) {
		e := *errs.As(err)
		e.Fields = append([]errs.Field(nil), e.Fields...)
		for i := range e.Fields {
			e.Fields[i].Path = "body.text"
		}
		return "", &e
	}
	if err != nil {
		return "", err
	}
	return string(predicate.Encode(c.Expr)), nil
}

func (f followupAudience) Text(ctx context.Context, orgID, expr string) (string, error) {
	w, err := f.live.World(ctx, orgID)
	if err != nil {
		return "", err
	}
	c, err := f.compile(expr, w)
	if err != nil {
		return "", err
	}
	return predicate.Format(c.Expr), nil
}

func (f followupAudience) SegmentName(ctx context.Context, orgID, segmentID string) (string, error) {
	w, err := f.live.World(ctx, orgID)
	if err != nil {
		return "", err
	}
	for _, s := range w.Segments {
		if s.ID == segmentID {
			return s.Name, nil
		}
	}
	return "", errs.NotFound(i18n.T("人群", "segment"))
}

func (f followupAudience) Traits(ctx context.Context, orgID string) (map[string]string, error) {
	w, err := f.live.World(ctx, orgID)
	out := map[string]string{}
	for _, a := range w.Traits {
		if a.Type == plan.Date {
			out[a.Name] = w.Catalogue.TraitLabel(a.Name)
		}
	}
	return out, err
}

// due is whose anchor is on one of the days; nil: the index knows nothing of
// such an anchor.
func due(q followup.Query, zone *time.Location) plan.Node {
	instants := []plan.Span{{Lo: plan.Day(q.From).Start(zone), Hi: plan.Day(q.To+1).Start(zone) - 1}}
	instant := func(name string) plan.Node {
		return plan.Range{Attr: plan.Attr{Name: name, Type: plan.Instant}, Spans: instants}
	}
	switch q.Anchor {
	case followup.FirstOrder:
		return instant("first_order")
	case followup.LastOrder:
		return instant("last_order")
	case followup.Created:
		return instant("created")
	case followup.FirstEvent:
		return plan.Measure{Kind: q.Name, Window: plan.Always, Of: plan.First, Spans: instants}
	case followup.LastEvent:
		return plan.Measure{Kind: q.Name, Window: plan.Always, Of: plan.Last, Spans: instants}
	case followup.Birthday:
		return plan.Days{Attr: plan.Attr{Name: "birthday", Type: plan.Date}, Spans: predicate.YearDays(plan.Day(q.From), plan.Day(q.To))}
	case followup.Anniversary:
		return plan.Days{Attr: plan.Attr{Name: q.Name, Trait: true, Type: plan.Date}, Spans: predicate.YearDays(plan.Day(q.From), plan.Day(q.To))}
	case followup.Date:
		return plan.Range{Attr: plan.Attr{Name: q.Name, Trait: true, Type: plan.Date}, Spans: []plan.Span{{Lo: int64(q.From), Hi: int64(q.To)}}}
	}
	return plan.All{}
}

func (f followupAudience) Members(ctx context.Context, orgID string, q followup.Query) (*roaring.Bitmap, error) {
	w, err := f.live.World(ctx, orgID)
	if err != nil {
		return nil, err
	}
	var who plan.Node = plan.All{}
	if q.SegmentID != "" {
		who = plan.InSegment{ID: q.SegmentID}
	} else if q.Expr != "" {
		c, err := f.compile(q.Expr, w)
		if err != nil {
			return nil, err
		}
		who = c.Plan
	}
	if (q.Anchor == followup.Date || q.Anchor == followup.Anniversary) && !slices.ContainsFunc(w.Traits, func(a plan.Attr) bool { return a.Name == q.Name && a.Type == plan.Date }) {
		return nil, errs.NotFound(i18n.T("这个日期属性", "trait that is a date"))
	}
	found, err := f.live.Eval(ctx, orgID, plan.Simplify(plan.And{Of: []plan.Node{who, due(q, w.Catalogue.Zone())}}))
	if err != nil {
		return nil, err
	}
	return found.Members.Clone(), nil
}

func (f followupAudience) Described(ctx context.Context, tx *db.Tx, orgID string, seqs []uint32, want followup.Wanted) ([]followup.Described, error) {
	briefs, err := facts.Briefs(ctx, tx, orgID, seqs)
	if err != nil {
		return nil, err
	}
	out := make([]followup.Described, len(briefs))
	for i, b := range briefs {
		out[i] = followup.Described{Seq: b.Seq, ID: b.ID, Name: b.Name, Owner: b.Owner, Stage: b.Stage, Birthday: b.Birthday, Orders: b.Orders, GMVMinor: b.GMV,
			FirstOrder: b.FirstOrder, LastOrder: b.LastOrder, Created: b.Created}
	}
	for _, key := range want.Dates {
		dates, err := facts.Dates(ctx, tx, orgID, key, seqs)
		if err != nil {
			return nil, err
		}
		for i := range out {
			if d, ok := dates[out[i].Seq]; ok {
				if out[i].Dates == nil {
					out[i].Dates = map[string]string{}
				}
				out[i].Dates[key] = d
			}
		}
	}
	for _, kind := range want.Events {
		moments, err := facts.Moments(ctx, tx, orgID, kind, seqs)
		if err != nil {
			return nil, err
		}
		for i := range out {
			if at, ok := moments[out[i].Seq]; ok {
				if out[i].Events == nil {
					out[i].Events = map[string][2]int64{}
				}
				out[i].Events[kind] = at
			}
		}
	}
	return out, nil
}

func (f followupAudience) Places(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]followup.Place, error) {
	at, err := f.pool.Standing(ctx, tx, orgID, personIDs)
	out := make(map[string]followup.Place, len(at))
	for id, p := range at {
		out[id] = followup.Place{ID: p.ID, Seq: p.Seq}
	}
	return out, err
}

func (f followupAudience) Entered(ctx context.Context, tx *db.Tx, orgID, segmentID string, personIDs []string) (map[string]int64, error) {
	out := map[string]int64{}
	err := f.log.Facts(ctx, tx, orgID, personIDs, []string{segmentevent.Entered}, func(e timeline.Event) error {
		var m segmentevent.Moved
		if err := e.Decode(&m); err != nil {
			return err
		}
		if m.SegmentID == segmentID {
			out[e.PersonID] = clock.Micros(e.OccurredAt)
		}
		return nil
	})
	return out, err
}

// followupLives answers for lifecycle.
type followupLives struct{ *lifecycle.Service }

func (l followupLives) Upcoming(ctx context.Context, tx *db.Tx, orgID, stage string, from, to int64) ([]followup.Change, error) {
	all, err := l.Service.Upcoming(ctx, tx, orgID, stage, from, to)
	out := make([]followup.Change, len(all))
	for i, c := range all {
		out[i] = followup.Change(c)
	}
	return out, err
}

// followupConversations answers for the inbox.
type followupConversations struct {
	inbox    *inbox.Service
	accounts inboxAccounts
}

func (c followupConversations) Waiting(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) ([]followup.Waiting, error) {
	waits, err := c.inbox.Waits(ctx, tx, orgID, personIDs)
	if err != nil || len(waits) == 0 {
		return nil, err
	}
	accounts, err := c.accounts.Accounts(ctx, tx, orgID)
	out := make([]followup.Waiting, len(waits))
	for i, w := range waits {
		out[i] = followup.Waiting{PersonID: w.PersonID, ConversationID: w.ConversationID, AccountName: accounts[w.AccountID].Name, Since: w.Since, Staff: w.Desk}
		if w.AssigneeID != "" {
			out[i].Staff = []string{w.AssigneeID}
		}
	}
	return out, err
}
