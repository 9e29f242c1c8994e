package inbox

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/plaintext"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// SubscriberName is the name under which the inbox follows the timeline.
const SubscriberName = "inbox"

// Subscribers returns the module's subscribers.
func (s *Service) Subscribers() []*timeline.Subscriber {
	return []*timeline.Subscriber{
		{
			Name:  SubscriberName,
			Kinds: []string{carrierevent.MessageReceived, carrierevent.MessageSent, carrierevent.MessageDelivered, carrierevent.MessageRead, carrierevent.MessageFailed, carrierevent.FriendTransferred, poolevent.Updated, poolevent.Merged, poolevent.Split},
			Lock:  lock, Handle: s.follow, Reset: s.reset,
		},
		{Name: DeskName, Kinds: []string{carrierevent.MessageReceived}, After: []string{SubscriberName}, Batch: 200, Lock: lock, Handle: s.serve},
		{Name: BoughtName, Kinds: []string{mallevent.OrderPaid}, After: []string{SubscriberName}, Handle: s.bought, Reset: s.forgetBought},
	}
}

// told is a message of the log.
type told struct {
	timeline.Event
	data carrierevent.Message
	conv string
	at   int64
}

// follow keeps the messages of a batch of events, and whose conversations are.
func (s *Service) follow(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	w, err := s.begin(ctx, tx, orgID)
	if err != nil {
		return err
	}
	said, err := readMessages(events)
	if err != nil {
		return err
	}
	var ids, convs []string
	for _, m := range said {
		ids, convs = append(ids, eventMessageID(m.ID)), append(convs, m.conv)
	}
	if err := w.load(ctx, convs); err != nil {
		return err
	}
	have, err := w.have(ctx, ids)
	if err != nil {
		return err
	}
	next := 0
	owners := map[string]bool{}
	for _, e := range events {
		switch e.Kind {
		case carrierevent.MessageReceived, carrierevent.MessageSent:
			if next == len(said) || said[next].ID != e.ID {
				continue // of nobody
			}
			m := said[next]
			if next++; have[eventMessageID(e.ID)] {
				continue
			}
			if err = w.hear(ctx, m); err == nil && w.known[m.conv] != nil && w.fresh[m.conv] {
				owners[w.known[m.conv].spoken] = true
			}
		case carrierevent.MessageDelivered, carrierevent.MessageRead, carrierevent.MessageFailed:
			err = w.outcome(ctx, e)
		case carrierevent.FriendTransferred:
			err = w.transferred(ctx, e)
		case poolevent.Merged, poolevent.Split:
			var people []string
			people, err = w.alias(ctx, e)
			for _, p := range people {
				owners[p] = true
			}
		case poolevent.Updated:
			owners[e.PersonID] = true
		}
		if err != nil {
			return err
		}
	}
	if err := w.own(ctx, owners); err != nil {
		return err
	}
	return w.finish(ctx)
}

func readMessages(events []timeline.Event) (out []told, err error) {
	for _, e := range events {
		if e.Kind != carrierevent.MessageReceived && e.Kind != carrierevent.MessageSent {
			continue
		}
		m := told{Event: e, at: clock.Micros(e.OccurredAt)}
		if err := e.Decode(&m.data); err != nil {
			return nil, err
		}
		if m.data.AccountID == "" || m.data.ExternalID == "" || e.PersonID == "" {
			continue
		}
		m.conv = conversationID(m.data.AccountID, m.data.ExternalID)
		out = append(out, m)
	}
	return out, nil
}

// have tells which messages are stored already.
func (w *work) have(ctx context.Context, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	if len(ids) == 0 {
		return out, nil
	}
	where, arg := w.tx.In("id", ids)
	rows, err := w.tx.Query(ctx, "SELECT id FROM inbox_message WHERE org_id = ? AND "+where, w.org, arg)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out[id] = true
	}
	return out, rows.Err()
}

// hear keeps one message of the log.
func (w *work) hear(ctx context.Context, m told) error {
	c := w.known[m.conv]
	if m.Kind == carrierevent.MessageSent {
		if c == nil { // nobody talks yet: see earlier
			return nil
		}
		return w.sentElsewhere(ctx, c, m)
	}
	if c == nil {
		c = &conversation{id: m.conv, account: m.data.AccountID, external: m.data.ExternalID, kind: m.Source, spoken: m.PersonID, spokenAt: m.at}
		var err error
		if c.person, err = w.speaker(ctx, m.PersonID); err != nil {
			return err
		}
		teams, err := w.teams(ctx)
		if err != nil {
			return err
		}
		c.team = teamFor(teams, c.account)
		w.make(c)
		if err := w.earlier(ctx, c, m); err != nil {
			return err
		}
	} else if err := w.named(ctx, c, m); err != nil {
		return err
	}
	c.kind = m.Source
	text := plaintext.Tidy(m.data.Text)
	kept := plaintext.Cut(text, maxText)
	in := &message{id: eventMessageID(m.ID), direction: DirectionIn, senderKind: senderPerson, sender: m.PersonID, kind: kindOf(m.data.Type), attachments: attachments(m.data), text: kept, cut: len(kept) < len(text), event: m.ID, at: m.at}
	if flood, err := w.tooFast(ctx, c, in); err != nil || flood {
		return err
	}
	return w.add(ctx, c, in)
}

