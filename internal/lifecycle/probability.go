package lifecycle

import (
	"context"
	"fmt"
	"math"
	"sort"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

const million = 1_000_000

// Chances are the probabilities to be alive, in millionths, below which people are
// silent and lost.
type Chances struct {
	Silent int64
	Lost   int64
}

// fades is when somebody fades who bought on repeats days after the first, on the
// last of them recency days after it: in whole days after the last one, at least
// minSilent. said is false where the model never comes so low: then the rule's days
// hold (of who bought once, BG/NBD cannot say).
func (c Chances) fades(m Survival, r Rule, repeats, recency int64) (out Rule, said bool) {
	after := func(ppm int64) int64 {
		low := func(k int) bool { return m.Alive(repeats, recency, recency+int64(k)) < float64(ppm)/million }
		if !low(maxDays) {
			return 0
		}
		return max(minSilent, int64(sort.Search(maxDays, low)))
	}
	out.SilentDays, out.LostDays = after(c.Silent), after(c.Lost)
	said = out.SilentDays > 0 || out.LostDays > 0
	if out.SilentDays == 0 {
		out.SilentDays = r.SilentDays
	}
	if out.LostDays == 0 {
		out.LostDays = r.LostDays
	}
	out.LostDays = max(out.LostDays, out.SilentDays+1)
	return out, said
}

// life is Draw by what holds for the org. A person's days are those of the org's
// time zone, as in the model; several purchases of one are one.
func (d *desk) life(known int64, purchases []int64) []Step {
	if d.odds == nil {
		return Draw(known, purchases, d.st.Rule)
	}
	days := make([]int64, len(purchases))
	repeats := make([]int64, len(purchases))
	for i, at := range purchases {
		y, m, dd := clock.Time(at).In(d.org.Zone).Date()
		days[i] = civil(y, int(m), dd)
		if i > 0 {
			repeats[i] = repeats[i-1]
			if days[i] != days[i-1] {
				repeats[i]++
			}
		}
	}
	return draw(known, purchases, func(i int, next int64) Rule {
		recency := days[i] - days[0]
		if next != never {
			// Most people come back before they fade: that takes one look.
			gap := (next-purchases[i])/day + 1
			if gap <= minSilent || gap <= d.st.SilentDays && d.odds.Alive(repeats[i], recency, recency+gap) >= float64(d.st.chances.Silent)/million {
				return Rule{}
			}
		}
		rule, _ := d.st.chances.fades(d.odds, d.st.Rule, repeats[i], recency)
		return rule
	})
}

// civil is the number of a date: days since 1970-01-01 in the proleptic Gregorian
// calendar.
func civil(y, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	return int64(era*146097 + yoe*365 + yoe/4 - yoe/100 + (153*(m-3)+2)/5 + d - 1 - 719468)
}

// FollowProbability makes stages follow the probability that somebody still buys:
// below silent they are silent, below lost they are lost. Where no model can tell it,
// the days that the data suggests hold. All histories are then drawn anew.
func (s *Service) FollowProbability(ctx context.Context, orgID string, silent, lost float64) (Settings, error) {
	c := Chances{int64(math.Round(silent * million)), int64(math.Round(lost * million))}
	if !(lost > 0 && lost < silent && silent < 1) || c.Lost < 1 || c.Lost >= c.Silent {
		return Settings{}, errs.InvalidField("body.lost_chance", i18n.T("概率应在 0 与 1 之间，流失的应低于沉默的", "Chances lie between 0 and 1, and lost_chance is below silent_chance"))
	}
	if s.odds == nil {
		return Settings{}, errs.Conflict(i18n.T("这里没有概率模型", "There is no model of probabilities here"))
	}
	return s.change(ctx, orgID, func(d *desk) error {
		model, _, err := s.odds.Newest(ctx, d.tx, orgID)
		if err != nil {
			return err
		}
		if d.st.source == SourceManual { // what somebody typed in is not what the data suggests
			if err := d.learn(ctx, true); err != nil {
				return err
			}
		}
		if d.st.source == SourceProbability && d.st.chances == c && d.st.model == model {
			return nil
		}
		d.st.source, d.st.chances, d.st.model = SourceProbability, c, model
		return d.anew(ctx)
	})
}

// kinds of people by whom models are compared, and shown: days on which they bought
// after the first, and days from the first to the last.
var kindsOfPeople = [][2]int64{{0, 0}, {1, 30}, {3, 90}, {6, 180}, {12, 360}}

// FollowModel has stages go by the newest model, where they follow the probability.
// Unless one of the days that it tells of some kinds of people is off by a tenth or
// more, the one before stays: otherwise each night would redraw everybody for the
// sake of a day.
func (s *Service) FollowModel(ctx context.Context, orgID string) error {
	if s.odds == nil {
		return nil
	}
	moved := false
	look := func(tx *db.Tx, st *settings) (model string, err error) {
		moved = false
		if st.source != SourceProbability || st.replaying() {
			return "", nil
		}
		if model, _, err = s.odds.Newest(ctx, tx, orgID); err != nil || model == st.model {
			return model, err
		}
		moved = true
		if model == "" || st.model == "" {
			return model, nil
		}
		now, err := s.odds.Survival(model)
		if err != nil {
			return "", err
		}
		was, err := s.odds.Survival(st.model)
		if err != nil {
			return "", err
		}
		moved = false
		for _, k := range kindsOfPeople {
			a, _ := st.chances.fades(now, st.Rule, k[0], k[1])
			b, _ := st.chances.fades(was, st.Rule, k[0], k[1])
			moved = moved || !near(a.SilentDays, b.SilentDays) || !near(a.LostDays, b.LostDays)
		}
		return model, nil
	}
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		st, err := settingsOf(ctx, tx, orgID)
		if err == nil {
			_, err = look(tx, st)
		}
		return err
	}); err != nil || !moved {
		return err
	}
	if err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		d, err := s.sit(ctx, tx, orgID)
		if err != nil {
			return err
		}
		model, err := look(tx, d.st)
		if err != nil || !moved {
			return err
		}
		d.st.model = model
		if err := d.anew(ctx); err != nil {
			return err
		}
		return d.st.save(ctx, tx, orgID)
	}); err != nil {
		return fmt.Errorf("lifecycle: model: %w", err)
	}
	return s.Redraw(ctx, orgID)
}

// explain says what the model makes of some kinds of people, or why there is none.
func (s *Service) explain(ctx context.Context, tx *db.Tx, orgID string, st *settings, out *Settings) error {
	if out.Chances == nil || s.odds == nil {
		return nil
	}
	if st.model == "" {
		_, why, err := s.odds.Newest(ctx, tx, orgID)
		if why == (i18n.Text{}) {
			why = i18n.T("刚有了模型，很快按它重新划分", "There is a model by now; stages follow it soon")
		}
		out.Chances.Why = why.In(i18n.From(ctx))
		return err
	}
	m, err := s.odds.Survival(st.model)
	if err != nil {
		return err
	}
	for _, k := range kindsOfPeople {
		r, said := st.chances.fades(m, st.Rule, k[0], k[1])
		out.Chances.Example = append(out.Chances.Example, LifecycleFades{k[0] + 1, k[1], r.SilentDays, r.LostDays, !said})
	}
	return nil
}

func (v Settings) chance(silent bool) float64 {
	switch {
	case v.Chances == nil:
		return 0
	case silent:
		return v.Chances.Silent
	}
	return v.Chances.Lost
}
