package reach

import (
	"cmp"
	"context"
	"slices"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// AccountList tells how it stands with sending over each account of the
// actor's org.
func (s *Service) AccountList(ctx context.Context) (out []AccountStatus, err error) {
	org, lang := actor(ctx).OrgID, i18n.From(ctx)
	now := s.micros()
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		accounts, err := s.Accounts.Accounts(ctx, tx, org)
		if err != nil {
			return err
		}
		states := map[string]*accountState{}
		for id, a := range accounts {
			states[id] = &accountState{id: id, carrier: a.Kind}
		}
		if err := readAccounts(ctx, tx, org, states); err != nil {
			return err
		}
		out = nil
		for id, a := range accounts {
			out = append(out, states[id].status(a, now, lang))
		}
		slices.SortFunc(out, func(a, b AccountStatus) int {
			return cmp.Or(cmp.Compare(a.Carrier, b.Carrier), cmp.Compare(a.Name, b.Name), cmp.Compare(a.AccountID, b.AccountID))
		})
		return nil
	})
	return out, err
}

func (a *accountState) status(known Account, now int64, lang i18n.Lang) AccountStatus {
	out := AccountStatus{AccountID: a.id, Name: known.Name, Carrier: known.Kind, State: "open", Failures: a.failures, PerMinute: a.perMinute}
	switch {
	case !known.Active:
		out.State = "disabled"
	case a.paused == 1:
		out.State = "paused"
	case a.openUntil > now:
		out.State, out.Until, out.Reason = "resting", clock.Ptr(a.openUntil), a.reason.In(lang)
	case a.openUntil > 0:
		out.State, out.Reason = "probing", a.reason.In(lang)
	}
	return out
}

// AccountInput is what staff can set of sending over an account.
type AccountInput struct {
	Paused    bool  `json:"paused"`
	PerMinute int64 `json:"per_minute" minimum:"0" maximum:"1000000" doc:"0: as the carrier's rate says"`
}

// PutAccount pauses or resumes sending over an account, and says how fast it
// sends. Resuming also closes its breaker.
func (s *Service) PutAccount(ctx context.Context, accountID string, in AccountInput) (out AccountStatus, err error) {
	a, lang := actor(ctx), i18n.From(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		accounts, err := s.Accounts.Accounts(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		known, ok := accounts[accountID]
		if !ok {
			return errs.NotFound(i18n.T("这个账号", "account"))
		}
		states := map[string]*accountState{accountID: {id: accountID, carrier: known.Kind}}
		if err := loadAccounts(ctx, tx, a.OrgID, states); err != nil {
			return err
		}
		st := states[accountID]
		st.paused, st.perMinute, st.changed = 0, in.PerMinute, true
		if in.Paused {
			st.paused = 1
		} else {
			st.failures, st.openUntil, st.opened, st.reason = 0, 0, 0, i18n.Text{}
			if _, err := tx.Exec(ctx, "UPDATE reach_message SET due_at = 0 WHERE org_id = ? AND status = 'waiting' AND waits = 1 AND why IN ('account', 'rate') AND account_id = ?", a.OrgID, accountID); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "UPDATE reach_plan SET wake_at = 0 WHERE org_id = ? AND status = 'running'", a.OrgID); err != nil {
				return err
			}
			tx.OnCommit(s.ring)
		}
		if err := keepAccounts(ctx, tx, a.OrgID, states, s.micros()); err != nil {
			return err
		}
		out = st.status(known, s.micros(), lang)
		return s.Auditor.Audit(ctx, tx, "reach.account_changed", "account", accountID, in)
	})
	return out, err
}
