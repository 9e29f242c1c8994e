package reach

import (
	"context"
	"encoding/json"
	"fmt"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// newMessages are the columns of messages that are added to a plan.
type newMessages struct {
	person, account, carrier, recipient, others, variant, data, status, why, entry []string
	due, until                                                                     []int64
	n                                                                              []int64
	from                                                                           int64
}

// texts are the columns of texts.
func (m *newMessages) texts() []*[]string {
	return []*[]string{&m.person, &m.account, &m.carrier, &m.recipient, &m.others, &m.variant, &m.data, &m.status, &m.why, &m.entry}
}

const longestKey = 200

// newRows are the messages to recipients, the same one once; end is the plan's
// (0: none).
func newRows(r []Recipient, after, end int64) (*newMessages, error) {
	m := &newMessages{from: after}
	type who struct{ person, entry string }
	seen := make(map[who]bool, len(r))
	for _, one := range r {
		if len(one.Key) > longestKey {
			return nil, errs.InvalidField("key", i18n.T("键最长 200 字节", "A key has up to 200 bytes"))
		}
		id := who{person: one.PersonID}
		if one.Key != "" {
			id = who{entry: one.Key}
		}
		if one.PersonID == "" || seen[id] {
			continue
		}
		seen[id] = true
		first, others := Address{}, ""
		if len(one.Addresses) > 0 {
			first = one.Addresses[0]
		}
		if len(one.Addresses) > 1 {
			b, err := json.Marshal(one.Addresses[1:])
			if err != nil {
				return nil, err
			}
			others = string(b)
		}
		due, until := clock.Micros(one.NotBefore), clock.Micros(one.Until)
		last := earlier(end, until)
		status, why := Planned, ""
		switch {
		case one.Variant == Holdout:
			status, why, due = Held, WhyHoldout, 0
		case len(one.Addresses) == 0:
			status, why, due = Held, WhyNoAddress, 0
		case due != 0 && last != 0 && due >= last:
			status, why, due = Held, WhyExpired, 0
		case due != 0:
			status, why = Waiting, WhyLocalTime
		}
		m.person, m.account, m.carrier, m.recipient = append(m.person, one.PersonID), append(m.account, first.AccountID), append(m.carrier, first.Carrier), append(m.recipient, first.To)
		m.others, m.variant, m.data, m.entry = append(m.others, others), append(m.variant, one.Variant), append(m.data, string(one.Data)), append(m.entry, one.Key)
		m.status, m.why, m.due, m.until = append(m.status, status), append(m.why, why), append(m.due, due), append(m.until, until)
	}
	return m, nil
}

// earlier is the earlier of two ends, of which 0 is none.
func earlier(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// leaveOut drops those who are in the plan already, and numbers the others.
func (m *newMessages) leaveOut(ctx context.Context, tx *db.Tx, orgID, planID string) error {
	if m.from > 0 {
		var persons, entries []string
		for i, e := range m.entry {
			if e == "" {
				persons = append(persons, m.person[i])
			} else {
				entries = append(entries, e)
			}
		}
		have, err := among(ctx, tx, "person_id", "entry = ''", orgID, planID, persons)
		if err != nil {
			return err
		}
		keys, err := among(ctx, tx, "entry", "entry <> ''", orgID, planID, entries)
		if err != nil {
			return err
		}
		if len(have)+len(keys) > 0 {
			m.drop(have, keys)
		}
	}
	for i := range m.person {
		m.n = append(m.n, m.from+int64(i)+1)
	}
	return nil
}

// among tells which of the values stand in a column of the plan's messages.
func among(ctx context.Context, tx *db.Tx, column, which, orgID, planID string, values []string) (map[string]bool, error) {
	if len(values) == 0 {
		return nil, nil
	}
	where, arg := tx.In(column, values)
	found, err := texts(ctx, tx, "SELECT "+column+" FROM reach_message WHERE org_id = ? AND plan_id = ? AND "+which+" AND "+where, orgID, planID, arg)
	if err != nil {
		return nil, fmt.Errorf("reach: who is in the plan: %w", err)
	}
	out := make(map[string]bool, len(found))
	for _, v := range found {
		out[v] = true
	}
	return out, nil
}

func (m *newMessages) drop(persons, entries map[string]bool) {
	left := 0
	for i := range m.person {
		if m.entry[i] == "" && persons[m.person[i]] || m.entry[i] != "" && entries[m.entry[i]] {
			continue
		}
		for _, col := range m.texts() {
			(*col)[left] = (*col)[i]
		}
		m.due[left], m.until[left] = m.due[i], m.until[i]
		left++
	}
	for _, col := range m.texts() {
		*col = (*col)[:left]
	}
	m.due, m.until = m.due[:left], m.until[:left]
}

func (m *newMessages) insert(ctx context.Context, tx *db.Tx, orgID, planID string, now int64) error {
	k := len(m.person)
	id, zero, at := make([]string, k), make([]int64, k), make([]int64, k)
	for i := range id {
		id[i], at[i] = ids.New("msg"), now
	}
	_, err := tx.BulkInsert(ctx, "reach_message", "", db.Same("org_id", orgID, k), db.Same("plan_id", planID, k), db.Int("n", m.n), db.Text("id", id), db.Text("person_id", m.person),
		db.Text("account_id", m.account), db.Text("carrier", m.carrier), db.Text("recipient", m.recipient), db.Text("others", m.others), db.Text("variant", m.variant), db.Text("data", m.data),
		db.Text("status", m.status), db.Text("why", m.why), db.Same("detail_zh", "", k), db.Same("detail_en", "", k), db.Int("due_at", m.due), db.Int("tries", zero), db.Same("batch_id", "", k),
		db.Int("reserved_at", zero), db.Int("changed_at", at), db.Text("entry", m.entry), db.Int("until_at", m.until))
	return err
}
