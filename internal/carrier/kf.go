package carrier

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/ids"
)

const (
	kfPage      = 100             // messages a fetch
	kfBudget    = 5 * time.Second // then the others have their turn
	kfFiles     = 4               // files that are fetched at once
	kfSkew      = 2 * time.Second // how far the clocks of two nodes may be apart
	kfStale     = time.Minute     // what is older is history: nobody is greeted for it
	kfQuiet     = 10 * time.Minute
	kfPollEvent = "kf_poll"
	kfBadCursor = 50100
	kfBadToken  = 95007
)

// deskOf finds the account that a callback is about: a corp has one address for
// all its customer service accounts, and may share it with its other apps.
func (s *Service) deskOf(ctx context.Context, a *account, in incoming) (*account, incoming, error) {
	if in.desk == "" || in.desk == a.settings["open_kfid"] {
		return a, in, nil
	}
	var found *account
	err := s.db.Read(ctx, a.org, func(tx *db.Tx) error {
		all, err := s.accounts(ctx, tx, a.org, KindKf)
		for _, k := range all {
			if k.platform == in.desk && k.settings["corp_id"] == a.settings["corp_id"] {
				found = k
			}
		}
		return err
	})
	if err != nil {
		return nil, in, err
	}
	if found == nil || found.status != StatusActive { // kept, and shown as nobody's
		in.known = false
		return a, in, nil
	}
	return found, in, nil
}

// applyKf fetches what happened at a customer service account, page by page.
// The cursor moves with what it has passed, so that a process that dies loses
// nothing; the ids of messages keep what comes twice from being told twice.
func (s *Service) applyKf(ctx context.Context, a *account, j job) error {
	if j.event != wecom.KfEvent && j.event != kfPollEvent {
		return s.db.Write(ctx, j.org, func(tx *db.Tx) error { return s.finish(ctx, tx, j) })
	}
	token := ""
	if j.event == wecom.KfEvent {
		e, err := wecom.ParseEvent(j.payload)
		if err != nil {
			return err
		}
		token = e.Token
	}
	desk := a.settings["open_kfid"]
	c := s.wecomOf(a, slotContact, impatient)
	began := s.now()
	for page := 0; ; page++ {
		cursor, synced, err := s.kfPlace(ctx, a)
		if err != nil {
			return err
		}
		if page == 0 && synced > j.received+kfSkew.Microseconds() { // another callback has brought it
			return s.db.Write(ctx, j.org, func(tx *db.Tx) error { return s.finish(ctx, tx, j) })
		}
		p, err := c.Fetch(ctx, desk, cursor, token, kfPage)
		switch wire.Code(err) {
		case kfBadToken: // it was good for ten minutes
			token = ""
			p, err = c.Fetch(ctx, desk, cursor, token, kfPage)
		case kfBadCursor: // it is forgotten there: once more from the beginning, three days ago
			p, err = c.Fetch(ctx, desk, "", token, kfPage)
		}
		if err != nil {
			return err
		}
		b := &kfBatch{s: s, a: a, page: p, from: cursor, lastTry: j.attempts >= fetchTries}
		if err := b.prepare(ctx, c); err != nil {
			return err
		}
		last := p.More == 0
		if err := s.db.Write(ctx, j.org, func(tx *db.Tx) error {
			if err := b.keep(ctx, tx); err != nil {
				return err
			}
			if !last {
				return nil
			}
			if _, err := tx.Exec(ctx, "UPDATE carrier_kf SET synced_at = ? WHERE org_id = ? AND account_id = ? AND synced_at < ?", clock.Micros(began), a.org, a.id, clock.Micros(began)); err != nil {
				return err
			}
			return s.finish(ctx, tx, j)
		}); err != nil {
			return err
		}
		for _, code := range b.welcomes {
			if err := s.welcomeNow(ctx, a, code); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
		if s.now().Sub(began) > kfBudget {
			return s.putBack(ctx, j)
		}
	}
}

// putBack lets others have their turn: what was done is kept, and it is no
// failed attempt.
func (s *Service) putBack(ctx context.Context, j job) error {
	return s.db.Write(ctx, j.org, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE carrier_callback SET next_at = ?, attempts = 0 WHERE org_id = ? AND id = ? AND status = 'stored' AND attempts = ?", s.micros(), j.org, j.id, j.attempts)
		if err == nil {
			tx.OnCommit(s.rouse)
		}
		return err
	})
}

// kfPlace is how far an account has been fetched.
func (s *Service) kfPlace(ctx context.Context, a *account) (cursor string, synced int64, err error) {
	err = s.db.Read(ctx, a.org, func(tx *db.Tx) error {
		err := tx.QueryRow(ctx, "SELECT cursor, synced_at FROM carrier_kf WHERE org_id = ? AND account_id = ?", a.org, a.id).Scan(&cursor, &synced)
		if db.IsNoRows(err) {
			return nil
		}
		return err
	})
	return cursor, synced, err
}

