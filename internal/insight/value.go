package insight

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"fishpond/internal/insight/clv"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// ValueDays is for how many days stored values look ahead.
const ValueDays = 365

const (
	valueDiscount = 0.1 // a year
	valueEvery    = 20 * time.Hour
	valueGrowth   = 10 // refit early once there are a tenth more orders
	valueHistory  = 400
	valueChunk    = 1000
	valueAtOnce   = 300 // people whose value moves with their orders' batch
	liveDays      = 7
)

// fitting is a stored row of insight_value_model.
type fitting struct {
	at      int64
	refusal string
	asOf    clv.Day
	live    bool
	orders  int64
	result  clv.ValueResult // only the models, unless the report was asked for
}

type storedModels struct {
	Models   []clv.FittedModel `json:"models"`
	Value    *clv.FittedValue  `json:"value,omitempty"`
	UnitDays float64           `json:"unit_days"`
	Horizon  int               `json:"horizon_days"`
	Discount float64           `json:"discount"`
}

// latestFitting is nil before the first fit.
func latestFitting(ctx context.Context, tx *db.Tx, orgID string) (*fitting, error) {
	f := &fitting{}
	var live int64
	var parameters []byte
	err := tx.QueryRow(ctx, "SELECT fitted_at, refusal, as_of, live, orders, parameters FROM insight_value_model WHERE org_id = ? ORDER BY fitted_at DESC LIMIT 1", orgID).
		Scan(&f.at, &f.refusal, &f.asOf, &live, &f.orders, &parameters)
	if db.IsNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("insight: value: %w", err)
	}
	f.live = live == 1
	var m storedModels
	if err := json.Unmarshal(parameters, &m); err != nil {
		return nil, fmt.Errorf("insight: value: %w", err)
	}
	f.result = clv.ValueResult{Models: m.Models, Value: m.Value, UnitDays: m.UnitDays, Horizon: m.Horizon, Discount: m.Discount}
	f.result.Restore()
	return f, nil
}

// today is the day as of which people are told: while the shop sells, time goes on
// from night to night; of one that stopped nothing is known after its last order.
func (f *fitting) today(now time.Time, zone *time.Location) clv.Day {
	if f.live {
		return max(f.asOf, clv.DayOf(now.In(zone)))
	}
	return f.asOf
}

// enter puts facts of one person into a book.
func enter(b *clv.Book, number int32, f fact, zone *time.Location) {
	day := clv.DayOf(clock.Time(f.at).In(zone))
	switch {
	case f.kind == factOrder:
		b.Buy(number, day, float64(f.amount))
	case f.kind == factRefund && f.amount > 0:
		b.Refund(number, day, float64(f.amount))
	}
}

// RefitAll fits the models of every org for which it is time; one that fails does
// not keep the others from it.
func (s *Service) RefitAll(ctx context.Context) error {
	orgs, err := s.orgs.OrgIDs(ctx)
	for _, org := range orgs {
		if _, e := s.RefitIfDue(ctx, org); e != nil {
			err = errors.Join(err, fmt.Errorf("org %s: %w", org, e))
		}
	}
	return err
}

// RefitIfDue fits an org's models if that was not done for most of a day, or if
// there are a tenth more orders since; it reports whether it did. Otherwise it tells
// the value of those whom large batches of orders left without.
func (s *Service) RefitIfDue(ctx context.Context, orgID string) (bool, error) {
	due := false
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		f, grown, err := s.grown(ctx, tx, orgID)
		due = grown || f != nil && s.now().Sub(clock.Time(f.at)) >= valueEvery
		return err
	})
	if err != nil {
		return false, err
	}
	if !due {
		return false, s.revalueMissing(ctx, orgID)
	}
	return true, s.Refit(ctx, orgID)
}

// Refit fits the models to all of an org's orders, keeps them, and tells everybody's
// value anew. Where the orders cannot carry a model, that is kept, and nobody has a
// value.
func (s *Service) Refit(ctx context.Context, orgID string) error {
	book, zone, orders, err := s.book(ctx, orgID)
	if err != nil {
		return err
	}
	r := book.Analyse(clv.Options{Amounts: true, Discount: valueDiscount})
	f := fitting{at: clock.Micros(s.now()), orders: orders, result: r}
	if r.Refusal != nil {
		f.refusal = r.Refusal.Code
	}
	if r.Last != "" {
		last, err := time.Parse(time.DateOnly, r.Last)
		if err != nil {
			return fmt.Errorf("insight: value: %w", err)
		}
		f.asOf = clv.DayOf(last)
		f.live = clv.DayOf(s.now().In(zone))-f.asOf <= liveDays
	}
	if err := s.keepFitting(ctx, orgID, f); err != nil {
		return fmt.Errorf("insight: value: %w", err)
	}
	return s.revalueAll(ctx, orgID)
}

