package carrier

import (
	"context"
	"database/sql"
	"maps"
	"math"
	"slices"
	"time"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// Window is what may still be sent to one person over one account.
type Window struct {
	Open   bool       `json:"open" doc:"Something may be sent now"`
	Until  *time.Time `json:"until" doc:"Until when; null: at any time, or the window is over"`
	Left   int        `json:"left" doc:"How many messages (parts) until the person writes again; -1: not limited"`
	Why    string     `json:"why" enum:",window,limit,served,queued,ended" doc:"Why not: the time is over, all were sent, a colleague serves them on the platform, they wait in its queue, the session has ended"`
	UserID string     `json:"user_id" doc:"The member who serves them on the platform"`
}

// Windows tells what may still be sent over an account, within tx, to each of
// the given people by the account's ids of them. As far as we know: the platform
// decides. Of an account without limits everything is open.
func (s *Service) Windows(ctx context.Context, tx *db.Tx, orgID, accountID string, externalIDs []string) (map[string]Window, error) {
	a, err := s.accountByID(ctx, tx, orgID, accountID)
	if err != nil {
		return nil, err
	}
	c := abilities[a.kind].Capability
	if c.Direct && a.status == StatusActive && c.WindowHours > 0 {
		return s.windowsOf(ctx, tx, a, externalIDs)
	}
	out := make(map[string]Window, len(externalIDs))
	for _, id := range externalIDs {
		out[id] = Window{Open: c.Direct && a.status == StatusActive, Left: -1}
	}
	return out, nil
}

func (s *Service) windowOf(ctx context.Context, tx *db.Tx, a *account, external string) (Window, error) {
	of, err := s.windowsOf(ctx, tx, a, []string{external})
	return of[external], err
}

// Following an official account or scanning its code opens a window of its own.
const (
	actedFor  = time.Minute
	actedMost = 3 // messages
)

// opening is what opened a window: since when it is open, until when, and for
// how many messages (0: not limited).
type opening struct {
	since int64
	until time.Time
	most  int
}

// openingOf is the window that is open longest; none: its since is 0.
func openingOf(c Capability, heard, acted int64, now time.Time) opening {
	if until := clock.Time(heard).Add(c.window()); heard > 0 && now.Before(until) {
		return opening{heard, until, c.WindowMessages}
	}
	if until := clock.Time(acted).Add(actedFor); acted > 0 && now.Before(until) {
		return opening{acted, until, actedMost}
	}
	return opening{}
}

// windowsOf tells of an account with windows what may still be sent to each.
func (s *Service) windowsOf(ctx context.Context, tx *db.Tx, a *account, external []string) (map[string]Window, error) {
	c, now := abilities[a.kind].Capability, s.now()
	out, open := make(map[string]Window, len(external)), map[string]opening{}
	for _, id := range external {
		out[id] = Window{Why: "window"}
	}
	where, arg := tx.In("external_id", external)
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var heard, acted int64
		err := rows.Scan(&id, &heard, &acted)
		if o := openingOf(c, heard, acted, now); o.since > 0 {
			open[id] = o
		}
		return err
	}, "SELECT external_id, MAX(heard_at), MAX(acted_at) FROM carrier_contact WHERE org_id = ? AND account_id = ? AND "+where+" GROUP BY external_id", a.org, a.id, arg); err != nil {
		return nil, err
	}
	sent, err := sentSince(ctx, tx, a, open)
	if err != nil {
		return nil, err
	}
	for id, o := range open {
		w := Window{Open: true, Left: -1, Until: &o.until}
		if o.most > 0 {
			if w.Left = max(0, o.most-sent[id]); w.Left == 0 {
				w.Open, w.Why = false, "limit"
			}
		}
		if a.kind == KindKf {
			st, err := kfSessionOf(ctx, tx, a, id)
			if err != nil {
				return nil, err
			}
			if why := map[int]string{wecom.KfServed: "served", wecom.KfQueue: "queued", wecom.KfEnded: "ended"}[st.state]; why != "" {
				w.Open, w.Why, w.UserID = false, why, st.user
			}
		}
		out[id] = w
	}
	return out, nil
}

// sentSince counts the parts that were sent to people since their windows opened.
// Of those whose end is not known, the part that was on its way may have arrived.
func sentSince(ctx context.Context, tx *db.Tx, a *account, open map[string]opening) (map[string]int, error) {
	out := map[string]int{}
	if len(open) == 0 {
		return out, nil
	}
	first := int64(math.MaxInt64)
	for _, o := range open {
		first = min(first, o.since)
	}
	where, arg := tx.In("recipient", slices.Sorted(maps.Keys(open)))
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var at int64
		var parts int
		err := rows.Scan(&id, &at, &parts)
		if at >= open[id].since {
			out[id] += parts
		}
		return err
	}, `SELECT recipient, created_at, parts_done + CASE WHEN status IN ('queued', 'doubtful') AND parts_done < parts THEN 1 ELSE 0 END FROM carrier_send
		WHERE org_id = ? AND account_id = ? AND created_at >= ? AND `+where, a.org, a.id, first, arg)
}

// fillWindows fills the windows of a list of contacts in, one by one: a person
// has a few.
func (s *Service) fillWindows(ctx context.Context, tx *db.Tx, orgID string, items []ContactItem) error {
	for i := range items {
		if abilities[items[i].AccountKind].WindowHours == 0 {
			continue
		}
		of, err := s.Windows(ctx, tx, orgID, items[i].AccountID, []string{items[i].ExternalID})
		if err != nil {
			return err
		}
		w := of[items[i].ExternalID]
		items[i].Window = &w
	}
	return nil
}
