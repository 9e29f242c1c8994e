package insight

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"fishpond/internal/insight/clv"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// ValueReason is why there is no answer.
type ValueReason struct {
	Code string `json:"code" doc:"such as too_few, one_order_each, long_gap; not_yet before the first night"`
	Text string `json:"text" doc:"the same in words"`
}

// ValueFitting is one night's models.
type ValueFitting struct {
	FittedAt time.Time         `json:"fitted_at"`
	Refusal  string            `json:"refusal,omitempty" doc:"Why there was no model; a code"`
	Models   []clv.FittedModel `json:"models,omitempty" doc:"Of purchases, the likelier first. Times in weeks"`
	Value    *clv.FittedValue  `json:"value,omitempty" doc:"Of what a purchase is worth, in minor units"`
}

// ValueReport is what the org's people are worth.
type ValueReport struct {
	Known    bool              `json:"known"`
	Refusal  *ValueReason      `json:"refusal,omitempty"`
	FittedAt *time.Time        `json:"fitted_at,omitempty"`
	AsOf     string            `json:"as_of,omitempty" doc:"The day of the last order; people are told as of it"`
	TimeZone string            `json:"time_zone,omitempty"`
	Currency string            `json:"currency,omitempty"`
	Result   *clv.ValueResult  `json:"result,omitempty" doc:"Models, validation, distribution. Times in weeks, money in minor units of the currency"`
	Asked    *clv.ValueHorizon `json:"asked,omitempty" doc:"Of everybody, for the days and the discount of the query"`
	Refit    *Refitting        `json:"refit,omitempty" doc:"While values are worked out anew because somebody asked"`
	Broke    bool              `json:"refit_failed,omitempty" doc:"The last time that somebody asked it broke off; the job's error is among the failed jobs"`
	History  []ValueFitting    `json:"history" nullable:"false" doc:"The newest first, at most 90"`
}

// PersonWorth is what is expected of one person.
type PersonWorth struct {
	Known          bool         `json:"known"`
	Refusal        *ValueReason `json:"refusal,omitempty"`
	AsOf           string       `json:"as_of,omitempty"`
	FittedAt       *time.Time   `json:"fitted_at,omitempty" doc:"When the models were fitted"`
	Model          string       `json:"model,omitempty" enum:"bg_nbd,pareto_nbd"`
	Days           int          `json:"days" doc:"How far ahead"`
	Purchases      int          `json:"purchases" doc:"Days on which she bought"`
	FirstDay       string       `json:"first_day,omitempty"`
	LastDay        string       `json:"last_day,omitempty"`
	Alive          float64      `json:"alive" doc:"Probability that she may still buy, 0 to 1"`
	ExpectedOrders float64      `json:"expected_orders"`
	WorthKnown     bool         `json:"worth_known" doc:"False where amounts tell nothing"`
	ExpectedMinor  int64        `json:"expected_minor" doc:"Value of the expected orders"`
	LifetimeMinor  int64        `json:"lifetime_minor" doc:"Value of the orders of three years, discounted by a tenth a year"`
	Currency       string       `json:"currency,omitempty"`
}

var (
	noValueYet = i18n.T("还没有估计过；每晚估计一次", "not estimated yet; it is done every night")
	aPerson    = i18n.T("客户", "person")
)

func (s *Service) reason(ctx context.Context, code string) *ValueReason {
	if code == "not_yet" {
		return &ValueReason{code, noValueYet.In(i18n.From(ctx))}
	}
	return &ValueReason{code, clv.Refuse(code).Text().In(i18n.From(ctx))}
}

// Value tells what the org's people are worth together, by the newest models.
func (s *Service) Value(ctx context.Context, orgID string) (ValueReport, error) {
	v := ValueReport{History: []ValueFitting{}}
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		if v.Refit, v.Broke, err = s.refitting(ctx, tx, orgID); err != nil {
			return err
		}
		f, err := latestFitting(ctx, tx, orgID)
		if err != nil {
			return err
		}
		if f == nil {
			v.Refusal = s.reason(ctx, "not_yet")
			return nil
		}
		st, err := stateOf(ctx, tx, orgID)
		if err != nil {
			return err
		}
		if st != nil {
			v.TimeZone, v.Currency = st.zone.String(), st.currency
		}
		at := clock.Time(f.at)
		v.FittedAt = &at
		if f.asOf != 0 {
			v.AsOf = f.asOf.String()
		}
		var report []byte
		if err := tx.QueryRow(ctx, "SELECT report FROM insight_value_model WHERE org_id = ? AND fitted_at = ?", orgID, f.at).Scan(&report); err != nil {
			return err
		}
		v.Result = &clv.ValueResult{}
		if err := json.Unmarshal(report, v.Result); err != nil {
			return err
		}
		if v.Known = f.refusal == ""; !v.Known {
			v.Refusal = s.reason(ctx, f.refusal)
			if r := v.Result.Refusal; r != nil { // with dates, where there are some
				v.Refusal.Text = r.Text().In(i18n.From(ctx))
			}
		}
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var at int64
			var h ValueFitting
			var parameters []byte
			if err := rows.Scan(&at, &h.Refusal, &parameters); err != nil {
				return err
			}
			var m storedModels
			if err := json.Unmarshal(parameters, &m); err != nil {
				return err
			}
			h.FittedAt, h.Models, h.Value = clock.Time(at), m.Models, m.Value
			v.History = append(v.History, h)
			return nil
		}, "SELECT fitted_at, refusal, parameters FROM insight_value_model WHERE org_id = ? ORDER BY fitted_at DESC LIMIT 90", orgID)
	})
	if err != nil {
		return ValueReport{}, fmt.Errorf("insight: value: %w", err)
	}
	return v, nil
}

// PersonValue tells what is expected of one person within some days, as of today and
// with every order that has arrived.
func (s *Service) PersonValue(ctx context.Context, orgID, personID string, days int) (PersonWorth, error) {
	v := PersonWorth{Days: days}
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		alias, err := aliases(ctx, tx, orgID, []string{personID})
		if err != nil {
			return err
		}
		id := speaker(alias, personID)
		known, err := persons(ctx, tx, orgID, []string{id})
		if err != nil {
			return err
		}
		if known[id] == nil {
			return errs.NotFound(aPerson)
		}
		f, err := latestFitting(ctx, tx, orgID)
		if err != nil {
			return err
		}
		switch {
		case f == nil:
			v.Refusal = s.reason(ctx, "not_yet")
			return nil
		case f.refusal != "":
			v.Refusal = s.reason(ctx, f.refusal)
			return nil
		case known[id].orders == 0:
			v.Refusal = s.reason(ctx, clv.NoOrders)
			return nil
		}
		st, err := stateOf(ctx, tx, orgID)
		if err != nil {
			return err
		}
		values, err := s.valuesOf(ctx, tx, orgID, f, st.zone, []string{id}, days)
		if err != nil {
			return err
		}
		if len(values) == 0 {
			v.Refusal = s.reason(ctx, clv.NoOrders)
			return nil
		}
		p, at := values[0], clock.Time(f.at)
		v.Known, v.FittedAt, v.Model, v.Currency = true, &at, f.result.Models[0].Name, st.currency
		v.AsOf, v.FirstDay, v.LastDay, v.Purchases = p.asOf.String(), p.first.String(), p.last.String(), p.purchases
		v.Alive, v.ExpectedOrders, v.WorthKnown = p.Alive, p.Orders, p.Worth != nil
		v.ExpectedMinor, v.LifetimeMinor = minor(p.Worth), minor(p.Lifetime)
		return nil
	})
	return v, err
}
