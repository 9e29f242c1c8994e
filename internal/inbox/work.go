package inbox

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
)

// work is one transaction's changes of an org's inbox. Conversations are read
// once, changed in memory, and saved by finish, which also tells the feed.
type work struct {
	s     *Service
	tx    *db.Tx
	org   string
	now   int64
	known map[string]*conversation
	fresh map[string]bool   // made by this work
	dirty map[string]int64  // conversation → its last seq before
	kind  map[string]string // conversation → what the feed says
	waits map[string]bool   // who waits must be worked out

	teamsOf map[string]*Team // nil: not read yet; see teams
}

// begin takes the lock of the org's inbox.
func (s *Service) begin(ctx context.Context, tx *db.Tx, orgID string) (*work, error) {
	w := &work{s: s, tx: tx, org: orgID, now: s.micros(), known: map[string]*conversation{}, fresh: map[string]bool{}, dirty: map[string]int64{}, kind: map[string]string{}, waits: map[string]bool{}}
	return w, lock(ctx, tx, orgID)
}

// change writes to the inbox of whoever acts.
func (s *Service) change(ctx context.Context, orgID string, fn func(w *work) error) error {
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		w, err := s.begin(ctx, tx, orgID)
		if err != nil {
			return err
		}
		if err := fn(w); err != nil {
			return err
		}
		return w.finish(ctx)
	})
}

func (w *work) load(ctx context.Context, ids []string) error {
	var missing []string
	for _, id := range ids {
		if w.known[id] == nil {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	found, err := conversationsByID(ctx, w.tx, w.org, missing)
	maps.Copy(w.known, found)
	return err
}

// conversation returns one to be changed; nil when there is none.
func (w *work) conversation(ctx context.Context, id string) (*conversation, error) {
	err := w.load(ctx, []string{id})
	return w.known[id], err
}

// touch notes that a conversation changes.
func (w *work) touch(c *conversation) {
	if _, ok := w.dirty[c.id]; !ok {
		w.dirty[c.id] = c.lastSeq
	}
}

// retell notes that a message changes which was told of before.
func (w *work) retell(c *conversation, seq int64) {
	w.touch(c)
	w.dirty[c.id] = min(w.dirty[c.id], seq-1)
}

// make adds a conversation that is new.
func (w *work) make(c *conversation) {
	c.status, c.created = StatusOpen, w.now
	w.known[c.id], w.fresh[c.id] = c, true
	w.touch(c)
}

// add stores a message at the end of its conversation.
func (w *work) add(ctx context.Context, c *conversation, m *message) error {
	w.touch(c)
	c.lastSeq++
	m.conversation, m.seq = c.id, c.lastSeq
	if m.direction == DirectionIn {
		c.heard(m, max(1, m.collapsed))
		w.waits[c.id] = true
	}
	if err := insertMessage(ctx, w.tx, w.org, m); err != nil {
		return err
	}
	c.latest(m)
	return nil
}

// heard counts what came in.
func (c *conversation) heard(m *message, n int64) {
	c.incoming += n
	m.n = c.incoming
	c.lastIn = max(c.lastIn, m.at)
	if c.firstIn == 0 || m.at < c.firstIn {
		c.firstIn = m.at
	}
}

// latest shows a message in lists if none is later. What happened to the
// conversation, and what staff say among themselves, does not move it.
func (c *conversation) latest(m *message) {
	if m.direction == DirectionSystem || m.direction == DirectionNote || m.at < c.lastAt || m.at == c.lastAt && m.id < c.lastID {
		return
	}
	c.lastAt, c.lastID, c.lastDirection, c.lastType, c.lastText = m.at, m.id, m.direction, m.kind, preview(m.text)
}

// system notes in the conversation what happened to it.
func (w *work) system(ctx context.Context, c *conversation, by, text string) error {
	return w.add(ctx, c, &message{id: ids.New("msg"), direction: DirectionSystem, senderKind: senderSystem, sender: by, kind: "event", text: text, at: w.now})
}

// finish saves what changed, and tells it.
func (w *work) finish(ctx context.Context) error {
	changed := slices.Sorted(maps.Keys(w.dirty))
	if len(changed) == 0 {
		return nil
	}
	for _, id := range changed {
		c := w.known[id]
		c.settle(w.now)
		if w.waits[id] || c.waitingSince > 0 {
			if err := w.waiting(ctx, c); err != nil {
				return err
			}
		}
		if err := w.spell(ctx, c); err != nil {
			return err
		}
		c.updated = w.now
		if err := saveConversation(ctx, w.tx, w.org, c); err != nil {
			return err
		}
	}
	return w.tell(ctx, changed)
}

// waiting finds the oldest incoming message that nobody answered.
func (w *work) waiting(ctx context.Context, c *conversation) error {
	if c.waitingSince = 0; c.incoming <= c.settled() {
		return nil
	}
	err := w.tx.QueryRow(ctx, "SELECT COALESCE(min(at), 0) FROM inbox_message WHERE org_id = ? AND conversation_id = ? AND direction = 'in' AND n_in > ? AND at > ?", w.org, c.id, c.settled(), c.answeredAt).Scan(&c.waitingSince)
	if err != nil {
		return fmt.Errorf("inbox: waiting: %w", err)
	}
	return nil
}

// spell begins the stretch that is measured: from the customer's first message
// until it is resolved.
func (w *work) spell(ctx context.Context, c *conversation) error {
	if !w.waits[c.id] || c.waitingSince == 0 {
		return nil
	}
	_, err := w.tx.Exec(ctx, `INSERT INTO inbox_spell (org_id, conversation_id, number, account_id, opened_at, first_reply_at, first_reply_by, replies, resolved_at, resolved_by, team_id)
		VALUES (?, ?, ?, ?, ?, 0, '', 0, 0, '', ?) ON CONFLICT (org_id, conversation_id, number) DO NOTHING`, w.org, c.id, c.spell, c.account, c.waitingSince, c.team)
	return err
}

// tell numbers the changes, in the order in which they will be committed, and
// wakes who waits for them.
func (w *work) tell(ctx context.Context, changed []string) error {
	var last int64
	if err := w.tx.QueryRow(ctx, "INSERT INTO inbox_org (org_id, feed, kept_from) VALUES (?, ?, 0) ON CONFLICT (org_id) DO UPDATE SET feed = inbox_org.feed + ? RETURNING feed",
		w.org, len(changed), len(changed)).Scan(&last); err != nil {
		return fmt.Errorf("inbox: feed: %w", err)
	}
	n := len(changed)
	numbers, kinds, after, at := make([]int64, n), make([]string, n), make([]int64, n), make([]int64, n)
	for i, id := range changed {
		numbers[i], kinds[i], after[i], at[i] = last-int64(n)+int64(i)+1, feedConversation, w.dirty[id], w.now
		if k := w.kind[id]; k != "" {
			kinds[i] = k
		}
	}
	if _, err := w.tx.BulkInsert(ctx, "inbox_feed", "", db.Same("org_id", w.org, n), db.Int("n", numbers), db.Text("kind", kinds), db.Text("conversation_id", changed),
		db.Int("after_seq", after), db.Int("at", at)); err != nil {
		return err
	}
	w.tx.OnCommit(func() { w.s.hub.changed(w.org) })
	return nil
}

// The kinds of changes in the feed.
const (
	feedConversation = "conversation"
	feedAssigned     = "assigned" // who may see it may have changed
	feedPresence     = "presence"
)
