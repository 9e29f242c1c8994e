package app

import (
	"context"
	"encoding/json"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/journey"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/segment"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/timeline"
)

// journeyConditions answers for segments.
type journeyConditions struct {
	campaignAudience
	segments *segment.Service
	db       *db.DB
	now      clock.Clock

	mu   sync.Mutex
	seen map[string][]seenAt // by org
}

// seenAt is up to where in the timeline the facts were with a number in the feed.
type seenAt struct {
	timeline.Position
	n int64
}

func newJourneyConditions(l *live.Engine, s *segment.Service, d *db.DB, now clock.Clock) *journeyConditions {
	return &journeyConditions{campaignAudience: campaignAudience{live: l}, segments: s, db: d, now: now, seen: map[string][]seenAt{}}
}

func (c *journeyConditions) compile(ctx context.Context, orgID, text string) (predicate.Compiled, error) {
	w, err := c.live.World(ctx, orgID)
	if err != nil {
		return predicate.Compiled{}, err
	}
	if !strings.HasPrefix(text, "{") { // no text begins so
		return predicate.CompileText(text, w.Catalogue, c.now())
	}
	e, err := predicate.Decode([]byte(text))
	if err != nil {
		return predicate.Compiled{}, err
	}
	return predicate.Compile(e, w.Catalogue, c.now())
}

func (c *journeyConditions) Bind(ctx context.Context, orgID, text string) (string, error) {
	p, err := c.compile(ctx, orgID, text)
	if err != nil {
		return "", err
	}
	return string(predicate.Encode(p.Expr)), nil
}

func (c *journeyConditions) Words(ctx context.Context, orgID, bound string) (then, now string, err error) {
	e, err := predicate.Decode([]byte(bound))
	if err != nil {
		return "", "", err
	}
	then = predicate.Format(e)
	p, err := c.compile(ctx, orgID, bound)
	switch {
	case errs.Is(err, errs.CodeInvalid):
		return then, then, nil
	case err != nil:
		return "", "", err
	}
	return then, predicate.Format(p.Expr), nil
}

func (c *journeyConditions) Check(ctx context.Context, orgID, text string) error {
	_, err := c.compile(ctx, orgID, text)
	return err
}

func (c *journeyConditions) Segments(ctx context.Context, orgID, text string) ([]string, error) {
	p, err := c.compile(ctx, orgID, text)
	if err != nil {
		return nil, err
	}
	return plan.NeedsOf(p.Plan).Segments, nil
}

func (c *journeyConditions) Among(ctx context.Context, orgID, text string, of *roaring.Bitmap) (*roaring.Bitmap, error) {
	p, err := c.compile(ctx, orgID, text)
	if err != nil {
		return nil, err
	}
	return c.live.Among(ctx, orgID, p.Plan, of)
}

func (c *journeyConditions) Event(ctx context.Context, orgID, kind, where string) (func(json.RawMessage) bool, error) {
	if strings.TrimSpace(where) == "" {
		return func(json.RawMessage) bool { return true }, nil
	}
	p, err := c.compile(ctx, orgID, "did "+kind+" where ("+where+")")
	if err != nil && !known(kind) { // a kind of the brand's own, or none: any property may be asked for
		kind = "page.viewed"
		p, err = c.compile(ctx, orgID, "did "+kind+" where ("+where+")")
	}
	if err != nil {
		return nil, err
	}
	return func(data json.RawMessage) bool {
		var fields map[string]any
		if json.Unmarshal(data, &fields) != nil {
			fields = map[string]any{}
		}
		return plan.Eval(p.Plan, &plan.Person{Events: []plan.Event{{Kind: kind, At: 1, Data: fields}}})
	}, nil
}

func known(kind string) bool {
	for _, e := range predicate.StandardEvents() {
		if e.Kind == kind {
			return true
		}
	}
	return false
}

// Known tells up to where in the timeline the index has followed: as far as the
// facts were when they had the number at which it is.
func (c *journeyConditions) Known(ctx context.Context, tx *db.Tx, orgID string) (timeline.Position, error) {
	at, err := timeline.CursorOf(ctx, tx, orgID, facts.SubscriberName)
	if err != nil {
		return at, err
	}
	n, _, err := facts.Position(ctx, tx, orgID)
	if err != nil {
		return at, err
	}
	followed := c.live.Followed(orgID)
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.seen[orgID]
	if len(all) == 0 || all[len(all)-1].Position != at {
		all = append(all, seenAt{at, n})
	}
	for len(all) > 1 && all[1].n <= followed {
		all = all[1:]
	}
	if len(all) > 1000 {
		all = all[len(all)-1000:]
	}
	c.seen[orgID] = all
	if all[0].n > followed {
		return timeline.Position{}, nil
	}
	return all[0].Position, nil
}

func (c *journeyConditions) Names(ctx context.Context, orgID string) (map[string]string, error) {
	return c.SegmentNames(ctx, orgID)
}

func (c *journeyConditions) Members(ctx context.Context, orgID, segmentID string) (*roaring.Bitmap, error) {
	members, _, err := c.campaignAudience.Members(ctx, orgID, segmentID)
	return members, err
}

func (c *journeyConditions) Kinds(ctx context.Context, orgID string) ([]journey.EventKind, error) {
	v, err := c.segments.Vocabulary(access.With(ctx, access.ForSystem(orgID, originJourney)))
	out := make([]journey.EventKind, len(v.Events))
	for i, e := range v.Events {
		out[i] = journey.EventKind{Kind: e.Kind, Label: e.Label, Properties: []journey.Property{}}
		for _, p := range e.Properties {
			out[i].Properties = append(out[i].Properties, journey.Property{Path: p.Name, Label: p.Name, Type: p.Type})
		}
	}
	return out, err
}

func (c *journeyConditions) Dates(ctx context.Context, orgID, trait string, yearly bool, days []string) (map[string]string, error) {
	attr := plan.Attr{Name: trait, Trait: trait != "birthday", Type: plan.Date}
	var spans []plan.Span
	for _, text := range days {
		if yearly {
			text = "2000-" + text
		}
		d, ok := plan.ParseDay(text)
		if !ok {
			continue
		}
		n := int64(d)
		if yearly {
			n = d.OfYear()
		}
		spans = append(spans, plan.Span{Lo: n, Hi: n})
	}
	var node plan.Node = plan.Range{Attr: attr, Spans: spans}
	if yearly {
		node = plan.Days{Attr: attr, Spans: spans}
	}
	found, err := c.live.Eval(ctx, orgID, node)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	seqs := make([]uint32, 1000)
	for it := found.Members.ManyIterator(); ; {
		n := it.NextMany(seqs)
		if n == 0 {
			return out, nil
		}
		if err := c.db.Read(ctx, orgID, func(tx *db.Tx) error {
			briefs, err := facts.Briefs(ctx, tx, orgID, seqs[:n])
			if err != nil {
				return err
			}
			dates := map[uint32]string{}
			if attr.Trait {
				if dates, err = facts.Dates(ctx, tx, orgID, trait, seqs[:n]); err != nil {
					return err
				}
			}
			for _, b := range briefs {
				if out[b.ID] = dates[b.Seq]; !attr.Trait {
					out[b.ID] = b.Birthday
				}
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
}
