package carrier

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// SendAsked is the state of a message that a member of staff must confirm in
// their own app before it goes.
const SendAsked = "asked"

// The states of what a member is asked to send.
const (
	massGathering = "gathering" // more receivers may join
	massAsking    = "asking"    // the platform is being asked, or may have been
	massAsked     = "asked"     // the member has it before them
	massDone      = "done"
	massCancelled = "cancelled"
	massFailed    = "failed"
)

const (
	massGather     = 3 * time.Second    // how long after the last one nobody else joins
	massGatherMost = 2 * time.Minute    // and after the first one
	massSpan       = 7 * 24 * time.Hour // how long members have, where nobody says
)

// MassOutcome is what became of a message that a member was asked to send.
type MassOutcome struct {
	Key    string
	Status string    // SendSent, SendFailed, SendCancelled
	Code   string    // failed: not_friend, too_many, or the platform's code; cancelled: unconfirmed, called_off
	Reason i18n.Text // failed, cancelled: for people
	At     time.Time // sent: when the member confirmed
}

// SendCancelled is the state of a message that nobody confirmed.
const SendCancelled = "cancelled"

// MassTeller learns what became of messages that members were asked to send.
type MassTeller interface {
	Told(ctx context.Context, tx *db.Tx, orgID string, all []MassOutcome) error
}

// SetMassTeller connects who wants to know what became of mass messages. Call
// it before Run.
func (s *Service) SetMassTeller(t MassTeller) { s.ports.Told = t }

// MassAddress is how customers are named to [Outbox.Deliver] over WeCom: who
// sends it, and to whom.
func MassAddress(userID, externalID string) string { return userID + "/" + externalID }

// massKey is what messages have in common that one confirmation covers.
type massKey struct{ sender, digest string }

type massGroup struct {
	massKey
	content string
	items   []int // places in what was handed over
}

func contentOf(parts []Part) (content, digest string, err error) {
	b, err := json.Marshal(parts)
	if err != nil {
		return "", "", err
	}
	sum := sha256.Sum256(b)
	return string(b), hex.EncodeToString(sum[:16]), nil
}

// askMembers keeps messages to customers until their members are asked: those of one
// plan, member and content in one go. It tells of each that it is asked, because
// from here on it is this module's to see to it. The same key again changes nothing.
func (s *Service) askMembers(ctx context.Context, a *account, all []Outgoing, told func(int, Delivered)) {
	groups := map[massKey]*massGroup{}
	to := make([]string, len(all))
	for i, m := range all {
		user, external, ok := strings.Cut(m.To, "/")
		if !ok || user == "" || external == "" || m.Key == "" || len(m.Key) > maxSendKey {
			told(i, Delivered{Receipt: refused(errs.InvalidField("to", i18n.T("收件人应是“成员/客户”", "The recipient is a member and a customer")))})
			continue
		}
		if _, err := massMessage(m.Parts); err != nil {
			told(i, Delivered{Receipt: refused(err)})
			continue
		}
		content, digest, err := contentOf(m.Parts)
		if err != nil {
			told(i, Delivered{Receipt: refused(err)})
			continue
		}
		to[i] = external
		k := massKey{user, digest}
		if groups[k] == nil {
			groups[k] = &massGroup{massKey: k, content: content}
		}
		groups[k].items = append(groups[k].items, i)
	}
	sorted := make([]*massGroup, 0, len(groups))
	for _, g := range groups {
		sorted = append(sorted, g)
	}
	slices.SortFunc(sorted, func(x, y *massGroup) int {
		return cmp.Or(cmp.Compare(x.sender, y.sender), cmp.Compare(x.digest, y.digest))
	})
	err := s.db.Write(ctx, a.org, func(tx *db.Tx) error { return s.gather(ctx, tx, a, sorted, all, to) })
	for _, g := range sorted {
		for _, i := range g.items {
			if err != nil {
				told(i, Delivered{Untried: true, Receipt: refused(err)})
				continue
			}
			told(i, Delivered{Receipt: Receipt{ID: all[i].Key, Status: SendAsked, At: s.now()}})
		}
	}
}

func (s *Service) gather(ctx context.Context, tx *db.Tx, a *account, groups []*massGroup, all []Outgoing, to []string) error {
	var keys []string
	for _, g := range groups {
		for _, i := range g.items {
			keys = append(keys, all[i].Key)
		}
	}
	had := map[string]bool{}
	where, arg := tx.In("key", keys)
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		had[key] = true
		return err
	}, "SELECT key FROM carrier_mass_send WHERE org_id = ? AND "+where, a.org, arg); err != nil {
		return err
	}
	for _, g := range groups {
		left := slices.DeleteFunc(slices.Clone(g.items), func(i int) bool { return had[all[i].Key] })
		for len(left) > 0 {
			m := mass{org: a.org, account: a.id, kind: wecom.MassSingle, origin: all[left[0]].Plan, sender: g.sender, digest: g.digest, content: g.content}
			n, err := s.join(ctx, tx, &m, len(left), all[left[0]].Until)
			if err != nil {
				return err
			}
			rows := massRows{}
			for _, i := range left[:n] {
				rows.add(all[i].Key, to[i], all[i].PersonID)
			}
			if err := rows.insert(ctx, tx, a.org, m.id); err != nil {
				return err
			}
			left = left[n:]
		}
	}
	tx.OnCommit(s.rouseMass)
	return nil
}