// named takes note of whom a message names. The earliest counts: later ones
// name whoever speaks for them after a merge.
func (w *work) named(ctx context.Context, c *conversation, m told) error {
	if m.PersonID == c.spoken {
		c.spokenAt = min(c.spokenAt, m.at)
		return nil
	}
	now, err := w.speaker(ctx, m.PersonID)
	if err != nil {
		return err
	}
	if m.at < c.spokenAt || now != c.person && m.at >= c.lastIn { // or the contact is another person's by now
		c.spoken, c.spokenAt, c.person = m.PersonID, m.at, now
		return w.own(ctx, map[string]bool{m.PersonID: true})
	}
	return nil
}

const (
	floodMinute = 60_000_000 // microseconds
	floodKept   = 20         // messages a minute of one person that are kept in full
)

// tooFast counts a message instead of keeping it, when its minute has brought
// enough from the same person.
func (w *work) tooFast(ctx context.Context, c *conversation, m *message) (bool, error) {
	if c.incoming < floodKept {
		return false, nil
	}
	minute := m.at / floodMinute
	var n int64
	err := w.tx.QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM inbox_message WHERE org_id = ? AND conversation_id = ? AND direction = 'in' AND at >= ? AND at < ? LIMIT ?) AS said",
		w.org, c.id, minute*floodMinute, (minute+1)*floodMinute, floodKept).Scan(&n)
	if err != nil || n < floodKept {
		return false, err
	}
	w.touch(c)
	w.waits[c.id] = true
	one := *m
	c.heard(&one, 1)
	id := floodID(c.id, minute)
	var seq int64
	err = w.tx.QueryRow(ctx, "UPDATE inbox_message SET collapsed = collapsed + 1, n_in = ?, at = CASE WHEN at < ? THEN ? ELSE at END WHERE org_id = ? AND id = ? RETURNING seq", one.n, m.at, m.at, w.org, id).Scan(&seq)
	if !db.IsNoRows(err) {
		w.retell(c, seq)
		return true, err
	}
	c.lastSeq++
	f := &message{id: id, conversation: c.id, seq: c.lastSeq, n: one.n, direction: DirectionIn, senderKind: senderPerson, sender: m.sender, kind: typeFlood, collapsed: 1, event: "flood", at: m.at}
	if err := insertMessage(ctx, w.tx, w.org, f); err != nil {
		return true, err
	}
	c.latest(f)
	return true, nil
}

// sentElsewhere keeps what was sent to the customer; what was written here is
// here already.
func (w *work) sentElsewhere(ctx context.Context, c *conversation, m told) error {
	ours, err := w.ours(ctx, c, m)
	if err != nil || ours {
		return err
	}
	text := plaintext.Tidy(m.data.Text)
	kept := plaintext.Cut(text, maxText)
	out := &message{id: eventMessageID(m.ID), direction: DirectionOut, senderKind: senderSystem, kind: kindOf(m.data.Type), attachments: attachments(m.data), text: kept, cut: len(kept) < len(text), state: SendSent,
		event: m.ID, sendID: m.data.SendID, at: m.at}
	if m.data.SendID == "" && (m.data.UserID != "" || m.data.StaffID != "") { // staff answered in the platform's own app
		out.senderKind, out.sender = senderStaff, m.data.StaffID
		c.answeredAt = max(c.answeredAt, m.at)
		w.waits[c.id] = true
	}
	return w.add(ctx, c, out)
}

// ours tells whether something was written here.
func (w *work) ours(ctx context.Context, c *conversation, m told) (bool, error) {
	id, err := w.attempt(ctx, c.id, m.data.Key, m.data.SendID)
	return id.message != "", err
}

const earlierKept = 50 // of what was sent before somebody first wrote

// earlier takes in what was sent to a customer before they wrote for the first
// time: without an answer it is no conversation.
func (w *work) earlier(ctx context.Context, c *conversation, m told) error {
	sent, err := w.s.log.Persons(ctx, w.tx, w.org, timeline.Query{PersonIDs: []string{m.PersonID}, Kinds: []string{carrierevent.MessageSent}, Limit: earlierKept})
	if err != nil {
		return err
	}
	slices.Reverse(sent)
	said, err := readMessages(sent)
	if err != nil {
		return err
	}
	var ids []string
	for _, e := range said {
		ids = append(ids, eventMessageID(e.ID))
	}
	have, err := w.have(ctx, ids)
	if err != nil {
		return err
	}
	for _, e := range said {
		if e.conv != c.id || e.Position.Compare(m.Position) > 0 || have[eventMessageID(e.ID)] {
			continue // another account's, or its turn comes
		}
		if err := w.sentElsewhere(ctx, c, e); err != nil {
			return err
		}
	}
	return nil
}

// speaker is who speaks for a person now.
func (w *work) speaker(ctx context.Context, person string) (string, error) {
	var now string
	err := w.tx.QueryRow(ctx, "SELECT canonical_id FROM inbox_alias WHERE org_id = ? AND person_id = ?", w.org, person).Scan(&now)
	if db.IsNoRows(err) {
		return person, nil
	}
	return now, err
}

