package carrier

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// How the hand-over of one customer stands.
const (
	transferQueued  = "queued"
	transferWaiting = "waiting" // the customer has 24 hours to object
	transferDone    = "done"
	transferRefused = "refused"
	transferFull    = "full" // the new member has as many customers as fit
	transferFailed  = "failed"
)

// Why customers are handed over.
const (
	TransferInService = "in_service" // both members stay
	TransferResigned  = "resigned"   // the first has left
)

// Transfer hands customers of one member to another.
type Transfer struct {
	ID        string           `json:"id"`
	AccountID string           `json:"account_id"`
	Kind      string           `json:"kind" enum:"in_service,resigned"`
	FromUser  string           `json:"from_user_id"`
	ToUser    string           `json:"to_user_id"`
	Words     string           `json:"words" doc:"What the customers read"`
	Status    string           `json:"status" enum:"open,done"`
	Counts    map[string]int64 `json:"counts" doc:"Customers by status"`
	CreatedBy string           `json:"created_by"`
	CreatedAt time.Time        `json:"created_at"`
	CheckedAt *time.Time       `json:"checked_at" doc:"When the platform was last asked"`
}

// TransferCustomer is how one customer's hand-over stands.
type TransferCustomer struct {
	ExternalID string    `json:"external_id"`
	PersonID   string    `json:"person_id"`
	Name       string    `json:"name"`
	Status     string    `json:"status" enum:"queued,waiting,done,refused,full,failed"`
	Reason     string    `json:"reason" doc:"Why it failed; empty otherwise"`
	UpdatedAt  time.Time `json:"updated_at"`
}

// NewTransfer asks for a hand-over.
type NewTransfer struct {
	AccountID   string   `json:"account_id" maxLength:"64"`
	Kind        string   `json:"kind" enum:"in_service,resigned"`
	FromUser    string   `json:"from_user_id" minLength:"1" maxLength:"128"`
	ToUser      string   `json:"to_user_id" minLength:"1" maxLength:"128"`
	ExternalIDs []string `json:"external_ids,omitempty" maxItems:"1000" doc:"Empty: all customers of the member"`
	Words       string   `json:"words,omitempty" maxLength:"200" doc:"What the customers read; in service only"`
}

// maxTransfer is how many customers one hand-over takes.
const maxTransfer = 100_000

// StartTransfer stores a hand-over with a row for every customer; RunTransfer orders it.
func (s *Service) StartTransfer(ctx context.Context, in NewTransfer) (t Transfer, err error) {
	who := actor(ctx)
	err = s.db.Write(ctx, who.OrgID, func(tx *db.Tx) error {
		a, err := s.accountByID(ctx, tx, who.OrgID, in.AccountID)
		if err != nil {
			return err
		}
		if a.kind != KindWecom || a.status != StatusActive {
			return errs.Conflict(i18n.T("只有启用的企业微信账号可以转接客户", "Only an active WeCom account can hand customers over"))
		}
		members, err := membersOf(ctx, tx, a.org, a.id)
		if err != nil {
			return err
		}
		to, ok := members[in.ToUser]
		if _, known := members[in.FromUser]; !ok || !known {
			return errs.NotFound(i18n.T("这位成员", "member"))
		}
		if in.FromUser == in.ToUser || to.status == "left" {
			return errs.InvalidField("body.to_user_id", i18n.T("要换一位在职的成员来接替", "Somebody else who still works here must take over"))
		}
		now := s.micros()
		id := ids.New("trf")
		if _, err := tx.Exec(ctx, "INSERT INTO carrier_transfer (org_id, id, account_id, kind, from_user, to_user, words, status, created_by, created_at, checked_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, 0)",
			a.org, id, a.id, in.Kind, in.FromUser, in.ToUser, oneLine(in.Words, 200), who.ID, now); err != nil {
			return err
		}
		n, err := s.queueCustomers(ctx, tx, a, id, in, now)
		if err != nil {
			return err
		}
		if t, err = transferByID(ctx, tx, a.org, id); err != nil {
			return err
		}
		if s.ports.Jobs != nil {
			if err := s.ports.Jobs.EnqueueTransfer(ctx, tx, a.org, id); err != nil {
				return err
			}
		}
		return s.ports.Auditor.Audit(ctx, tx, "carrier.transfer_started", "transfer", id, map[string]any{"kind": in.Kind, "from": in.FromUser, "to": in.ToUser, "customers": n})
	})
	return t, err
}

