package inbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

const (
	maxStreams  = 1000 // of one org on this node
	keptFrames  = 2000 // changes that are shared by the streams of an org
	feedPage    = 500  // changes read at once
	maxReplay   = 2000 // changes that a stream replays; beyond it the reader loads anew
	frameTexts  = 50   // messages of one conversation in one change; the rest is loaded
	buildWithin = 10 * time.Second
)

// frame is a change as streams tell it: made once, told to many.
type frame struct {
	n            int64
	kind         string
	conv         *conversation
	conversation json.RawMessage               // a Conversation but for what depends on the reader
	messages     map[i18n.Lang]json.RawMessage // reasons why something failed are words
	reads        map[string]int64
	present      []Presence
	typing       *time.Time // the customer, until then
}

// hub wakes the streams of this process, and reads each change for all of them.
type hub struct {
	mu   sync.Mutex
	orgs map[string]*orgHub
	stop chan struct{}
	once sync.Once
}

// orgHub is what the streams of one org share.
type orgHub struct {
	mu      sync.Mutex // held while changes are read
	frames  []frame
	last    int64 // the number of the last change that was read; -1: see start
	waiting map[chan struct{}]bool

	told atomic.Int64 // grows with each change in this process
	read int64        // told when changes were last read
	asks int          // by streams that look for what other nodes changed
}

func newHub() hub { return hub{orgs: map[string]*orgHub{}, stop: make(chan struct{})} }

// StopStreams ends all streams, for a server that stops: it waits for requests,
// and these would not end by themselves.
func (s *Service) StopStreams() { s.hub.once.Do(func() { close(s.hub.stop) }) }

var tooManyStreams = errs.TooMany(i18n.T("同时打开的收件箱太多，请关闭一些窗口", "Too many inboxes are open; close some windows"), time.Minute)

// join adds a stream.
func (h *hub) join(orgID string) (o *orgHub, wake chan struct{}, leave func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	o = h.orgs[orgID]
	if o == nil {
		o = &orgHub{last: -1, read: -1, waiting: map[chan struct{}]bool{}}
		h.orgs[orgID] = o
	}
	if len(o.waiting) >= maxStreams {
		return nil, nil, nil, tooManyStreams
	}
	wake = make(chan struct{}, 1)
	o.waiting[wake] = true
	return o, wake, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if delete(o.waiting, wake); len(o.waiting) == 0 && h.orgs[orgID] == o {
			delete(h.orgs, orgID)
		}
	}, nil
}

// start says from where on changes are read for all.
func (o *orgHub) start(n int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last < 0 {
		o.last = n
	}
}

// changed wakes the streams of an org.
func (h *hub) changed(orgID string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if o := h.orgs[orgID]; o != nil {
		o.told.Add(1)
		for wake := range o.waiting {
			select {
			case wake <- struct{}{}:
			default: // is about to look anyway
			}
		}
	}
}

// must tells whether the database has to be looked at: something changed here,
// or it is time to look for what other nodes changed. Many streams ask for that;
// two looks in the time in which each asks once will do.
func (o *orgHub) must(poll bool, streams int) bool {
	told := o.told.Load()
	if poll {
		if o.asks++; o.asks < streams/2 {
			poll = false
		} else {
			o.asks = 0
		}
	}
	if !poll && o.read == told {
		return false
	}
	o.read = told
	return true
}

func (h *hub) streams(o *orgHub) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(o.waiting)
}

// since returns the changes behind n. poll: also look for those of other nodes.
// reload: they are not kept any more, or too many.
func (s *Service) since(ctx context.Context, o *orgHub, orgID string, n int64, poll bool) (out []frame, reload bool, err error) {
	streams := 0
	if poll {
		streams = s.hub.streams(o)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	// Whoever waits for the lock finds it read: one reading serves them all. It
	// is finished even if the one who began it leaves.
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), buildWithin)
	defer cancel()
	for o.must(poll, streams) {
		fresh, err := s.build(within, orgID, o.last, feedPage)
		if err != nil {
			o.read = -1 // it is still to be read
			return nil, false, err
		}
		if len(fresh) == 0 {
			break
		}
		o.frames = append(o.frames, fresh...)
		o.last = fresh[len(fresh)-1].n
		if len(o.frames) > 2*keptFrames {
			o.frames = slices.Clone(o.frames[len(o.frames)-keptFrames:])
		}
		if len(fresh) < feedPage {
			break
		}
		o.read = -1 // there may be more
	}
	if n >= o.last {
		return nil, false, nil
	}
	if len(o.frames) > 0 && o.frames[0].n <= n+1 { // numbers have no gaps
		return o.frames[n+1-o.frames[0].n:], false, nil
	}
	var kept int64
	if err := s.db.Read(within, orgID, func(tx *db.Tx) error {
		return tx.QueryRow(within, "SELECT COALESCE((SELECT kept_from FROM inbox_org WHERE org_id = ?), 0)", orgID).Scan(&kept)
	}); err != nil {
		return nil, false, err
	}
	if n < kept || o.last-n > maxReplay {
		return nil, true, nil
	}
	for after := n; after < o.last; {
		fresh, err := s.build(within, orgID, after, feedPage)
		if err != nil || len(fresh) == 0 {
			return out, false, err
		}
		out, after = append(out, fresh...), fresh[len(fresh)-1].n
	}
	return out, false, nil
}

