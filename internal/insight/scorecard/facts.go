package scorecard

import (
	"context"
	"fmt"
	"strings"

	"fishpond/internal/insight/follow"
	"fishpond/internal/platform/db"
)

// window is of how many months, the last of them the card's own, the facts of
// reach, cost, scenes, talk and answers are: one month alone is the weather.
const window = 3

// Facts are what a month's card is counted from.
type Facts struct {
	Persons int64 `json:"persons"` // of the pool by the end of the month
	One     int64 `json:"one"`     // of them, with a strong identity
	Two     int64 `json:"two"`     // … with two kinds or more

	Written int64 `json:"written"` // persons of the pool to whom a message went in the window
	Often   int64 `json:"often"`   // … two or more
	Talked  int64 `json:"talked"`  // of the written to, who wrote themselves

	Active int64 `json:"active"` // persons met in any scene of the window
	Varied int64 `json:"varied"` // … in two scenes or more

	CostMinor     int64 `json:"cost_minor"`
	CostEntries   int64 `json:"cost_entries"`
	Orders        int64 `json:"orders"`
	GMVMinor      int64 `json:"gmv_minor"`
	RefundedMinor int64 `json:"refunded_minor"`

	Asked int64 `json:"asked"` // questions
	Quick int64 `json:"quick"` // of them, answered soon
	Done  int64 `json:"done"`  // follow-ups
}

// factsOf counts a month, without its costs.
func factsOf(ctx context.Context, tx *db.Tx, orgID string, month int64) (f Facts, err error) {
	const who = "COALESCE(a.speaker, x.person_id)"
	const of = " x LEFT JOIN insight_scorecard_alias a ON a.org_id = x.org_id AND a.person_id = x.person_id WHERE x.org_id = ? AND "
	if err := tx.QueryRow(ctx, "SELECT COUNT(DISTINCT "+who+") FROM insight_scorecard_person"+of+"x.month <= ?", orgID, month).Scan(&f.Persons); err != nil {
		return f, fmt.Errorf("scorecard: persons: %w", err)
	}
	if err := tx.QueryRow(ctx, "SELECT COUNT(*), COALESCE(SUM(CASE WHEN kinds >= 2 THEN 1 ELSE 0 END), 0) FROM (SELECT COUNT(DISTINCT x.kind) AS kinds FROM insight_scorecard_identity"+
		of+"x.month <= ? AND x.n > 0 GROUP BY "+who+") k", orgID, month).Scan(&f.One, &f.Two); err != nil {
		return f, fmt.Errorf("scorecard: identities: %w", err)
	}
	var per, either, ways []string
	for _, s := range scenes {
		per = append(per, "SUM(x."+s.column+") AS "+s.column)
		either = append(either, s.column+" > 0")
		ways = append(ways, "CASE WHEN "+s.column+" > 0 THEN 1 ELSE 0 END")
	}
	count := func(when string) string { return "COALESCE(SUM(CASE WHEN " + when + " THEN 1 ELSE 0 END), 0)" }
	if err := tx.QueryRow(ctx, "SELECT "+count("sent > 0")+", "+count("sent > 1")+", "+count("sent > 0 AND chat > 0")+", "+
		count(strings.Join(either, " OR "))+", "+count(strings.Join(ways, " + ")+" >= 2")+
		" FROM (SELECT SUM(x.sent) AS sent, "+strings.Join(per, ", ")+" FROM insight_scorecard_deed"+of+"x.month BETWEEN ? AND ? GROUP BY "+who+") d",
		orgID, month-window+1, month).Scan(&f.Written, &f.Often, &f.Talked, &f.Active, &f.Varied); err != nil {
		return f, fmt.Errorf("scorecard: deeds: %w", err)
	}
	err = follow.Ints(ctx, tx, 6, func(v []int64) {
		f.Orders, f.GMVMinor, f.RefundedMinor, f.Asked, f.Quick, f.Done = v[0], v[1], v[2], v[3], v[4], v[5]
	},
		"SELECT COALESCE(SUM(orders), 0), COALESCE(SUM(gmv_minor), 0), COALESCE(SUM(refunded_minor), 0), COALESCE(SUM(asked), 0), COALESCE(SUM(quick), 0), COALESCE(SUM(done), 0) FROM insight_scorecard_tally WHERE org_id = ? AND month BETWEEN ? AND ?",
		orgID, month-window+1, month)
	return f, err
}
