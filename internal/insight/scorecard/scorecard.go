package scorecard

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"time"

	"fishpond/internal/insight/follow"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Service is the scorecard.
type Service struct {
	db    *db.DB
	now   clock.Clock
	log   *slog.Logger
	orgs  Orgs
	costs Costs
}

// New returns the scorecard.
func New(d *db.DB, now clock.Clock, log *slog.Logger, orgs Orgs, costs Costs) *Service {
	return &Service{db: d, now: now, log: log, orgs: orgs, costs: costs}
}

// shown is how many months are shown and, where nobody counted, told from the log.
const shown = 12

// settles is how long after its end a month takes late facts.
const settles = 72 * time.Hour

// mark is an element of a month as it is kept.
type mark struct {
	Raw   float64 `json:"raw"`
	Score float64 `json:"score"`
	Why   string  `json:"why,omitempty"` // code; there is no score then
}

// card is a month as it is kept.
type card struct {
	Facts Facts           `json:"facts"`
	Marks map[string]mark `json:"marks"`
}

func (f Facts) marks() map[string]mark {
	out := map[string]mark{}
	for _, e := range Elements {
		raw, why := e.raw(f)
		if why != "" {
			out[e.Key] = mark{Why: why}
			continue
		}
		out[e.Key] = mark{Raw: raw, Score: e.Score(raw)}
	}
	return out
}

// ends are the first and the last month of which anything is known, the last
// not in the future.
func ends(ctx context.Context, tx *db.Tx, orgID string, present int64) (first, last int64, err error) {
	err = tx.QueryRow(ctx, "SELECT COALESCE(MIN(month), -1), COALESCE(MAX(CASE WHEN month <= ? THEN month END), -1) FROM insight_scorecard_tally WHERE org_id = ?", present, orgID).Scan(&first, &last)
	if last < first {
		first, last = follow.None, follow.None
	}
	return first, last, err
}

type kept struct {
	card
	month, firstAt, computedAt int64
	final                      bool
}

func keptCards(ctx context.Context, tx *db.Tx, orgID string, from, to int64) (map[int64]*kept, error) {
	out := map[int64]*kept{}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		k := &kept{}
		var text string
		var final int64
		if err := rows.Scan(&k.month, &text, &k.firstAt, &k.computedAt, &final); err != nil {
			return err
		}
		k.final = final == 1
		out[k.month] = k
		return json.Unmarshal([]byte(text), &k.card)
	}, "SELECT month, card, first_at, computed_at, final FROM insight_scorecard_month WHERE org_id = ? AND month BETWEEN ? AND ?", orgID, from, to)
}

// Refresh counts the months anew that may have changed and keeps them.
func (s *Service) Refresh(ctx context.Context, orgID string) error {
	now := s.now()
	at := clock.Micros(now)
	var cards []*kept
	var org follow.OrgSettings
	dirty := int64(clean)
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		var settled bool
		var err error
		if org, settled, err = follow.State(ctx, tx, orgID, "insight_scorecard_state", s.orgs); err != nil || !settled {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT dirty_from FROM insight_scorecard_state WHERE org_id = ?", orgID).Scan(&dirty); err != nil {
			return err
		}
		first, last, err := ends(ctx, tx, orgID, follow.MonthOf(at, org.Zone))
		if err != nil || last == follow.None {
			return err
		}
		have, err := keptCards(ctx, tx, orgID, last-shown+1, last)
		if err != nil {
			return err
		}
		for m := max(first, last-shown+1); m <= last; m++ {
			k := have[m]
			switch {
			case k != nil && k.final:
				continue
			case k == nil:
				k = &kept{month: m, firstAt: at}
			}
			if k.computedAt == 0 || m >= dirty {
				if k.Facts, err = factsOf(ctx, tx, orgID, m); err != nil {
					return err
				}
			}
			end := follow.MonthStart(m+1, org.Zone)
			k.final = k.firstAt < clock.Micros(end) && now.After(end.Add(settles))
			cards = append(cards, k)
		}
		return nil
	}); err != nil {
		return fmt.Errorf("scorecard: %w", err)
	}
	if len(cards) == 0 {
		return nil
	}
	for _, k := range cards {
		var err error
		from := follow.MonthStart(k.month-window+1, org.Zone).In(org.Zone)
		to := follow.MonthStart(k.month+1, org.Zone).In(org.Zone).AddDate(0, 0, -1)
		if k.Facts.CostMinor, k.Facts.CostEntries, err = s.costs.Between(ctx, orgID, from, to); err != nil {
			return fmt.Errorf("scorecard: costs: %w", err)
		}
		k.Marks = k.Facts.marks()
	}
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error { return keep(ctx, tx, orgID, cards, at, dirty) })
}

