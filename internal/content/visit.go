package content

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"fishpond/internal/content/contentevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
	"fishpond/internal/timeline"
)

const (
	silence    = 5 * time.Minute // after which a visit is over
	slack      = 3 * time.Second // by which a browser's clock may run ahead of what can be
	keepPrints = 48 * time.Hour
	source     = "content"
)

// guest is whose browser asks for a page, as far as that can be told.
type guest struct {
	browser string // hash of its cookie; empty: it sent none
	fresh   string // hash of the cookie that it gets
	print   string // hash of where and in what it runs, on this day
}

// fingerprint is the same for the same browser in the same place on the same
// day, and for one link only. It is forgotten after two days.
func fingerprint(token, ip, agent string, now time.Time) string {
	h := sha256.Sum256(fmt.Appendf(nil, "radar\x00%s\x00%s\x00%s\x00%s", token, now.UTC().Format(time.DateOnly), ip, agent))
	return hex.EncodeToString(h[:16])
}

// enter counts that a page of a link was opened, and returns the visit. Opened
// again while a visit goes on, it is the same one.
func (s *Service) enter(ctx context.Context, l *link, v subject, materialID string, version int64, g guest) (visitID string, err error) {
	now := s.micros()
	err = s.db.Write(ctx, l.org, func(tx *db.Tx) error {
		// This also has those wait who open the same link at once: one is the first.
		n, err := tx.Changed(ctx, "UPDATE content_link SET visited_at = ? WHERE org_id = ? AND id = ? AND withdrawn_at = 0", now, l.org, l.id)
		if err != nil || n == 0 {
			return err
		}
		var first, print string
		if err := tx.QueryRow(ctx, "SELECT browser, print FROM content_link WHERE org_id = ? AND id = ?", l.org, l.id).Scan(&first, &print); err != nil {
			return err
		}
		browser, err := s.recognise(ctx, tx, l, g, first, print)
		if err != nil {
			return err
		}
		if first == "" {
			first = browser
			if _, err := tx.Exec(ctx, "UPDATE content_link SET browser = ?, print = ? WHERE org_id = ? AND id = ?", browser, g.print, l.org, l.id); err != nil {
				return err
			}
		}
		err = tx.QueryRow(ctx, "SELECT id FROM content_visit WHERE org_id = ? AND link_id = ? AND browser = ? AND material_id = ? AND told_at = 0 AND last_at > ? ORDER BY id DESC LIMIT 1",
			l.org, l.id, browser, materialID, now-silence.Microseconds()).Scan(&visitID)
		if err == nil {
			_, err = tx.Exec(ctx, "UPDATE content_visit SET last_at = ? WHERE org_id = ? AND id = ? AND last_at < ?", now, l.org, visitID, now)
			return err
		}
		if !db.IsNoRows(err) {
			return err
		}
		return s.begin(ctx, tx, l, v, materialID, version, browser, g.print, l.person != "" && browser != first, &visitID)
	})
	if err == nil && visitID != "" {
		s.streams.Wake(l.org)
	}
	return visitID, err
}

// recognise tells which browser it is: by its cookie, or, where it keeps none,
// by its place on this day.
func (s *Service) recognise(ctx context.Context, tx *db.Tx, l *link, g guest, first, print string) (browser string, err error) {
	if g.browser != "" {
		return g.browser, nil
	}
	if first != "" && print == g.print {
		return first, nil
	}
	err = tx.QueryRow(ctx, "SELECT browser FROM content_visit WHERE org_id = ? AND link_id = ? AND print = ? ORDER BY id DESC LIMIT 1", l.org, l.id, g.print).Scan(&browser)
	if db.IsNoRows(err) {
		return g.fresh, nil
	}
	return browser, err
}

// begin writes a visit down and tells the timeline of it.
func (s *Service) begin(ctx context.Context, tx *db.Tx, l *link, v subject, materialID string, version int64, browser, print string, forwarded bool, visitID *string) error {
	now := s.micros()
	*visitID = ids.New("mvs")
	person, err := s.speaker(ctx, tx, l)
	if err != nil {
		return err
	}
	who := "b:" + browser
	if person != "" && !forwarded {
		who = "p:" + person
	}
	if _, err := tx.Exec(ctx, `INSERT INTO content_visit (org_id, id, link_id, material_id, briefcase_id, version, staff_id, person_id, who, browser, print, forwarded, opened_at, last_at, shown_ms, depth, told_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)`,
		l.org, *visitID, l.id, materialID, l.briefcase, version, l.staff, l.person, who, browser, print, db.Bit(forwarded), now, now); err != nil || person == "" {
		return err
	}
	fact := timeline.Fact{Kind: contentevent.Opened, PersonID: person, OccurredAt: clock.Time(now), DedupeKey: contentevent.Opened + ":" + *visitID, Source: source,
		Data: contentevent.Visit{VisitID: *visitID, LinkID: l.id, MaterialID: materialID, BriefcaseID: l.briefcase, Title: v.title, Kind: v.kind, StaffID: l.staff}}
	if forwarded {
		fact.Kind, fact.DedupeKey = contentevent.Forwarded, contentevent.Forwarded+":"+l.id+":"+browser
	}
	_, err = s.log.Append(ctx, tx, l.org, fact)
	return err
}