// book reads all orders of an org, person by person.
func (s *Service) book(ctx context.Context, orgID string) (b *clv.Book, zone *time.Location, orders int64, err error) {
	b, zone = clv.NewBook(), time.UTC
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		st, err := stateOf(ctx, tx, orgID)
		if err != nil || st == nil {
			return err
		}
		zone = st.zone
		numbers := map[string]int32{}
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var f fact
			if err := rows.Scan(&f.person, &f.at, &f.kind, &f.amount); err != nil {
				return err
			}
			if f.kind == factOrder {
				orders++
			}
			n, known := numbers[f.person]
			if !known {
				n = int32(len(numbers)) //nolint:gosec // people of an org have 32-bit numbers everywhere
				numbers[f.person] = n
			}
			enter(b, n, f, zone)
			return nil
		}, `SELECT COALESCE(a.canonical_id, f.person_id), f.at, f.kind, f.amount FROM insight_fact f
			LEFT JOIN insight_alias a ON a.org_id = f.org_id AND a.person_id = f.person_id WHERE f.org_id = ? AND f.kind <> 0`, orgID)
	})
	return b, zone, orders, err
}

func (s *Service) keepFitting(ctx context.Context, orgID string, f fitting) error {
	parameters, err := json.Marshal(storedModels{f.result.Models, f.result.Value, f.result.UnitDays, f.result.Horizon, f.result.Discount})
	if err != nil {
		return err
	}
	report, err := json.Marshal(f.result)
	if err != nil {
		return err
	}
	live := 0
	if f.live {
		live = 1
	}
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "UPDATE insight_value_model SET report = '' WHERE org_id = ? AND report <> ''", orgID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM insight_value_model WHERE org_id = ? AND fitted_at IN
			(SELECT fitted_at FROM insight_value_model WHERE org_id = ? ORDER BY fitted_at DESC LIMIT 10 OFFSET ?)`, orgID, orgID, valueHistory); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO insight_value_model (org_id, fitted_at, refusal, as_of, live, orders, parameters, report) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (org_id, fitted_at) DO UPDATE SET refusal = excluded.refusal, as_of = excluded.as_of, live = excluded.live, orders = excluded.orders,
			parameters = excluded.parameters, report = excluded.report`,
			orgID, f.at, f.refusal, int64(f.asOf), live, f.orders, string(parameters), string(report))
		return err
	})
}

// revalueAll tells everybody's value by the newest models, some people a
// transaction: orders that come in meanwhile are counted by whoever comes second.
func (s *Service) revalueAll(ctx context.Context, orgID string) error {
	after := ""
	for ctx.Err() == nil {
		var ids []string
		err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
			ids = ids[:0]
			if err := tx.Each(ctx, func(rows *sql.Rows) error {
				var id string
				err := rows.Scan(&id)
				ids = append(ids, id)
				return err
			}, "SELECT person_id FROM insight_person WHERE org_id = ? AND person_id > ? ORDER BY person_id LIMIT ?", orgID, after, valueChunk); err != nil {
				return err
			}
			if err := valueStep(ctx, tx, orgID, len(ids)); err != nil {
				return err
			}
			return s.revalue(ctx, tx, orgID, ids, nil)
		})
		if err != nil {
			return fmt.Errorf("insight: value: %w", err)
		}
		if len(ids) < valueChunk {
			return nil
		}
		after = ids[len(ids)-1]
	}
	return ctx.Err()
}

// revalueMissing tells the value of those who have bought and have none.
func (s *Service) revalueMissing(ctx context.Context, orgID string) error {
	after := ""
	for ctx.Err() == nil {
		var ids []string
		missing := func(tx *db.Tx) error {
			ids = ids[:0]
			f, err := latestFitting(ctx, tx, orgID)
			if err != nil || f == nil || f.refusal != "" {
				return err
			}
			return tx.Each(ctx, func(rows *sql.Rows) error {
				var id string
				err := rows.Scan(&id)
				ids = append(ids, id)
				return err
			}, `SELECT p.person_id FROM insight_person p LEFT JOIN insight_value v ON v.org_id = p.org_id AND v.person_id = p.person_id
				WHERE p.org_id = ? AND p.person_id > ? AND p.orders > 0 AND v.person_id IS NULL ORDER BY p.person_id LIMIT ?`, orgID, after, valueChunk)
		}
		if err := s.db.Read(ctx, orgID, missing); err != nil || len(ids) == 0 { // most times there is nobody: do not trouble the writer
			return err
		}
		if err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
			if err := missing(tx); err != nil {
				return err
			}
			return s.revalue(ctx, tx, orgID, ids, nil)
		}); err != nil {
			return fmt.Errorf("insight: value: %w", err)
		}
		if len(ids) < valueChunk {
			return nil
		}
		after = ids[len(ids)-1]
	}
	return ctx.Err()
}

