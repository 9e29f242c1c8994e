package insight

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"time"

	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// ValuePeopleInput says whom to list by what they are worth.
type ValuePeopleInput struct {
	Show       string  `json:"show,omitempty" query:"show" enum:"top,risk,alive" default:"top" doc:"top: the share worth most; risk: those of the share who would be worth most if they still buy, whose probability to do so is below alive_below; alive: those whose probability is from alive_from to alive_to"`
	Share      float64 `json:"share,omitempty" query:"share" minimum:"0" maximum:"1" doc:"Of all who have a value, 0 to 1. 0: a tenth of them for top, a fifth for risk"`
	AliveBelow float64 `json:"alive_below,omitempty" query:"alive_below" minimum:"0" maximum:"1" doc:"Of risk; 0: 0.5"`
	AliveFrom  float64 `json:"alive_from,omitempty" query:"alive_from" minimum:"0" maximum:"1" doc:"Of alive"`
	AliveTo    float64 `json:"alive_to,omitempty" query:"alive_to" minimum:"0" maximum:"1" doc:"Of alive, not included unless it is 1"`
}

// ValueSegmentInput makes a segment of them.
type ValueSegmentInput struct {
	ValuePeopleInput
	Name string `json:"name" minLength:"1" maxLength:"80"`
}

// ValuedPerson is somebody with what is expected of her.
type ValuedPerson struct {
	behind.PersonBehind
	LastOrderAt    *time.Time `json:"last_order_at"`
	Alive          float64    `json:"alive" doc:"Probability that she may still buy, 0 to 1"`
	ExpectedOrders float64    `json:"expected_orders" doc:"Within 365 days"`
	ExpectedMinor  *int64     `json:"expected_minor" doc:"Value of these; null where amounts tell nothing, as below"`
	LifetimeMinor  *int64     `json:"lifetime_minor" doc:"Value of the orders of three years, discounted by a tenth a year"`
	IfAliveMinor   *int64     `json:"if_alive_minor" doc:"lifetime_minor ÷ alive: what she would be worth if it were sure that she still buys"`
}

// ValuedPage is a page of them.
type ValuedPage struct {
	Refusal  *ValueReason
	Currency string
	FittedAt *time.Time
	Items    []ValuedPerson
	Total    int64
	Next     int64 // offset of the next page; 0 on the last
}

// valueRow is a row of insight_value with what lists show of it.
type valueRow struct {
	id                               string
	alive, orders, worth, life, last int64
}

const selectValue = `SELECT v.person_id, v.alive_ppm, v.orders_ppm, v.worth_minor, v.lifetime_minor, COALESCE(p.last_at, 0) FROM insight_value v
	LEFT JOIN insight_person p ON p.org_id = v.org_id AND p.person_id = v.person_id`

func scanValue(r *sql.Rows) (v valueRow, err error) {
	return v, r.Scan(&v.id, &v.alive, &v.orders, &v.worth, &v.life, &v.last)
}

// Expressions of insight_value that run on both engines. By what people are ranked
// where amounts tell nothing: the orders expected.
const (
	valueRank    = "CASE WHEN ? = 1 THEN v.lifetime_minor ELSE v.orders_ppm END"
	valueIfAlive = "CASE WHEN v.alive_ppm > 0 THEN CAST(" + valueRank + " AS DOUBLE PRECISION) * 1000000 / v.alive_ppm ELSE 0 END"
)

func (in *ValuePeopleInput) settle() error {
	switch in.Show {
	case "", "top":
		in.Show = "top"
		if in.Share == 0 {
			in.Share = 0.1
		}
	case "risk":
		if in.Share == 0 {
			in.Share = 0.2
		}
		if in.AliveBelow == 0 {
			in.AliveBelow = 0.5
		}
	case "alive":
		if !(in.AliveFrom < in.AliveTo) {
			return errs.InvalidField("alive_to", i18n.T("上限应大于下限", "The upper bound must be above the lower one"))
		}
	default:
		return errs.InvalidField("query.show", i18n.T("只能是 top、risk 或 alive", "It is top, risk or alive"))
	}
	for field, v := range map[string]float64{"share": in.Share, "alive_below": in.AliveBelow, "alive_from": in.AliveFrom, "alive_to": in.AliveTo} {
		if !(v >= 0 && v <= 1) {
			return errs.InvalidField(field, i18n.T("应在 0 到 1 之间", "It is from 0 to 1"))
		}
	}
	return nil
}

// valued finds those whom in asks for, by their place from … to; total is how many
// there are.
func (s *Service) valued(ctx context.Context, tx *db.Tx, orgID string, in ValuePeopleInput, worth, offset, limit int64) (rows []valueRow, total int64, err error) {
	var all int64
	if err = tx.QueryRow(ctx, "SELECT count(*) FROM insight_value WHERE org_id = ?", orgID).Scan(&all); err != nil || all == 0 {
		return nil, 0, err
	}
	where, order := "v.org_id = ?", valueRank+" DESC, v.person_id"
	args, by := []any{orgID}, []any{worth}
	share := int64(math.Ceil(in.Share * float64(all)))
	switch in.Show {
	case "top":
		total = share
	case "risk":
		var least float64
		if err = tx.QueryRow(ctx, "SELECT "+valueIfAlive+" FROM insight_value v WHERE v.org_id = ? ORDER BY 1 DESC LIMIT 1 OFFSET ?", worth, orgID, max(0, share-1)).Scan(&least); err != nil {
			return nil, 0, err
		}
		where += " AND v.alive_ppm < ? AND " + valueIfAlive + " >= ?"
		args = append(args, ppm(in.AliveBelow), worth, least)
		order, by = valueIfAlive+" - "+valueRank+" DESC, v.person_id", []any{worth, worth}
	case "alive":
		to := ppm(in.AliveTo)
		if in.AliveTo == 1 {
			to++
		}
		where += " AND v.alive_ppm >= ? AND v.alive_ppm < ?"
		args = append(args, ppm(in.AliveFrom), to)
	}
	if in.Show != "top" {
		if err = tx.QueryRow(ctx, "SELECT count(*) FROM insight_value v WHERE "+where, args...).Scan(&total); err != nil {
			return nil, 0, err
		}
	}
	limit = min(limit, total-offset)
	if limit <= 0 {
		return nil, total, nil
	}
	args = append(append(args, by...), limit, offset)
	return rows, total, tx.Each(ctx, func(r *sql.Rows) error {
		v, err := scanValue(r)
		rows = append(rows, v)
		return err
	}, selectValue+" WHERE "+where+" ORDER BY "+order+" LIMIT ? OFFSET ?", args...)
}