// join finds room for n receivers in a message that is being gathered, or makes
// one, and returns how many of them fit.
func (s *Service) join(ctx context.Context, tx *db.Tx, m *mass, n int, until time.Time) (int, error) {
	now := s.now()
	if until.IsZero() {
		until = now.Add(massSpan)
	}
	var size int
	if err := tx.QueryRow(ctx, `INSERT INTO carrier_mass (org_id, id, account_id, kind, origin, sender, digest, content, status, size, msgid, end_at, next_at, attempts, since, called_at, called_off, asked_at, confirmed_at, done_at, reminded, code, error_zh, error_en, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'gathering', 0, '', ?, ?, 0, 0, 0, 0, 0, 0, 0, '[]', '', '', '', ?)
		ON CONFLICT (org_id, account_id, origin, kind, sender, digest) WHERE status = 'gathering' DO UPDATE SET next_at = CASE WHEN excluded.next_at < carrier_mass.created_at + ? THEN excluded.next_at ELSE carrier_mass.created_at + ? END,
			end_at = CASE WHEN excluded.end_at > carrier_mass.end_at THEN excluded.end_at ELSE carrier_mass.end_at END RETURNING id, size`,
		m.org, ids.New("mas"), m.account, m.kind, m.origin, m.sender, m.digest, m.content, clock.Micros(until), clock.Micros(now.Add(s.o.MassGather)), clock.Micros(now), massGatherMost.Microseconds(), massGatherMost.Microseconds()).Scan(&m.id, &size); err != nil {
		return 0, fmt.Errorf("carrier: mass message: %w", err)
	}
	n = min(n, wecom.MaxMass-size)
	status := massGathering
	if size+n >= wecom.MaxMass {
		status = massAsking // it is full: the next one makes another
	}
	_, err := tx.Exec(ctx, "UPDATE carrier_mass SET size = size + ?, status = ? WHERE org_id = ? AND id = ?", n, status, m.org, m.id)
	return n, err
}

// massRows are receivers about to be stored.
type massRows struct{ key, to, person []string }

func (r *massRows) add(key, to, person string) {
	r.key, r.to, r.person = append(r.key, key), append(r.to, to), append(r.person, person)
}

func (r *massRows) insert(ctx context.Context, tx *db.Tx, orgID, massID string) error {
	n := len(r.key)
	_, err := tx.BulkInsert(ctx, "carrier_mass_send", "", db.Same("org_id", orgID, n), db.Text("key", r.key), db.Same("mass_id", massID, n), db.Text("recipient", r.to), db.Text("person_id", r.person),
		db.Same("status", "waiting", n), db.Same("code", "", n), db.Int("done_at", make([]int64, n)))
	return err
}

// RecallMass notes that what members were asked to send for a plan is not
// wanted any more; what becomes of it is told later. Who has confirmed has sent.
func (s *Service) RecallMass(ctx context.Context, tx *db.Tx, orgID, plan string) error {
	return s.callOff(ctx, tx, orgID, plan, wecom.MassSingle)
}

func (s *Service) callOff(ctx context.Context, tx *db.Tx, orgID, origin, kind string) error {
	_, err := tx.Exec(ctx, `UPDATE carrier_mass SET called_off = 1, next_at = CASE WHEN status = 'asking' THEN next_at ELSE ? END
		WHERE org_id = ? AND origin = ? AND kind = ? AND status IN ('gathering', 'asking', 'asked') AND called_off = 0`, s.micros(), orgID, origin, kind)
	tx.OnCommit(s.rouseMass)
	return err
}

// Friendship is a member of staff through whom a person can be written to.
type Friendship struct {
	PersonID, UserID, StaffID, ExternalID string
	Since                                 time.Time
}

// Friendships lists through whom persons can be written to over an account, the
// longest friendship of each first. Members who left or cannot confirm do not count.
func (s *Service) Friendships(ctx context.Context, tx *db.Tx, orgID, accountID string, personIDs []string) (out []Friendship, err error) {
	if len(personIDs) == 0 {
		return nil, nil
	}
	where, arg := tx.In("c.person_id", personIDs)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var f Friendship
		var since int64
		err := rows.Scan(&f.PersonID, &f.UserID, &f.StaffID, &f.ExternalID, &since)
		f.Since = clock.Time(since)
		out = append(out, f)
		return err
	}, `SELECT c.person_id, c.user_id, COALESCE(m.staff_id, ''), c.external_id, c.since FROM carrier_contact c LEFT JOIN carrier_staff m ON m.org_id = c.org_id AND m.account_id = c.account_id AND m.user_id = c.user_id
		WHERE c.org_id = ? AND c.account_id = ? AND c.status = 'friend' AND COALESCE(m.status, 'active') = 'active' AND `+where+` ORDER BY c.person_id, c.since, c.user_id`, orgID, accountID, arg)
}