// speaker is who speaks now for the person of a link; empty when nobody does.
func (s *Service) speaker(ctx context.Context, tx *db.Tx, l *link) (string, error) {
	if l.person == "" {
		return "", nil
	}
	names, err := s.People.Names(ctx, tx, l.org, []string{l.person})
	return names[l.person].ID, err
}

// beat takes what a browser tells of a visit: for how long the page was
// visible, and how much of it was seen. It cannot be more than has passed.
func (s *Service) beat(ctx context.Context, l *link, visitID string, shown time.Duration, depth int64) error {
	now := s.micros()
	var known bool
	err := s.db.Write(ctx, l.org, func(tx *db.Tx) error {
		var opened int64
		err := tx.QueryRow(ctx, "SELECT opened_at FROM content_visit WHERE org_id = ? AND id = ? AND link_id = ?", l.org, visitID, l.id).Scan(&opened)
		if db.IsNoRows(err) {
			return noSuchLink
		}
		if err != nil {
			return err
		}
		ms := min(max(shown.Milliseconds(), 0), (now-opened)/1000+slack.Milliseconds())
		n, err := tx.Changed(ctx, `UPDATE content_visit SET last_at = CASE WHEN last_at < ? THEN ? ELSE last_at END,
			shown_ms = CASE WHEN shown_ms < ? THEN ? ELSE shown_ms END, depth = CASE WHEN depth < ? THEN ? ELSE depth END WHERE org_id = ? AND id = ?`,
			now, now, ms, ms, min(max(depth, 0), 100), min(max(depth, 0), 100), l.org, visitID)
		known = n > 0
		return err
	})
	if err == nil && known {
		s.streams.Wake(l.org)
	}
	return err
}

// followed notes that the link or file of a page was gone to: all of it then.
func (s *Service) followed(ctx context.Context, l *link, visitID string) error {
	return s.beat(ctx, l, visitID, 0, 100)
}

func (s *Service) eachOrg(ctx context.Context, do func(org string) error) error {
	orgs, err := s.Orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	for _, org := range orgs {
		if err := do(org); err != nil {
			return fmt.Errorf("content: %s: %w", org, err)
		}
	}
	return nil
}

// Sweep tells the timeline of visits that are over, and forgets fingerprints.
// Call it once a minute.
func (s *Service) Sweep(ctx context.Context) error {
	return s.eachOrg(ctx, func(org string) error {
		for more := true; more; {
			var err error
			if more, err = s.sweep(ctx, org, 200); err != nil {
				return err
			}
		}
		return s.db.Write(ctx, org, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE content_visit SET print = '' WHERE org_id = ? AND told_at <> 0 AND last_at > ? AND last_at < ? AND print <> ''", org,
				clock.Micros(s.now().Add(-2*keepPrints)), clock.Micros(s.now().Add(-keepPrints)))
			return err
		})
	})
}

// ended is a visit that is over.
type ended struct {
	id string
	link
	material string
	who      string
	ms       int64
	depth    int64
	last     int64
}

func (s *Service) sweep(ctx context.Context, org string, most int) (more bool, err error) {
	now := s.micros()
	return more, s.db.Write(ctx, org, func(tx *db.Tx) error {
		more = false
		all, err := db.All(ctx, tx, func(rows *sql.Rows, e *ended) error {
			return rows.Scan(&e.id, &e.link.id, &e.material, &e.briefcase, &e.staff, &e.person, &e.who, &e.ms, &e.depth, &e.last)
		}, `UPDATE content_visit SET told_at = ? WHERE org_id = ? AND told_at = 0 AND id IN
			(SELECT id FROM content_visit WHERE org_id = ? AND told_at = 0 AND last_at <= ? ORDER BY last_at, id LIMIT ?)
			RETURNING id, link_id, material_id, briefcase_id, staff_id, person_id, who, shown_ms, depth, last_at`, now, org, org, now-silence.Microseconds(), most)
		if err != nil {
			return err
		}
		more = len(all) == most
		w := newWho(s, org)
		for _, e := range all {
			w.want(e.material, e.briefcase, e.person)
		}
		if len(all) == 0 {
			return nil
		}
		if err := w.look(ctx, tx); err != nil {
			return err
		}
		var facts []timeline.Fact
		for _, e := range all {
			person := w.persons[e.person].ID
			if person == "" || e.who[:2] != "p:" || e.ms == 0 {
				continue
			}
			v := contentevent.Visit{VisitID: e.id, LinkID: e.link.id, MaterialID: e.material, BriefcaseID: e.briefcase, StaffID: e.staff}
			v.Title, v.Kind = w.called(e.material, e.briefcase)
			facts = append(facts, timeline.Fact{Kind: contentevent.Read, PersonID: person, OccurredAt: clock.Time(e.last), DedupeKey: contentevent.Read + ":" + e.id, Source: source,
				Data: contentevent.Reading{Visit: v, Seconds: (e.ms + 500) / 1000, Depth: e.depth}})
		}
		_, err = s.log.Append(ctx, tx, org, facts...)
		return err
	})
}