// queueCustomers makes a row for each customer, and returns how many.
func (s *Service) queueCustomers(ctx context.Context, tx *db.Tx, a *account, id string, in NewTransfer, now int64) (int64, error) {
	where, args := "", []any{a.org, id, now, a.org, a.id, in.FromUser}
	if len(in.ExternalIDs) > 0 {
		w, arg := tx.In("external_id", in.ExternalIDs)
		where, args = " AND "+w, append(args, arg)
	}
	n, err := tx.Changed(ctx, `INSERT INTO carrier_transfer_customer (org_id, transfer_id, external_id, person_id, status, updated_at)
		SELECT ?, ?, external_id, person_id, 'queued', CAST(? AS BIGINT) FROM carrier_contact WHERE org_id = ? AND account_id = ? AND user_id = ? AND status IN ('friend', 'half')`+where, args...)
	if err != nil {
		return 0, err
	}
	asked := slices.Compact(slices.Sorted(slices.Values(in.ExternalIDs)))
	switch {
	case len(asked) > 0 && n < int64(len(asked)):
		return 0, errs.NotFound(i18n.T("其中有些客户（不是这位成员的好友）", "customer of this member among some of those named"))
	case n == 0:
		return 0, errs.Conflict(i18n.T("这位成员没有可以转接的客户", "The member has no customers to hand over"))
	case n > maxTransfer:
		return 0, errs.TooLarge(i18n.T("一次最多转接 %d 位客户", "At most %d customers at once", maxTransfer))
	}
	return n, nil
}

const transferColumns = "id, account_id, kind, from_user, to_user, words, status, created_by, created_at, checked_at"

func transferRows(ctx context.Context, tx *db.Tx, orgID, tail string, args ...any) (out []Transfer, err error) {
	var list []string
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		t := Transfer{Counts: map[string]int64{}}
		var created, checked int64
		err := rows.Scan(&t.ID, &t.AccountID, &t.Kind, &t.FromUser, &t.ToUser, &t.Words, &t.Status, &t.CreatedBy, &created, &checked)
		t.CreatedAt, t.CheckedAt = clock.Time(created), clock.Ptr(checked)
		out, list = append(out, t), append(list, t.ID)
		return err
	}, "SELECT "+transferColumns+" FROM carrier_transfer WHERE org_id = ? "+tail, append([]any{orgID}, args...)...); err != nil || len(list) == 0 {
		return out, err
	}
	where, arg := tx.In("transfer_id", list)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, status string
		var n int64
		err := rows.Scan(&id, &status, &n)
		out[slices.Index(list, id)].Counts[status] = n
		return err
	}, "SELECT transfer_id, status, count(*) FROM carrier_transfer_customer WHERE org_id = ? AND "+where+" GROUP BY transfer_id, status", orgID, arg)
}

func transferByID(ctx context.Context, tx *db.Tx, orgID, id string) (Transfer, error) {
	list, err := transferRows(ctx, tx, orgID, "AND id = ?", id)
	if err == nil && len(list) == 0 {
		err = errs.NotFound(i18n.T("这次转接", "hand-over"))
	}
	if err != nil {
		return Transfer{}, err
	}
	return list[0], nil
}

// Transfers lists hand-overs, the newest first.
func (s *Service) Transfers(ctx context.Context, before string, limit int) (out []Transfer, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out, err = transferRows(ctx, tx, org, "AND (? = '' OR id < ?) ORDER BY id DESC LIMIT ?", before, before, limit)
		return err
	})
	return out, err
}