// alias applies a merge or a split to who speaks for whom, and returns whose
// conversations may belong to another now.
func (w *work) alias(ctx context.Context, e timeline.Event) ([]string, error) {
	var m poolevent.Merge
	if err := e.Decode(&m); err != nil {
		return nil, err
	}
	now := m.WinnerID
	if e.Kind == poolevent.Split {
		now = m.LoserID
	}
	for _, id := range m.Members {
		if _, err := w.tx.Exec(ctx, "INSERT INTO inbox_alias (org_id, person_id, canonical_id) VALUES (?, ?, ?) ON CONFLICT (org_id, person_id) DO UPDATE SET canonical_id = excluded.canonical_id", w.org, id, now); err != nil {
			return nil, err
		}
	}
	where, arg := w.tx.In("spoken_id", m.Members)
	theirs, err := conversations(ctx, w.tx, w.org, where, arg)
	if err != nil {
		return nil, err
	}
	for _, c := range theirs {
		if w.known[c.id] == nil {
			w.known[c.id] = c
		}
	}
	for _, c := range w.known { // those of this batch included
		if slices.Contains(m.Members, c.spoken) && c.person != now {
			c.person = now
			w.touch(c)
			w.kind[c.id] = feedAssigned
		}
	}
	return append(m.Members, m.WinnerID), nil
}

// own asks whose customers people are and notes it on their conversations.
func (w *work) own(ctx context.Context, people map[string]bool) error {
	ids := slices.Sorted(maps.Keys(people))
	if len(ids) == 0 {
		return nil
	}
	for _, column := range []string{"spoken_id", "person_id"} { // one by one: each has its index
		where, arg := w.tx.In(column, ids)
		theirs, err := conversations(ctx, w.tx, w.org, where, arg)
		if err != nil {
			return err
		}
		for _, c := range theirs {
			if w.known[c.id] == nil {
				w.known[c.id] = c
			}
		}
	}
	ask := map[string]bool{}
	for _, c := range w.known {
		if people[c.spoken] || people[c.person] {
			ask[c.person] = true
		}
	}
	if len(ask) == 0 {
		return nil
	}
	cards, err := w.s.ports.People.Cards(ctx, w.tx, w.org, slices.Sorted(maps.Keys(ask)))
	if err != nil {
		return fmt.Errorf("inbox: owners: %w", err)
	}
	for _, c := range w.known {
		card, ok := cards[c.person]
		if !ok || !ask[c.person] {
			continue
		}
		w.touch(c) // they may be called otherwise now
		if card.OwnerStaffID != c.owner {
			c.owner = card.OwnerStaffID
			w.kind[c.id] = feedAssigned
		}
	}
	return nil
}

// transferred gives a conversation to whoever the platform has handed the
// customer to, unless somebody was given it later.
func (w *work) transferred(ctx context.Context, e timeline.Event) error {
	var f carrierevent.Friend
	if err := e.Decode(&f); err != nil {
		return err
	}
	c, err := w.conversation(ctx, conversationID(f.AccountID, f.ExternalID))
	at := clock.Micros(e.OccurredAt)
	if err != nil || c == nil || f.StaffID == "" || c.assignedAt >= at {
		return err
	}
	return w.assign(ctx, c, f.StaffID, assignment{by: "system", at: at})
}

// reset empties what comes from the log. What staff did stays.
func (s *Service) reset(ctx context.Context, tx *db.Tx, orgID string) error {
	if err := lock(ctx, tx, orgID); err != nil {
		return err
	}
	if err := deleteMessages(ctx, tx, orgID, "event_id <> ''"); err != nil {
		return fmt.Errorf("inbox: reset: %w", err)
	}
	if _, err := tx.Exec(ctx, "DELETE FROM inbox_alias WHERE org_id = ?", orgID); err != nil {
		return err
	}
	// last_seq goes on: whoever asks for what came after a number sees the same
	// messages again, under the same ids.
	if _, err := tx.Exec(ctx, `UPDATE inbox_conversation SET incoming = 0, waiting_since = 0, first_in_at = 0, last_in_at = 0, person_id = spoken_id, last_at = 0, last_id = '', last_direction = '', last_type = '', last_text = ''
		WHERE org_id = ?`, orgID); err != nil {
		return fmt.Errorf("inbox: reset: %w", err)
	}
	written, err := messages(ctx, tx, orgID, "direction = 'out' ORDER BY at, id")
	if err != nil {
		return err
	}
	last := map[string]*message{}
	for _, m := range written {
		last[m.conversation] = m
	}
	for _, id := range slices.Sorted(maps.Keys(last)) {
		m := last[id]
		if _, err := tx.Exec(ctx, "UPDATE inbox_conversation SET last_at = ?, last_id = ?, last_direction = ?, last_type = ?, last_text = ? WHERE org_id = ? AND id = ?",
			m.at, m.id, m.direction, m.kind, preview(m.text), orgID, id); err != nil {
			return err
		}
	}
	return nil
}