// pollKf asks for what happened at accounts of which nobody has told for a
// while: a callback may be lost.
func (s *Service) pollKf(ctx context.Context) error {
	return s.eachOrg(ctx, func(ctx context.Context, org string) (int, error) {
		var due []*account
		before := clock.Micros(s.now().Add(-kfQuiet))
		if err := s.db.Read(ctx, org, func(tx *db.Tx) error {
			all, err := s.accounts(ctx, tx, org, KindKf)
			if err != nil {
				return err
			}
			due = nil
			for _, a := range all {
				var waits bool
				if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM carrier_callback WHERE org_id = ? AND account_id = ? AND status = 'stored')
					OR EXISTS (SELECT 1 FROM carrier_kf WHERE org_id = ? AND account_id = ? AND synced_at >= ?)`, org, a.id, org, a.id, before).Scan(&waits); err != nil {
					return err
				}
				if a.status == StatusActive && !waits && a.updated < before {
					due = append(due, a)
				}
			}
			return nil
		}); err != nil {
			return 0, err
		}
		for _, a := range due {
			in := incoming{event: kfPollEvent, subject: "kf:" + a.platform, dedupe: "poll:" + ids.New("p"), occurred: s.micros(), known: true}
			if err := s.store(ctx, a, in); err != nil {
				return 0, err
			}
		}
		return 0, nil // once is enough
	}, "SELECT DISTINCT org_id FROM carrier_account WHERE kind = ? AND status = ?", KindKf, StatusActive)
}

// patrons asks who customers are.
func (s *Service) patrons(ctx context.Context, a *account, external []string) (map[string]*profile, error) {
	out := map[string]*profile{}
	for part := range slices.Chunk(external, 100) {
		list, err := s.wecomOf(a, slotContact, impatient).Patrons(ctx, part)
		if err != nil {
			return out, err
		}
		for _, p := range list {
			out[p.ID] = profileOf(wecom.External{Name: p.Name, Gender: p.Gender, UnionID: p.UnionID}, nil)
		}
	}
	return out, nil
}

// kfBatch is one page of what happened, being worked off.
type kfBatch struct {
	s       *Service
	a       *account
	page    wecom.KfPage
	from    string // the cursor before it
	lastTry bool   // files that do not come are left out

	profiles map[string]*profile
	files    map[string]*received // by message id
	welcomes []string             // codes of rows that were made
}

// external is the customer whom a message is about.
func kfExternal(m wecom.KfMessage) string {
	if m.Type == "event" {
		return m.Event.External
	}
	return m.External
}

// prepare fetches what the page needs, outside of any transaction: who new
// customers are, and the files.
func (b *kfBatch) prepare(ctx context.Context, c *wecom.Client) error {
	b.page.Messages = slices.DeleteFunc(b.page.Messages, func(m wecom.KfMessage) bool {
		return m.ID == "" || len(m.ID) > maxID || len(kfExternal(m)) > maxID || len(m.Servicer) > maxID
	})
	if err := b.fetchProfiles(ctx); err != nil {
		return err
	}
	return b.fetchFiles(ctx, c)
}

func (b *kfBatch) fetchProfiles(ctx context.Context) error {
	var strangers []string
	for _, m := range b.page.Messages {
		if e := kfExternal(m); e != "" && !slices.Contains(strangers, e) {
			strangers = append(strangers, e)
		}
	}
	if len(strangers) == 0 {
		return nil
	}
	if err := b.s.db.Read(ctx, b.a.org, func(tx *db.Tx) error {
		ties, err := tiesOf(ctx, tx, b.a.org, b.a.id, strangers)
		for _, t := range ties {
			if t.name != "" {
				strangers = without(strangers, t.external)
			}
		}
		return err
	}); err != nil {
		return err
	}
	brief, cancel := context.WithTimeout(ctx, profileWithin)
	defer cancel()
	var err error
	if b.profiles, err = b.s.patrons(brief, b.a, strangers); err != nil { // messages do not wait; it is asked again
		b.s.logger.InfoContext(ctx, "the platform does not say yet who wrote", "account", b.a.id, "error", err)
	}
	return nil
}

// fetchFiles gets the files that are not here yet. Each is kept by itself, so
// that a page with many comes to its end.
func (b *kfBatch) fetchFiles(ctx context.Context, c *wecom.Client) error {
	b.files = map[string]*received{}
	var g errgroup.Group
	g.SetLimit(kfFiles)
	for _, m := range b.page.Messages {
		kind, mediaID := kfFile(m)
		if mediaID == "" {
			continue
		}
		r := &received{id: attachedID(b.a.id, m.ID, 0), at: occurredAt(m.Sent), Attachment: carrierevent.Attachment{Kind: kind}}
		b.files[m.ID] = r
		g.Go(func() error {
			if err := r.known(ctx, b.s, b.a); err != nil || r.MediaID != "" {
				return err
			}
			if err := r.fetch(ctx, c.Download, mediaID, b.lastTry); err != nil || r.content == nil {
				return err
			}
			return b.s.db.Write(ctx, b.a.org, func(tx *db.Tx) error {
				x := r.Attachment
				if err := attach(ctx, tx, b.a, r.id, r.content, r.at, &x); err != nil {
					return err
				}
				r.Attachment, r.content = x, nil
				return nil
			})
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("carrier: a file of a message: %w", err)
	}
	return nil
}

// known fills the attachment in when its file is here already.
func (r *received) known(ctx context.Context, s *Service, a *account) error {
	return s.db.Read(ctx, a.org, func(tx *db.Tx) error {
		m, err := mediaByID(ctx, tx, a.org, r.id)
		if errs.Is(err, errs.CodeNotFound) { // it is fetched then
			return nil
		}
		r.MediaID, r.Kind, r.Name, r.Type, r.Bytes = m.ID, m.Kind, m.Name, m.Type, m.Bytes
		return err
	})
}

func kfFile(m wecom.KfMessage) (kind, mediaID string) {
	switch m.Type {
	case "image":
		return carrierevent.AttachedImage, m.Image.MediaID
	case "voice":
		return carrierevent.AttachedVoice, m.Voice.MediaID
	case "video":
		return carrierevent.AttachedVideo, m.Video.MediaID
	case "file":
		return carrierevent.AttachedFile, m.File.MediaID
	}
	return "", ""
}
