package care

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/fulltext"
)

// hashed is an id made of what something is called elsewhere: the same again.
func hashed(prefix string, parts ...string) string {
	sum := sha256.Sum256([]byte(db.JSON(parts)))
	return prefix + "_" + hex.EncodeToString(sum[:16])
}

func (m *Archived) thread() string { return hashed("thr", m.UserID, m.ExternalID, m.RoomID) }
func (m *Archived) id() string     { return hashed("arc", m.ID) }

// PullAll takes what sidecars have, for all orgs that have one. One that fails
// keeps nobody else's from being taken.
func (s *Service) PullAll(ctx context.Context) error {
	var orgs []string
	err := s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) (err error) {
		orgs, err = db.All(ctx, tx, func(r *sql.Rows, id *string) error { return r.Scan(id) }, "SELECT org_id FROM care_org WHERE org_id <> '' AND archive_on = 1")
		return err
	})
	for _, org := range orgs {
		if _, e := s.Pull(ctx, org); e != nil && ctx.Err() == nil {
			s.logger.WarnContext(ctx, "the session archive could not be taken", "org", org, "error", e)
		}
	}
	return err
}

// Pulled tells what a pull brought.
type Pulled struct {
	Stored   int64 `json:"stored"`
	Dropped  int64 `json:"dropped" doc:"Of customers who had not agreed"`
	Repeated int64 `json:"repeated" doc:"Known already"`
}

// Pull takes what the org's sidecar has, to its end. The place up to which it
// was taken commits with what was taken, so that a message told twice is
// stored once and none is left out, whenever the process dies.
func (s *Service) Pull(ctx context.Context, orgID string) (sum Pulled, err error) {
	s.pull.Lock()
	defer s.pull.Unlock()
	for ctx.Err() == nil {
		one, more, err := s.pullOnce(ctx, orgID)
		sum.Stored, sum.Dropped, sum.Repeated = sum.Stored+one.Stored, sum.Dropped+one.Dropped, sum.Repeated+one.Repeated
		if err != nil {
			return sum, errors.Join(err, s.noteProblem(ctx, orgID, err))
		}
		if !more {
			return sum, nil
		}
	}
	return sum, ctx.Err()
}

func (s *Service) noteProblem(ctx context.Context, orgID string, err error) error {
	p, ok := errors.AsType[problem](err)
	if !ok || ctx.Err() != nil {
		return nil // our own trouble; it is logged
	}
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE care_org SET archive_at = ?, archive_code = ? WHERE org_id = ?", s.micros(), p.code, orgID)
		return err
	})
}

func (s *Service) pullOnce(ctx context.Context, orgID string) (sum Pulled, more bool, err error) {
	var o settings
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		o, err = settingsOf(ctx, tx, orgID)
		return err
	}); err != nil {
		return sum, false, err
	}
	if !o.on || o.url == "" {
		return sum, false, nil
	}
	token := ""
	if o.token != "" {
		plain, err := s.Sealer.Open(orgID, tokenPurpose, o.token)
		if err != nil {
			return sum, false, problem{problemSealed, err}
		}
		token = string(plain)
	}
	got, err := s.ask(ctx, o.url, token, o.seq)
	if err != nil {
		return sum, false, err
	}
	agreed, dropped, err := s.agreed(ctx, orgID, got.Messages)
	if err != nil {
		return sum, false, err
	}
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		sum = Pulled{Dropped: dropped}
		if len(got.Messages) == 0 {
			_, err := tx.Exec(ctx, "UPDATE care_org SET archive_at = ?, archive_code = '' WHERE org_id = ?", s.micros(), orgID)
			return err
		}
		to := got.Messages[len(got.Messages)-1].Seq
		n, err := tx.Changed(ctx, "UPDATE care_org SET archive_seq = ?, archive_at = ?, archive_code = '' WHERE org_id = ? AND archive_seq = ? AND archive_url = ? AND archive_on = 1", to, s.micros(), orgID, o.seq, o.url)
		if err != nil {
			return err
		}
		if n == 0 { // another node was faster, or the sidecar is another now
			sum, got.More = Pulled{}, false
			return nil
		}
		if sum.Stored, err = s.store(ctx, tx, orgID, agreed); err != nil {
			return err
		}
		sum.Repeated = int64(len(agreed)) - sum.Stored
		_, err = tx.Exec(ctx, "UPDATE care_org SET archive_stored = archive_stored + ?, archive_dropped = archive_dropped + ? WHERE org_id = ?", sum.Stored, sum.Dropped, orgID)
		return err
	})
	return sum, got.More, err
}

