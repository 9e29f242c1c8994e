package carrier

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// How a sync stands.
const (
	syncQueued  = "queued"
	syncRunning = "running"
	syncDone    = "done"
	syncFailed  = "failed"
)

// The kinds of syncs. Both read everything; the second finds most of it known.
const (
	SyncFull      = "full"
	SyncReconcile = "reconcile"
)

// The phases of a sync, in order.
const (
	phaseTags     = "tags"
	phaseStaff    = "staff"
	phaseContacts = "contacts"
	phaseGroups   = "groups"
)

// Sync is a run that brings our picture of an account up to the platform's.
type Sync struct {
	ID         string     `json:"id"`
	AccountID  string     `json:"account_id"`
	Kind       string     `json:"kind" enum:"full,reconcile"`
	Status     string     `json:"status" enum:"queued,running,done,failed"`
	Phase      string     `json:"phase" enum:"tags,staff,contacts,groups"`
	StaffTotal int64      `json:"staff_total"`
	StaffDone  int64      `json:"staff_done"`
	Contacts   int64      `json:"contacts" doc:"Contacts read"`
	Added      int64      `json:"added" doc:"Friendships that nobody had told us of"`
	Removed    int64      `json:"removed" doc:"Friendships that had ended without our knowing"`
	Groups     int64      `json:"groups" doc:"Groups read"`
	Error      string     `json:"error" doc:"Why it failed; while it runs: why the last attempt did, empty once it gets on"`
	CreatedAt  time.Time  `json:"created_at"`
	StartedAt  *time.Time `json:"started_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
	FinishedAt *time.Time `json:"finished_at"`

	after   string
	failure i18n.Text
}

const syncColumns = `id, account_id, kind, status, phase, after, staff_total, staff_done, contacts, added, removed, groups_done, error_zh, error_en, created_at, started_at, updated_at, finished_at`

func scanSync(ctx context.Context, row interface{ Scan(...any) error }) (r Sync, err error) {
	var created, started, updated, finished int64
	err = row.Scan(&r.ID, &r.AccountID, &r.Kind, &r.Status, &r.Phase, &r.after, &r.StaffTotal, &r.StaffDone, &r.Contacts, &r.Added, &r.Removed, &r.Groups, &r.failure.ZH, &r.failure.EN, &created, &started, &updated, &finished)
	r.Error = r.failure.In(i18n.From(ctx))
	r.CreatedAt, r.StartedAt, r.UpdatedAt, r.FinishedAt = clock.Time(created), clock.Ptr(started), clock.Time(updated), clock.Ptr(finished)
	return r, err
}

func syncByID(ctx context.Context, tx *db.Tx, orgID, id string) (Sync, error) {
	r, err := scanSync(ctx, tx.QueryRow(ctx, "SELECT "+syncColumns+" FROM carrier_sync WHERE org_id = ? AND id = ?", orgID, id))
	if db.IsNoRows(err) {
		return r, errs.NotFound(i18n.T("这次同步", "sync"))
	}
	return r, err
}

// Syncs lists an account's syncs, the newest first.
func (s *Service) Syncs(ctx context.Context, accountID, before string, limit int) (out []Sync, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		if _, err := s.accountByID(ctx, tx, org, accountID); err != nil {
			return err
		}
		out = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			r, err := scanSync(ctx, rows)
			out = append(out, r)
			return err
		}, "SELECT "+syncColumns+" FROM carrier_sync WHERE org_id = ? AND account_id = ? AND (? = '' OR id < ?) ORDER BY id DESC LIMIT ?", org, accountID, before, before, limit)
	})
	return out, err
}

// StartSync asks for a sync of an account; the one that waits or runs already
// is returned instead of a second.
func (s *Service) StartSync(ctx context.Context, accountID string) (r Sync, err error) {
	org := actor(ctx).OrgID
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		a, err := s.accountByID(ctx, tx, org, accountID)
		if err != nil {
			return err
		}
		if a.kind != KindWecom || a.status != StatusActive {
			return errs.Conflict(i18n.T("只有启用的企业微信账号可以同步", "Only an active WeCom account can be synced"))
		}
		var made bool
		if r, made, err = s.queueSync(ctx, tx, a); err != nil || !made {
			return err
		}
		return s.ports.Auditor.Audit(ctx, tx, "carrier.sync_started", "account", a.id, map[string]any{"sync": r.ID})
	})
	return r, err
}

func (s *Service) queueSync(ctx context.Context, tx *db.Tx, a *account) (r Sync, made bool, err error) {
	kind := SyncFull
	var before int64
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM carrier_sync WHERE org_id = ? AND account_id = ? AND status = 'done'", a.org, a.id).Scan(&before); err != nil {
		return r, false, err
	}
	if before > 0 {
		kind = SyncReconcile
	}
	n, err := tx.Changed(ctx, `INSERT INTO carrier_sync (org_id, id, account_id, kind, status, phase, created_at, updated_at) VALUES (?, ?, ?, ?, 'queued', 'tags', ?, ?)
		ON CONFLICT (org_id, account_id) WHERE status IN ('queued', 'running') DO NOTHING`, a.org, ids.New("syn"), a.id, kind, s.micros(), s.micros())
	if err != nil {
		return r, false, err
	}
	r, err = scanSync(ctx, tx.QueryRow(ctx, "SELECT "+syncColumns+" FROM carrier_sync WHERE org_id = ? AND account_id = ? AND status IN ('queued', 'running')", a.org, a.id))
	if err == nil && n == 1 && s.ports.Jobs != nil {
		err = s.ports.Jobs.EnqueueSync(ctx, tx, a.org, r.ID)
	}
	return r, n == 1, err
}

// QueueNightly asks for a sync of every active account of every org.
func (s *Service) QueueNightly(ctx context.Context) error {
	orgs, err := s.ports.Orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, org := range orgs {
		err := s.db.Write(access.With(ctx, access.ForSystem(org, "carrier")), org, func(tx *db.Tx) error {
			all, err := s.accounts(ctx, tx, org, KindWecom)
			if err != nil {
				return err
			}
			for _, a := range all {
				if a.status == StatusActive {
					if _, _, err := s.queueSync(ctx, tx, a); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			failed = append(failed, fmt.Errorf("org %s: %w", org, err))
		}
	}
	return errors.Join(failed...)
}

// Sync runs a sync to its end, from where an earlier attempt stopped. An error
// that people must act upon ends the run and is not returned; for any other, call again.
func (s *Service) Sync(ctx context.Context, orgID, syncID string) error {
	var r Sync
	begun := false
	err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, `UPDATE carrier_sync SET status = 'running', started_at = CASE started_at WHEN 0 THEN ? ELSE started_at END, updated_at = ?
			WHERE org_id = ? AND id = ? AND status IN ('queued', 'running')`, s.micros(), s.micros(), orgID, syncID)
		if err != nil {
			return err
		}
		begun = n == 1
		r, err = syncByID(ctx, tx, orgID, syncID)
		return err
	})
	if err != nil || !begun {
		return err
	}
	a, c, err := s.client(ctx, orgID, r.AccountID, patient)
	if err == nil {
		err = (&syncing{s: s, a: a, c: c, run: r}).all(ctx)
	}
	if err == nil {
		return nil
	}
	if errs.Is(err, errs.CodeNotFound) || errs.Is(err, errs.CodeConflict) || wire.KindOf(err) == wire.Operator {
		return s.AbandonSync(ctx, orgID, syncID, err)
	}
	if ctx.Err() == nil && !errors.Is(err, errLost) { // else we are stopping, or it is no longer ours
		s.noteFailure(ctx, orgID, syncID, err)
	}
	return fmt.Errorf("carrier: sync: %w", err)
}

// noteFailure says on a sync that goes on why its last attempt failed: it may be
// hours until the next. Not to have said so must not hide the failure itself.
func (s *Service) noteFailure(ctx context.Context, orgID, syncID string, cause error) {
	text := errs.As(wire.Show(cause)).Text
	if err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE carrier_sync SET error_zh = ?, error_en = ?, updated_at = ? WHERE org_id = ? AND id = ? AND status = 'running'", text.ZH, text.EN, s.micros(), orgID, syncID)
		return err
	}); err != nil {
		s.logger.WarnContext(ctx, "why a sync failed could not be kept", "sync", syncID, "error", err)
	}
}

// AbandonSync ends a sync that will not be tried again, with the reason.
func (s *Service) AbandonSync(ctx context.Context, orgID, syncID string, cause error) error {
	text := errs.As(wire.Show(cause)).Text
	return s.db.Write(context.WithoutCancel(ctx), orgID, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE carrier_sync SET status = 'failed', error_zh = ?, error_en = ?, finished_at = ?, updated_at = ? WHERE org_id = ? AND id = ? AND status IN ('queued', 'running')",
			text.ZH, text.EN, s.micros(), s.micros(), orgID, syncID)
		return err
	})
}
