package lifecycle

import (
	"context"
	"fmt"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Settings are an org's thresholds, where they come from, and what the data
// would suggest.
type Settings struct {
	SilentDays int64             `json:"silent_days" doc:"Days without an order after which a customer is silent"`
	LostDays   int64             `json:"lost_days" doc:"Days without an order after which a customer is lost"`
	Source     string            `json:"source" enum:"data,manual,default,probability" doc:"data: learned from the org's own gaps; default: too few gaps to learn from; probability: by the probability that somebody still buys, and by the days where no model can tell it"`
	Gaps       Gaps              `json:"gaps" doc:"Days between a person's consecutive purchases; each person has the same weight"`
	Suggested  Suggestion        `json:"suggested" doc:"What the gaps suggest: their 80th and 95th percentile, in whole days"`
	Redraw     *Redrawing        `json:"redraw" doc:"How far the histories are drawn anew after a change of thresholds; null when they are"`
	Chances    *LifecycleChances `json:"chances,omitempty" doc:"Of probability; missing for the others"`
}

// Suggestion is the thresholds that fit the data.
type Suggestion struct {
	SilentDays int64 `json:"silent_days"`
	LostDays   int64 `json:"lost_days"`
}

// LifecycleChances is the probabilities to be alive below which people are silent and lost.
type LifecycleChances struct {
	Silent  float64          `json:"silent" doc:"0 to 1"`
	Lost    float64          `json:"lost" doc:"Less than silent"`
	Known   bool             `json:"known" doc:"There is a model that stages go by"`
	Why     string           `json:"why,omitempty" doc:"Why there is none, so that stages go by the days"`
	Example []LifecycleFades `json:"example" nullable:"false" doc:"After how many days some kinds of people fade, by the model"`
}

// LifecycleFades is when people fade who bought on some days.
type LifecycleFades struct {
	Purchases  int64 `json:"purchases" doc:"Days on which they bought, evenly over span_days"`
	SpanDays   int64 `json:"span_days" doc:"From the first to the last"`
	SilentDays int64 `json:"silent_days" doc:"After the last one"`
	LostDays   int64 `json:"lost_days"`
	ByDays     bool  `json:"by_days" doc:"The model cannot say of them: these are the fixed days"`
}

// Redrawing is the progress of drawing everybody anew.
type Redrawing struct {
	Done  int64 `json:"done"`
	Total int64 `json:"total"`
}

func (st *settings) shown() Settings {
	r, _ := Suggest(st.gaps)
	out := Settings{SilentDays: st.SilentDays, LostDays: st.LostDays, Source: st.source, Gaps: st.gaps, Suggested: Suggestion(r)}
	if st.source == SourceProbability {
		out.Chances = &LifecycleChances{Silent: float64(st.chances.Silent) / million, Lost: float64(st.chances.Lost) / million, Known: st.model != "", Example: []LifecycleFades{}}
	}
	if st.redraw {
		out.Redraw = &Redrawing{Done: st.redrawDone, Total: max(st.redrawTotal, st.redrawDone)}
	}
	return out
}

// Settings returns an org's settings.
func (s *Service) Settings(ctx context.Context, orgID string) (out Settings, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		st, err := settingsOf(ctx, tx, orgID)
		if err == nil {
			out = st.shown()
			err = s.explain(ctx, tx, orgID, st, &out)
		}
		return err
	})
	return out, err
}

// SetRule sets the thresholds by hand. All histories are then drawn anew with
// them, soon and in chunks; the timeline keeps what was announced before.
func (s *Service) SetRule(ctx context.Context, orgID string, r Rule) (Settings, error) {
	if r.SilentDays < 1 || r.LostDays <= r.SilentDays || r.LostDays > maxDays {
		return Settings{}, errs.InvalidField("body.lost_days", i18n.T("流失天数应大于沉默天数，且不超过 %d 天", "lost_days must be more than silent_days and at most %d", maxDays))
	}
	return s.change(ctx, orgID, func(d *desk) error { return d.adopt(ctx, r, SourceManual) })
}