// revalue tells the value of some people anew, from all their facts, and forgets
// that of those who are gone.
func (s *Service) revalue(ctx context.Context, tx *db.Tx, orgID string, ids, gone []string) error {
	f, err := latestFitting(ctx, tx, orgID)
	if err != nil || f == nil {
		return err
	}
	if err := remove(ctx, tx, orgID, "insight_value", append(append([]string{}, gone...), ids...)); err != nil {
		return err
	}
	if f.refusal != "" || len(ids) == 0 {
		return nil
	}
	st, err := stateOf(ctx, tx, orgID)
	if err != nil || st == nil {
		return err
	}
	values, err := s.valuesOf(ctx, tx, orgID, f, st.zone, ids, ValueDays)
	if err != nil {
		return err
	}
	return saveValues(ctx, tx, orgID, values)
}

// revalueSome tells the value of those whom a batch of events touched. That of very
// many at once, as an import brings, is forgotten: the hourly job tells it, which
// need not keep the log waiting.
func (s *Service) revalueSome(ctx context.Context, tx *db.Tx, orgID string, saved []*person, gone []string) error {
	var ids []string
	for _, p := range saved {
		ids = append(ids, p.id)
	}
	if len(ids) > valueAtOnce {
		return s.revalue(ctx, tx, orgID, nil, append(ids, gone...))
	}
	return s.revalue(ctx, tx, orgID, ids, gone)
}

// personValue is what is told of a person who has bought.
type personValue struct {
	id          string
	asOf        clv.Day
	first, last clv.Day
	purchases   int
	clv.PersonValue
}

// valuesOf tells of those of ids who have bought.
func (s *Service) valuesOf(ctx context.Context, tx *db.Tx, orgID string, f *fitting, zone *time.Location, ids []string, days int) ([]personValue, error) {
	spoken, err := members(ctx, tx, orgID, ids)
	if err != nil {
		return nil, err
	}
	originals := append([]string{}, ids...)
	for id := range spoken {
		originals = append(originals, id)
	}
	facts, err := factsOf(ctx, tx, orgID, originals, func(int64) int64 { return 0 })
	if err != nil {
		return nil, err
	}
	books, last := map[string]*clv.Book{}, map[string]clv.Day{}
	for _, fact := range facts {
		id := speaker(spoken, fact.person)
		if books[id] == nil {
			books[id] = clv.NewBook()
		}
		enter(books[id], 0, fact, zone)
		if fact.kind == factOrder {
			last[id] = max(last[id], clv.DayOf(clock.Time(fact.at).In(zone)))
		}
	}
	var out []personValue
	for _, id := range ids {
		if books[id] == nil {
			continue
		}
		asOf := max(f.today(s.now(), zone), last[id])
		for _, c := range books[id].Customers(asOf, f.result.UnitDays) {
			out = append(out, personValue{id, asOf, c.First, last[id], c.X + 1, f.result.Of(c, days)})
		}
	}
	return out, nil
}

func saveValues(ctx context.Context, tx *db.Tx, orgID string, values []personValue) error {
	_, err := tx.BulkInsert(ctx, "insight_value", `ON CONFLICT (org_id, person_id) DO UPDATE SET as_of = excluded.as_of, alive_ppm = excluded.alive_ppm,
		orders_ppm = excluded.orders_ppm, worth_minor = excluded.worth_minor, lifetime_minor = excluded.lifetime_minor`, db.Same("org_id", orgID, len(values)),
		text(values, "person_id", func(v personValue) string { return v.id }),
		column(values, "as_of", func(v personValue) int64 { return int64(v.asOf) }),
		column(values, "alive_ppm", func(v personValue) int64 { return ppm(v.Alive) }),
		column(values, "orders_ppm", func(v personValue) int64 { return ppm(v.Orders) }),
		column(values, "worth_minor", func(v personValue) int64 { return minor(v.Worth) }),
		column(values, "lifetime_minor", func(v personValue) int64 { return minor(v.Lifetime) }))
	return err
}

func ppm(v float64) int64 { return int64(math.Round(1e6 * v)) }

func minor(v *float64) int64 {
	if v == nil {
		return 0
	}
	return int64(math.Round(math.Min(*v, maxAmount)))
}