// feedEnd is the number of the last change.
func (s *Service) feedEnd(ctx context.Context, orgID string) (n int64, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, "SELECT COALESCE((SELECT feed FROM inbox_org WHERE org_id = ?), 0)", orgID).Scan(&n)
	})
	return n, err
}

type feedRow struct {
	n                  int64
	kind, conversation string
	after              int64
}

// build makes frames of the changes behind n. Several changes of one
// conversation are told once, with the last: the others stay empty.
func (s *Service) build(ctx context.Context, orgID string, n int64, most int) (out []frame, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		out = nil
		var rows []feedRow
		if err := tx.Each(ctx, func(r *sql.Rows) error {
			var f feedRow
			err := r.Scan(&f.n, &f.kind, &f.conversation, &f.after)
			rows = append(rows, f)
			return err
		}, "SELECT n, kind, conversation_id, after_seq FROM inbox_feed WHERE org_id = ? AND n > ? ORDER BY n LIMIT ?", orgID, n, most); err != nil || len(rows) == 0 {
			return err
		}
		latest := map[string]*feedRow{}
		for i := range rows {
			r := &rows[i]
			if was := latest[r.conversation]; was != nil {
				r.after = min(r.after, was.after)
				if was.kind == feedAssigned || was.kind == feedConversation && r.kind == feedPresence {
					r.kind = was.kind
				}
			}
			latest[r.conversation] = r
		}
		made, err := s.frames(ctx, tx, orgID, latest)
		if err != nil {
			return err
		}
		for i := range rows {
			f := frame{n: rows[i].n}
			if latest[rows[i].conversation] == &rows[i] {
				f = made[rows[i].conversation]
			}
			out = append(out, f)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("inbox: feed: %w", err)
	}
	return out, nil
}

func (s *Service) frames(ctx context.Context, tx *db.Tx, orgID string, of map[string]*feedRow) (map[string]frame, error) {
	ids := make([]string, 0, len(of))
	for id := range of {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	found, err := conversationsByID(ctx, tx, orgID, ids)
	if err != nil {
		return nil, err
	}
	all := make([]*conversation, 0, len(found))
	for _, c := range found {
		all = append(all, c)
	}
	names, err := s.faces(ctx, tx, orgID, all...)
	if err != nil {
		return nil, err
	}
	read := map[string]map[string]int64{}
	where, arg := tx.In("conversation_id", ids)
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id, staff string
		var n int64
		err := rows.Scan(&id, &staff, &n)
		if read[id] == nil {
			read[id] = map[string]int64{}
		}
		read[id][staff] = n
		return err
	}, "SELECT conversation_id, staff_id, read_n FROM inbox_reader WHERE org_id = ? AND "+where, orgID, arg); err != nil {
		return nil, err
	}
	out := map[string]frame{}
	for id, row := range of {
		f := frame{n: row.n, kind: row.kind, conv: found[id], reads: read[id]}
		if f.conv == nil {
			out[id] = frame{n: row.n}
			continue
		}
		if f.present, err = s.presenceOf(ctx, tx, orgID, id, "", names.staff); err != nil {
			return nil, err
		}
		if f.typing, err = s.customerTypes(ctx, tx, orgID, id); err != nil {
			return nil, err
		}
		if f.conversation, err = json.Marshal(names.show(f.conv)); err != nil {
			return nil, err
		}
		var fresh []*message
		if row.kind != feedPresence && row.after < f.conv.lastSeq {
			if fresh, err = messages(ctx, tx, orgID, "conversation_id = ? AND seq > ? ORDER BY seq LIMIT ?", id, row.after, frameTexts); err != nil {
				return nil, err
			}
		}
		if f.messages, err = s.worded(ctx, tx, orgID, fresh); err != nil {
			return nil, err
		}
		out[id] = f
	}
	return out, nil
}

// worded are messages as JSON for readers of each language. They differ only
// where something failed.
func (s *Service) worded(ctx context.Context, tx *db.Tx, orgID string, of []*message) (map[i18n.Lang]json.RawMessage, error) {
	out := map[i18n.Lang]json.RawMessage{}
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		shown, err := s.shownMessages(i18n.With(ctx, lang), tx, orgID, of)
		if err != nil {
			return nil, err
		}
		if out[lang], err = json.Marshal(shown); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(shown, func(m Message) bool {
			return slices.ContainsFunc(m.Attempts, func(t Attempt) bool { return t.Reason != "" })
		}) {
			out[i18n.EN] = out[lang]
			break
		}
	}
	return out, nil
}