// agreed are the messages that may be stored. In a group each customer's own
// words count; what members of the corp say there is theirs.
func (s *Service) agreed(ctx context.Context, orgID string, all []Archived) (out []Archived, dropped int64, err error) {
	asked := map[Pair]bool{}
	for _, m := range all {
		if m.ExternalID != "" {
			asked[Pair{m.UserID, m.ExternalID}] = true
		}
	}
	yes := map[Pair]bool{}
	if len(asked) > 0 {
		pairs := slices.Collect(maps.Keys(asked))
		if yes, err = s.Consent.Agreed(ctx, orgID, pairs); err != nil {
			return nil, 0, problem{problemAgreed, err}
		}
	}
	for _, m := range all {
		if m.ExternalID != "" && !yes[Pair{m.UserID, m.ExternalID}] {
			dropped++
			continue
		}
		out = append(out, m)
	}
	return out, dropped, nil
}

// store keeps messages and what follows from them, and tells how many are new.
func (s *Service) store(ctx context.Context, tx *db.Tx, orgID string, all []Archived) (n int64, err error) {
	if len(all) == 0 {
		return 0, nil
	}
	var users, externals []string
	for _, m := range all {
		users, externals = append(users, m.UserID), append(externals, m.ExternalID)
	}
	staff, err := s.Staff.ByUserID(ctx, tx, orgID, distinct(users))
	if err != nil {
		return 0, fmt.Errorf("care: archive: %w", err)
	}
	persons, err := s.People.ByExternal(ctx, tx, orgID, distinct(externals))
	if err != nil {
		return 0, fmt.Errorf("care: archive: %w", err)
	}
	zone, err := s.Orgs.Zone(ctx, tx, orgID)
	if err != nil {
		return 0, err
	}
	b, err := s.book(ctx, tx, orgID)
	if err != nil {
		return 0, err
	}
	var cases []heard
	for _, m := range all {
		fresh, err := insertMessage(ctx, tx, orgID, &m)
		if err != nil {
			return n, err
		}
		if !fresh {
			continue
		}
		n++
		at := clock.Micros(m.at)
		if err := touchThread(ctx, tx, orgID, &m, staff[m.UserID], persons[m.ExternalID], at); err != nil {
			return n, err
		}
		if m.AmountMinor > 0 {
			kind := "transfer"
			if m.Type == "redpacket" || m.Type == "red_packet" {
				kind = "red_packet"
			}
			if err := putMoney(ctx, tx, orgID, zone, money{id: m.id(), source: "archive", kind: kind, direction: m.Direction, staff: staff[m.UserID], account: m.UserID, person: persons[m.ExternalID], minor: m.AmountMinor, currency: m.Currency, at: at}); err != nil {
				return n, err
			}
		}
		h := heard{dedupe: "archive " + m.id(), source: sourceArchive, direction: m.Direction, text: m.Text, person: persons[m.ExternalID], external: m.ExternalID, staff: staff[m.UserID], message: m.id(), at: at}
		if h.hits = b.find(m.Text, m.Direction); len(h.hits) > 0 {
			cases = append(cases, h)
		}
	}
	_, err = s.raise(ctx, tx, orgID, cases)
	return n, err
}

func distinct(list []string) []string {
	list = slices.DeleteFunc(list, func(s string) bool { return s == "" })
	slices.Sort(list)
	return slices.Compact(list)
}

