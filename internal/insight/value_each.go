package insight

import (
	"context"
	"database/sql"
	"fmt"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"

	"fishpond/internal/insight/clv"
)

// ValueStand says whether people's values are known, and as of when.
type ValueStand struct {
	Known    bool
	Why      i18n.Text // not known: why
	Currency string
	FittedAt int64 // UTC microseconds; 0: never
}

// EachValue tells the residual lifetime value in minor units of everybody who has
// one, by who speaks for them; nobody where they are not known.
func (s *Service) EachValue(ctx context.Context, tx *db.Tx, orgID string, tell func(personID string, lifetimeMinor int64)) (out ValueStand, err error) {
	st, err := stateOf(ctx, tx, orgID)
	if err != nil {
		return out, err
	}
	if st != nil {
		out.Currency = st.currency
	}
	f, err := latestFitting(ctx, tx, orgID)
	if err != nil {
		return out, err
	}
	if f == nil {
		out.Why = noValueYet
		return out, nil
	}
	out.FittedAt = f.at
	switch {
	case f.refusal != "":
		out.Why = clv.Refuse(f.refusal).Text()
		return out, nil
	case f.result.Value == nil:
		out.Why = i18n.T("订单金额说明不了每单值多少", "The amounts of orders do not tell what one is worth")
		return out, nil
	}
	out.Known = true
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var minor int64
		err := rows.Scan(&id, &minor)
		if err == nil {
			tell(id, minor)
		}
		return err
	}, "SELECT person_id, lifetime_minor FROM insight_value WHERE org_id = ?", orgID); err != nil {
		return out, fmt.Errorf("insight: values: %w", err)
	}
	return out, nil
}
