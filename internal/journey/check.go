package journey

import (
	"context"
	"slices"
	"strings"

	"fishpond/internal/journey/graph"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Problem is what keeps a journey from being published.
type Problem struct {
	Step string `json:"step" doc:"Its id; empty: the journey as a whole"`
	Text string `json:"text"`
}

// Check says what keeps a journey from being published. Nothing is stored.
func (s *Service) Check(ctx context.Context, spec graph.Spec) ([]Problem, error) {
	free(&spec)
	found, err := s.problems(ctx, &spec, "")
	out := make([]Problem, len(found))
	for i, p := range found {
		out[i] = Problem{p.Step, p.Text.In(i18n.From(ctx))}
	}
	return out, err
}

// checking asks everybody whom a spec refers to.
type checking struct {
	*Service
	ctx      context.Context
	orgID    string
	spec     *graph.Spec
	out      []graph.Problem
	err      error
	segments map[string]string
	journeys map[string]bool
	tags     map[string]bool
	traits   map[string]bool
	accounts []Account
}

// problems is what is wrong with a spec; id is the journey's own, if it has one.
func (s *Service) problems(ctx context.Context, spec *graph.Spec, id string) ([]graph.Problem, error) {
	a := actor(ctx)
	c := &checking{Service: s, ctx: ctx, orgID: a.OrgID, spec: spec, out: spec.Check()}
	if c.segments, c.err = s.Conditions.Names(ctx, a.OrgID); c.err != nil {
		return nil, c.err
	}
	if err := s.db.Read(ctx, a.OrgID, c.read); err != nil {
		return nil, err
	}
	c.whole()
	c.pools()
	for i := range spec.Graph.Steps {
		c.step(&spec.Graph.Steps[i])
	}
	return c.out, c.err
}

func (c *checking) read(tx *db.Tx) error {
	rows, err := rowsWhere(c.ctx, tx, c.orgID, "deleted_at = 0")
	if err != nil {
		return err
	}
	c.journeys, c.tags, c.traits = map[string]bool{}, map[string]bool{}, map[string]bool{"birthday": true}
	for _, r := range rows {
		c.journeys[r.id] = true
	}
	tags, err := c.People.Tags(c.ctx, tx, c.orgID)
	if err != nil {
		return err
	}
	for _, t := range tags {
		c.tags[t.ID] = true
	}
	traits, err := c.People.Traits(c.ctx, tx, c.orgID)
	if err != nil {
		return err
	}
	for _, t := range traits {
		c.traits[t.Key] = true
	}
	c.accounts, err = c.Accounts.Accounts(c.ctx, tx, c.orgID)
	return err
}

func (c *checking) say(step, zh, en string, args ...any) {
	c.out = append(c.out, graph.Problem{Step: step, Text: i18n.T(zh, en, args...)})
}

// because says what somebody else has found wrong.
func (c *checking) because(step string, err error) {
	if err == nil || c.err != nil {
		return
	}
	if !unreadable(err) {
		c.err = err
		return
	}
	e := errs.As(err)
	text := e.Text
	if len(e.Fields) > 0 && !e.Fields[0].Text.IsZero() {
		text = e.Fields[0].Text
	}
	c.out = append(c.out, graph.Problem{Step: step, Text: text})
}

func (c *checking) event(step, kind, where string) {
	if kind != "" && where != "" {
		_, err := c.Conditions.Event(c.ctx, c.orgID, kind, where)
		c.because(step, err)
	}
}

func (c *checking) segment(id string) {
	if id != "" && c.segments[id] == "" {
		c.say("", "选用的人群已经不在了", "The segment is no longer there")
	}
}

func (c *checking) account(step string, ids []string) {
	for _, id := range ids {
		if !slices.ContainsFunc(c.accounts, func(a Account) bool { return a.ID == id }) {
			c.say(step, "选用的账号已经不在了", "An account is no longer there")
		}
	}
}

// whole checks what concerns no single step.
func (c *checking) whole() {
	e := c.spec.Entry
	switch e.Kind {
	case graph.BySegment:
		c.segment(e.SegmentID)
	case graph.ByEvent:
		c.event("", e.Event, e.Where)
	case graph.ByDate:
		if e.Trait != "" && !c.traits[e.Trait] {
			c.say("", "选用的属性已经不在了", "The trait is no longer there")
		}
	}
	if g := c.spec.Goal; g != nil {
		c.event("", g.Event, g.Where)
	}
	for _, x := range c.spec.Exits {
		c.event("", x.Event, x.Where)
		c.segment(x.SegmentID)
	}
	c.account("", c.spec.AccountIDs)
}

func (c *checking) step(s *graph.Step) {
	switch s.Kind {
	case graph.Message:
		if s.Message == nil {
			return
		}
		c.account(s.ID, s.Message.AccountIDs)
		for _, text := range []string{s.Message.Text, s.Message.Subject, s.Message.HTML} {
			if text != "" {
				_, err := c.Wording.Parse(text)
				c.because(s.ID, err)
			}
		}
		c.materials(s)
	case graph.Tag:
		if s.Use != "" && !c.tags[s.Use] {
			c.say(s.ID, "选用的标签已经不在了", "The tag is no longer there")
		}
	case graph.Trait, graph.WaitDate:
		if s.Trait != "" && !c.traits[s.Trait] {
			c.say(s.ID, "选用的属性已经不在了", "The trait is no longer there")
		}
	case graph.Enter:
		if s.Use != "" && !c.journeys[s.Use] {
			c.say(s.ID, "选用的旅程已经不在了", "The journey is no longer there")
		}
	case graph.Webhook:
		if s.Webhook != nil && s.Webhook.URL != "" {
			if why := c.Calls.CheckURL(s.Webhook.URL); !why.IsZero() {
				c.out = append(c.out, graph.Problem{Step: s.ID, Text: why})
			}
		}
	case graph.WaitEvent:
		c.event(s.ID, s.Event, s.Where)
	case graph.Branch, graph.Reachable:
		for _, w := range s.Ways {
			if text := whenOf(s, w); strings.TrimSpace(w.When) != "" {
				c.because(s.ID, c.Conditions.Check(c.ctx, c.orgID, text))
			}
		}
	case graph.Property:
		kind := c.spec.Entry.Event
		for _, w := range s.Ways {
			if w.When != "" {
				_, err := c.Conditions.Event(c.ctx, c.orgID, kind, w.When)
				c.because(s.ID, err)
			}
		}
	}
}

func (c *checking) materials(s *graph.Step) {
	var ids []string
	for _, m := range s.Message.Materials {
		if m.ID != "" {
			ids = append(ids, m.ID)
		}
	}
	if len(ids) == 0 {
		return
	}
	titles, err := c.Library.Titles(c.ctx, c.orgID, ids)
	if err != nil {
		c.because(s.ID, err)
		return
	}
	for _, id := range ids {
		if _, ok := titles[id]; !ok {
			c.say(s.ID, "选用的素材已经不在了", "A material is no longer there")
		}
	}
}
