package app

import (
	"context"
	"slices"
	"sort"

	"fishpond/internal/insight"
	"fishpond/internal/lifecycle/lifecycleevent"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment"
	"fishpond/internal/segment/predicate/plan"
)

// measurePorts are what funnels, retention and paths need of others.
func (a *App) measurePorts(l *later) insight.MeasurePorts {
	return insight.MeasurePorts{People: a.Pool, Audience: measureAudience{a}, Desk: a.desk(), Later: l}
}

// measureAudience answers insight with the pool and the index of segments.
type measureAudience struct{ app *App }

func (m measureAudience) Slices(ctx context.Context, orgID, by, key string) (out []insight.Slice, err error) {
	words, err := m.app.Segments.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	add := func(value, label string, n plan.Node) {
		if err != nil {
			return
		}
		a, failed := m.app.Live.Eval(ctx, orgID, n)
		if err = failed; err == nil {
			out = append(out, insight.Slice{Value: value, Label: label, Members: a.Members})
		}
	}
	text := func(name, value string) plan.Node {
		return plan.Texts{Attr: plan.Attr{Name: name, Type: plan.Text}, Values: []string{value}}
	}
	switch by {
	case "stage":
		for _, s := range lifecycleevent.Stages {
			add(s, s, text("stage", s))
		}
	case "region":
		for _, r := range words.Regions {
			if r.Region != "" {
				add(r.Region, r.Region, text("region", r.Region))
			}
		}
	case "owner":
		for _, s := range words.Staff {
			add(s.ID, s.Name, text("owner", s.ID))
		}
	case "channel":
		for _, c := range words.Channels {
			add(c.ID, c.Name, text("channel", c.ID))
		}
	case "tag":
		for _, t := range words.Tags {
			if t.Group == key {
				add(t.ID, t.Name, plan.Tagged{IDs: []string{t.ID}})
			}
		}
	case "trait":
		return m.trait(ctx, orgID, words, key)
	}
	return out, err
}

// trait cuts the pool by a trait with values of a kind that can be listed.
func (m measureAudience) trait(ctx context.Context, orgID string, words segment.Vocabulary, key string) (out []insight.Slice, err error) {
	i := slices.IndexFunc(words.Traits, func(t segment.VocabularyTrait) bool { return t.Key == key })
	if i < 0 {
		return nil, errs.InvalidField("body.key", i18n.T("没有属性“%.40s”", "There is no trait %.40s", key))
	}
	t := words.Traits[i]
	nodes := map[string]plan.Node{}
	switch t.Type {
	case "boolean":
		for value, want := range map[string]bool{"true": true, "false": false} {
			nodes[value] = plan.Flag{Attr: plan.Attr{Name: key, Trait: true, Type: plan.Bool}, Want: want}
		}
	case "text":
		for _, v := range t.Options {
			nodes[v] = plan.Texts{Attr: plan.Attr{Name: key, Trait: true, Type: plan.Text}, Values: []string{v}}
		}
	case "list":
		for _, v := range t.Options {
			nodes[v] = plan.Has{Attr: plan.Attr{Name: key, Trait: true, Type: plan.List}, Values: []string{v}}
		}
	}
	if len(nodes) == 0 {
		return nil, errs.InvalidField("body.key", i18n.T("属性“%s”没有固定选项，不能按它拆分", "%s has no fixed options: people cannot be broken down by it", t.Label))
	}
	for v, n := range nodes {
		a, err := m.app.Live.Eval(ctx, orgID, n)
		if err != nil {
			return nil, err
		}
		out = append(out, insight.Slice{Value: v, Label: v, Members: a.Members})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Value < out[j].Value })
	return out, nil
}