// TransferCustomers returns a hand-over and a page of its customers.
func (s *Service) TransferCustomers(ctx context.Context, id, status, after string, limit int) (t Transfer, out []TransferCustomer, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		if t, err = transferByID(ctx, tx, org, id); err != nil {
			return err
		}
		out = nil
		var persons []string
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var c TransferCustomer
			var code, at int64
			err := rows.Scan(&c.ExternalID, &c.PersonID, &c.Status, &code, &at)
			c.UpdatedAt = clock.Time(at)
			if code != 0 {
				c.Reason = (&wire.APIError{Code: int(code), Text: wecom.Rules[int(code)].Text}).Shown().Text.In(i18n.From(ctx))
			}
			out, persons = append(out, c), append(persons, c.PersonID)
			return err
		}, `SELECT external_id, person_id, status, code, updated_at FROM carrier_transfer_customer WHERE org_id = ? AND transfer_id = ? AND (? = '' OR status = ?) AND external_id > ?
			ORDER BY external_id LIMIT ?`, org, id, status, status, after, limit); err != nil {
			return err
		}
		names, err := s.ports.People.Names(ctx, tx, org, persons)
		for i := range out {
			out[i].Name = names[out[i].PersonID]
		}
		return err
	})
	return t, out, err
}

// RunTransfer orders what is queued, 100 customers a call, and asks how the rest
// stands. Call it when a hand-over starts and every few hours while it is open.
func (s *Service) RunTransfer(ctx context.Context, orgID, id string) error {
	var t Transfer
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		t, err = transferByID(ctx, tx, orgID, id)
		return err
	}); err != nil || t.Status != "open" {
		return err
	}
	a, c, err := s.client(ctx, orgID, t.AccountID, patient)
	if err != nil {
		return err
	}
	for {
		var queued []string
		if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
			queued = nil
			return tx.Each(ctx, func(rows *sql.Rows) error {
				var id string
				err := rows.Scan(&id)
				queued = append(queued, id)
				return err
			}, "SELECT external_id FROM carrier_transfer_customer WHERE org_id = ? AND transfer_id = ? AND status = 'queued' ORDER BY external_id LIMIT ?", orgID, id, wecom.MaxTransfer)
		}); err != nil {
			return err
		}
		if len(queued) == 0 {
			break
		}
		if err := s.order(ctx, a, c, t, queued); err != nil {
			return err
		}
	}
	return s.checkTransfer(ctx, a, c, t)
}