// keep stores cards. A card that was made final meanwhile stays.
func keep(ctx context.Context, tx *db.Tx, orgID string, cards []*kept, at, dirty int64) error {
	for _, k := range cards {
		text, err := json.Marshal(k.card)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO insight_scorecard_month (org_id, month, card, first_at, computed_at, final) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (org_id, month) DO UPDATE SET card = excluded.card, computed_at = excluded.computed_at, final = excluded.final WHERE insight_scorecard_month.final = 0`,
			orgID, k.month, string(text), k.firstAt, at, db.Bit(k.final)); err != nil {
			return err
		}
	}
	// What came in since we read makes a month of its own out of date: the mark is
	// taken away only where it still is what we saw.
	_, err := tx.Exec(ctx, "UPDATE insight_scorecard_state SET dirty_from = ? WHERE org_id = ? AND dirty_from = ?", clean, orgID, dirty)
	return err
}

// RefreshAll refreshes every org. One that fails is logged and does not keep
// others from it.
func (s *Service) RefreshAll(ctx context.Context) error {
	all, err := s.orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	for _, org := range all {
		if err := s.Refresh(access.With(ctx, access.ForSystem(org, "scorecard")), org); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s.log.ErrorContext(ctx, "a scorecard could not be counted", "org", org, "error", err)
		}
	}
	return nil
}

// RebuildOutdated rebuilds the projection of every org that has moved to
// another zone or currency.
func (s *Service) RebuildOutdated(ctx context.Context, rebuild func(ctx context.Context, subscriber, orgID string) error) error {
	return follow.RebuildOutdated(ctx, s.db, "insight_scorecard_state", s.orgs, func(ctx context.Context, orgID string) error { return rebuild(ctx, SubscriberName, orgID) })
}

// mean is the score of the whole, of at least half of the elements; NaN otherwise.
func mean(marks map[string]mark) float64 {
	sum, n := 0.0, 0
	for _, e := range Elements {
		if m, ok := marks[e.Key]; ok && m.Why == "" {
			sum, n = sum+m.Score, n+1
		}
	}
	if 2*n < len(Elements) {
		return math.NaN()
	}
	return math.Round(10*sum/float64(n)) / 10
}

// weakest is the key of the lowest score, the first of equals; empty when
// fewer than two elements have one, or all are equal.
func weakest(marks map[string]mark) string {
	low, high, key, n := math.Inf(1), math.Inf(-1), "", 0
	for _, e := range Elements {
		m, ok := marks[e.Key]
		if !ok || m.Why != "" {
			continue
		}
		n++
		high = max(high, m.Score)
		if m.Score < low {
			low, key = m.Score, e.Key
		}
	}
	if n < 2 || low == high {
		return ""
	}
	return key
}

var badMonth = i18n.T("月份应写作 2026-03", "Write the month as 2026-03")

func (s *Service) monthOf(to string, last int64) (int64, error) {
	if to == "" {
		return last, nil
	}
	m, err := follow.ParseMonth(to)
	if err != nil {
		return 0, errs.InvalidField("query.to", badMonth)
	}
	return m, nil
}