// insertMessage stores a message with what it is found by, unless it is there.
func insertMessage(ctx context.Context, tx *db.Tx, orgID string, m *Archived) (bool, error) {
	id, at := m.id(), clock.Micros(m.at)
	doc := fulltext.Doc(id, at)
	n, err := tx.Changed(ctx, "INSERT INTO care_message (org_id, id, thread_id, seq, direction, sender_id, type, text, amount_minor, currency, at, doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		orgID, id, m.thread(), m.Seq, m.Direction, senderOf(m), m.Type, m.Text, m.AmountMinor, m.Currency, at, doc)
	if err != nil {
		return false, fmt.Errorf("care: archived message: %w", err)
	}
	if n == 0 {
		return false, nil
	}
	return true, index.Put(ctx, tx, orgID, doc, m.Text)
}

// index is what archived messages are found by.
const index = fulltext.Index("care_message_fts")

func senderOf(m *Archived) string {
	if m.Direction == DirectionIn {
		return m.ExternalID
	}
	return m.UserID
}

func touchThread(ctx context.Context, tx *db.Tx, orgID string, m *Archived, staff, person string, at int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO care_thread (org_id, id, user_id, external_id, room_id, staff_id, person_id, messages, first_at, last_at) VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (org_id, id) DO UPDATE SET messages = care_thread.messages + 1,
		staff_id = CASE WHEN excluded.staff_id = '' THEN care_thread.staff_id ELSE excluded.staff_id END, person_id = CASE WHEN excluded.person_id = '' THEN care_thread.person_id ELSE excluded.person_id END,
		first_at = CASE WHEN excluded.first_at < care_thread.first_at THEN excluded.first_at ELSE care_thread.first_at END,
		last_at = CASE WHEN excluded.last_at > care_thread.last_at THEN excluded.last_at ELSE care_thread.last_at END`,
		orgID, m.thread(), m.UserID, m.ExternalID, m.RoomID, staff, person, at, at)
	if err != nil {
		return fmt.Errorf("care: thread: %w", err)
	}
	return nil
}

// cleanStep is how many messages a transaction deletes.
const cleanStep = 500

// CleanAll deletes from every org's archive what is past its time.
func (s *Service) CleanAll(ctx context.Context) error {
	orgs, err := s.Orgs.OrgIDs(ctx)
	for _, org := range orgs {
		if _, e := s.Clean(ctx, org); e != nil {
			err = errors.Join(err, fmt.Errorf("org %s: %w", org, e))
		}
	}
	return err
}

// Clean deletes from an org's archive what is past its time, and tells how many
// messages. What stands in cases stays.
func (s *Service) Clean(ctx context.Context, orgID string) (total int64, err error) {
	ctx = access.With(ctx, access.ForSystem(orgID, "care"))
	for {
		var n int64
		err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
			n = 0
			o, err := settingsOf(ctx, tx, orgID)
			if err != nil {
				return err
			}
			before := clock.Micros(s.now().Add(-time.Duration(o.retentionDays) * 24 * time.Hour))
			n, err = deleteMessages(ctx, tx, orgID, before)
			if err != nil || n == 0 {
				return err
			}
			if _, err := tx.Exec(ctx, "UPDATE care_org SET archive_deleted = archive_deleted + ? WHERE org_id = ?", n, orgID); err != nil {
				return err
			}
			return s.Auditor.Audit(ctx, tx, "care.archive.deleted", "archive", "", map[string]any{"messages": n, "older_than_days": o.retentionDays})
		})
		if total += n; err != nil || n < cleanStep {
			return total, err
		}
	}
}

func deleteMessages(ctx context.Context, tx *db.Tx, orgID string, before int64) (int64, error) {
	type gone struct {
		id, thread string
		doc        int64
	}
	old, err := db.All(ctx, tx, func(r *sql.Rows, g *gone) error { return r.Scan(&g.id, &g.thread, &g.doc) },
		"SELECT id, thread_id, doc FROM care_message WHERE org_id = ? AND at < ? ORDER BY at LIMIT ?", orgID, before, cleanStep)
	if err != nil || len(old) == 0 {
		return 0, err
	}
	var ids []string
	var docs []int64
	threads := map[string]int64{}
	for _, g := range old {
		ids = append(ids, g.id)
		threads[g.thread]++
		docs = append(docs, g.doc)
	}
	if err := index.Remove(ctx, tx, orgID, docs); err != nil {
		return 0, err
	}
	where, arg := tx.In("id", ids)
	if _, err := tx.Exec(ctx, "DELETE FROM care_message WHERE org_id = ? AND "+where, orgID, arg); err != nil {
		return 0, err
	}
	for _, t := range slices.Sorted(maps.Keys(threads)) {
		if _, err := tx.Exec(ctx, "UPDATE care_thread SET messages = messages - ?, first_at = COALESCE((SELECT min(at) FROM care_message m WHERE m.org_id = ? AND m.thread_id = ?), first_at) WHERE org_id = ? AND id = ?", threads[t], orgID, t, orgID, t); err != nil {
			return 0, err
		}
	}
	_, err = tx.Exec(ctx, "DELETE FROM care_thread WHERE org_id = ? AND messages <= 0", orgID)
	return int64(len(old)), err
}