// FollowData takes the thresholds from the org's own gaps from now on.
func (s *Service) FollowData(ctx context.Context, orgID string) (Settings, error) {
	return s.change(ctx, orgID, func(d *desk) error { return d.learn(ctx, true) })
}

func (s *Service) change(ctx context.Context, orgID string, fn func(*desk) error) (out Settings, err error) {
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		d, err := s.sit(ctx, tx, orgID)
		if err != nil {
			return err
		}
		was := d.st.shown()
		if err := fn(d); err != nil {
			return err
		}
		if err := d.st.save(ctx, tx, orgID); err != nil {
			return err
		}
		out = d.st.shown()
		if err := s.explain(ctx, tx, orgID, d.st, &out); err != nil {
			return err
		}
		return s.audit.Audit(ctx, tx, "lifecycle.settings", "org", orgID, map[string]any{
			"before": map[string]any{"silent_days": was.SilentDays, "lost_days": was.LostDays, "source": was.Source, "silent_chance": was.chance(true), "lost_chance": was.chance(false)},
			"after":  map[string]any{"silent_days": out.SilentDays, "lost_days": out.LostDays, "source": out.Source, "silent_chance": out.chance(true), "lost_chance": out.chance(false)},
		})
	})
	return out, err
}

// adopt makes r the rule. Where it differs, everybody is to be drawn anew.
func (d *desk) adopt(ctx context.Context, r Rule, source string) error {
	left := source != SourceProbability && d.st.source == SourceProbability
	d.st.source = source
	if left {
		d.st.chances, d.st.model = Chances{}, ""
	}
	if r == d.st.Rule && !left {
		return nil
	}
	d.st.Rule = r
	return d.anew(ctx)
}

// anew has everybody drawn anew.
func (d *desk) anew(ctx context.Context) error {
	d.st.rule++
	d.st.redraw, d.st.redrawAfter, d.st.redrawDone = true, "", 0
	if err := d.tx.QueryRow(ctx, "SELECT count(*) FROM lifecycle_person WHERE org_id = ? AND stage <> ''", d.orgID).Scan(&d.st.redrawTotal); err != nil {
		return err
	}
	if d.later == nil {
		return nil
	}
	return d.later.Redraw(ctx, d.tx, d.orgID)
}

// Redraw draws everybody anew after a change of thresholds, chunk by chunk,
// from where it was interrupted; without a change it does nothing. Net
// changes of stage are announced like any other.
func (s *Service) Redraw(ctx context.Context, orgID string) error {
	pending := false
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		st, err := settingsOf(ctx, tx, orgID)
		pending = err == nil && st.redraw
		return err
	}); err != nil {
		return err
	}
	for pending {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.db.Write(ctx, orgID, func(tx *db.Tx) (err error) {
			pending, err = s.redrawChunk(ctx, tx, orgID)
			return err
		}); err != nil {
			return fmt.Errorf("lifecycle: redraw: %w", err)
		}
	}
	return nil
}

func (s *Service) redrawChunk(ctx context.Context, tx *db.Tx, orgID string) (more bool, err error) {
	d, err := s.sit(ctx, tx, orgID)
	if err != nil || !d.st.redraw || d.st.replaying() {
		return false, err
	}
	people, err := d.someone(ctx, "person_id > ? AND stage <> '' ORDER BY person_id LIMIT ?", d.st.redrawAfter, chunk)
	if err != nil {
		return false, err
	}
	if n := len(people); n < chunk {
		d.st.redraw, d.st.redrawAfter, d.st.redrawDone, d.st.redrawTotal = false, "", 0, 0
	} else {
		d.st.redrawAfter, d.st.redrawDone = people[n-1].id, d.st.redrawDone+int64(n)
	}
	if len(people) == 0 {
		return false, d.st.save(ctx, tx, orgID)
	}
	return d.st.redraw, d.again(ctx, people)
}