// order hands customers over on the platform. A process that dies before the
// answer is kept asks again, and is told for each customer that they are being
// handed over already (40129): that counts as waiting.
func (s *Service) order(ctx context.Context, a *account, c *wecom.Client, t Transfer, externals []string) error {
	var list []wecom.Transferred
	var err error
	if t.Kind == TransferResigned {
		list, err = c.TransferResigned(ctx, t.FromUser, t.ToUser, externals)
	} else {
		list, err = c.Transfer(ctx, t.FromUser, t.ToUser, externals, t.Words)
	}
	refused := 0
	if err != nil {
		if k := wire.KindOf(err); k != wire.Operator && k != wire.Other && k != wire.Missing {
			return fmt.Errorf("carrier: hand-over: %w", err)
		}
		refused = wire.Code(err) // all of them
	}
	said := map[string]int{}
	for _, x := range list {
		said[x.ExternalID] = x.Code
	}
	return s.db.Write(context.WithoutCancel(ctx), a.org, func(tx *db.Tx) error {
		for _, id := range externals {
			status, code := transferWaiting, refused
			if n, ok := said[id]; ok && n != 40129 {
				code = n
			}
			if code != 0 || refused != 0 || err != nil {
				status = transferFailed
			}
			if _, err := tx.Exec(ctx, "UPDATE carrier_transfer_customer SET status = ?, code = ?, updated_at = ? WHERE org_id = ? AND transfer_id = ? AND external_id = ? AND status = 'queued'",
				status, code, s.micros(), a.org, t.ID, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkTransfer asks the platform how the waiting ones stand.
func (s *Service) checkTransfer(ctx context.Context, a *account, c *wecom.Client, t Transfer) error {
	for cursor := ""; ; {
		list, next, err := c.TransferResult(ctx, t.Kind == TransferResigned, t.FromUser, t.ToUser, cursor)
		if err != nil {
			return fmt.Errorf("carrier: hand-over: %w", err)
		}
		if err := s.db.Write(ctx, a.org, func(tx *db.Tx) error {
			for _, x := range list {
				status := map[int]string{wecom.TransferDone: transferDone, wecom.TransferRefused: transferRefused, wecom.TransferFull: transferFull}[x.Status]
				if status == "" {
					continue
				}
				if _, err := tx.Exec(ctx, "UPDATE carrier_transfer_customer SET status = ?, updated_at = ? WHERE org_id = ? AND transfer_id = ? AND external_id = ? AND status = 'waiting'",
					status, s.micros(), a.org, t.ID, x.ExternalID); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		if next == "" || next == cursor {
			break
		}
		cursor = next
	}
	return s.db.Write(ctx, a.org, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE carrier_transfer SET checked_at = ?, status = CASE WHEN EXISTS (SELECT 1 FROM carrier_transfer_customer x
			WHERE x.org_id = carrier_transfer.org_id AND x.transfer_id = carrier_transfer.id AND x.status IN ('queued', 'waiting')) THEN 'open' ELSE 'done' END WHERE org_id = ? AND id = ?`, s.micros(), a.org, t.ID)
		return err
	})
}

// OpenTransfers lists the hand-overs of all orgs that RunTransfer should look at.
func (s *Service) OpenTransfers(ctx context.Context) (out []struct{ OrgID, ID string }, err error) {
	err = s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		out = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var x struct{ OrgID, ID string }
			err := rows.Scan(&x.OrgID, &x.ID)
			out = append(out, x)
			return err
		}, "SELECT org_id, id FROM carrier_transfer WHERE status = 'open' ORDER BY org_id, id")
	})
	return out, err
}

// transferSettled notes how the hand-over of a customer ended, as a callback
// tells. With its last customer a hand-over is done. Callbacks about two of its
// customers wait for each other: else neither would be the last.
func (s *Service) transferSettled(ctx context.Context, tx *db.Tx, a *account, from, external, status string, code int64) error {
	if _, err := tx.Exec(ctx, `UPDATE carrier_transfer SET status = status WHERE org_id = ? AND account_id = ? AND status = 'open'
		AND id IN (SELECT transfer_id FROM carrier_transfer_customer WHERE org_id = ? AND external_id = ?)`, a.org, a.id, a.org, external); err != nil {
		return err
	}
	n, err := tx.Changed(ctx, `UPDATE carrier_transfer_customer SET status = ?, code = ?, updated_at = ? WHERE org_id = ? AND external_id = ? AND status IN ('queued', 'waiting')
		AND transfer_id IN (SELECT id FROM carrier_transfer WHERE org_id = ? AND account_id = ? AND (? = '' OR from_user = ?))`,
		status, code, s.micros(), a.org, external, a.org, a.id, from, from)
	if err != nil || n == 0 {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE carrier_transfer SET status = 'done' WHERE org_id = ? AND account_id = ? AND status = 'open'
		AND EXISTS (SELECT 1 FROM carrier_transfer_customer x WHERE x.org_id = carrier_transfer.org_id AND x.transfer_id = carrier_transfer.id AND x.external_id = ?)
		AND NOT EXISTS (SELECT 1 FROM carrier_transfer_customer x WHERE x.org_id = carrier_transfer.org_id AND x.transfer_id = carrier_transfer.id AND x.status IN ('queued', 'waiting'))`,
		a.org, a.id, external)
	return err
}