// ValuePeople lists people by what they are worth, the most first; from is the Next of
// the page before.
func (s *Service) ValuePeople(ctx context.Context, orgID string, in ValuePeopleInput, from int64, limit int) (out ValuedPage, err error) {
	if err = in.settle(); err != nil {
		return out, err
	}
	out.Items = []ValuedPerson{}
	var rows []valueRow
	var numbers map[string]uint32
	known := false
	if err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		f, err := latestFitting(ctx, tx, orgID)
		switch {
		case err != nil:
			return err
		case f == nil:
			out.Refusal = s.reason(ctx, "not_yet")
			return nil
		case f.refusal != "":
			out.Refusal = s.reason(ctx, f.refusal)
			return nil
		}
		at := clock.Time(f.at)
		out.FittedAt, known = &at, f.result.Value != nil
		st, err := stateOf(ctx, tx, orgID)
		if err != nil {
			return err
		}
		if st != nil {
			out.Currency = st.currency
		}
		if rows, out.Total, err = s.valued(ctx, tx, orgID, in, db.Bit(known), from, int64(limit)); err != nil {
			return err
		}
		numbers, err = s.measure.People.Numbers(ctx, tx, orgID, idsOf(rows))
		return err
	}); err != nil || len(rows) == 0 {
		return out, err
	}
	var seqs []uint32
	for _, r := range rows {
		if n, there := numbers[r.id]; there {
			seqs = append(seqs, n)
		}
	}
	shown, err := s.measure.Desk.Ports.Persons(ctx, orgID, seqs)
	if err != nil {
		return out, err
	}
	for _, r := range rows {
		i := slices.IndexFunc(shown, func(p behind.PersonBehind) bool { return p.ID == r.id })
		if i < 0 {
			continue // has left the pool since
		}
		out.Items = append(out.Items, r.shown(shown[i], known))
	}
	if next := from + int64(len(rows)); next < out.Total {
		out.Next = next
	}
	return out, nil
}

func idsOf(rows []valueRow) []string {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.id
	}
	return ids
}

func (r valueRow) shown(p behind.PersonBehind, known bool) ValuedPerson {
	v := ValuedPerson{PersonBehind: p, LastOrderAt: clock.Ptr(r.last), Alive: float64(r.alive) / 1e6, ExpectedOrders: float64(r.orders) / 1e6}
	if known {
		v.ExpectedMinor, v.LifetimeMinor = &r.worth, &r.life
		if r.alive > 0 {
			whole := float64(r.life) * 1e6 / float64(r.alive)
			n := minor(&whole)
			v.IfAliveMinor = &n
		}
	}
	return v
}

// ValueBehind finds all whom in asks for, in the order of ValuePeople. Nobody is
// found where it is not known what people are worth.
func (s *Service) ValueBehind(ctx context.Context, orgID string, in ValuePeopleInput) (out behind.Crowd[ValuedPerson], err error) {
	if err = in.settle(); err != nil {
		return out, err
	}
	known := false
	if err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		f, err := latestFitting(ctx, tx, orgID)
		if err != nil || f == nil || f.refusal != "" {
			return err
		}
		known = f.result.Value != nil
		rows, _, err := s.valued(ctx, tx, orgID, in, db.Bit(known), 0, math.MaxInt32)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(rows, 5000) {
			numbers, err := s.measure.People.Numbers(ctx, tx, orgID, idsOf(some))
			if err != nil {
				return err
			}
			for _, r := range some {
				if n, there := numbers[r.id]; there {
					out.Seqs = append(out.Seqs, n)
				}
			}
		}
		return nil
	}); err != nil {
		return out, err
	}
	out.From = i18n.T("客户价值", "customer value")
	out.Show = func(ctx context.Context, some []behind.PersonBehind) (shown []ValuedPerson, err error) {
		ids := make([]string, len(some))
		for i, p := range some {
			ids[i] = p.ID
		}
		worth := map[string]valueRow{}
		if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
			in, arg := tx.In("v.person_id", ids)
			return tx.Each(ctx, func(r *sql.Rows) error {
				v, err := scanValue(r)
				worth[v.id] = v
				return err
			}, selectValue+" WHERE v.org_id = ? AND "+in, orgID, arg)
		}); err != nil {
			return nil, err
		}
		for _, p := range some {
			if r, there := worth[p.ID]; there { // or they have been merged, or told anew
				shown = append(shown, r.shown(p, known))
			}
		}
		return shown, nil
	}
	return out, nil
}
