package journey

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/walk"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/timeline"
)

// round is one batch of walks: what is known is read, everybody walks as far as
// they can in memory, and then all of it is written in one transaction, for those
// whom nobody else has moved meanwhile.
type round struct {
	*Service
	orgID    string
	now      int64
	org      OrgSettings
	journeys []string

	runs     []*run
	rows     map[string]*row // journeys by id
	editions map[string]*edition
	places   map[string]Place // by the run's person
	people   map[string]Known
	letters  map[string]Letter // by run
	tags     map[string]bool
	known    timeline.Position
	accounts []Account
	ways     map[string]map[string][]Address // by edition and step

	who    map[string]*roaring.Bitmap // by predicate
	broken map[string]bool
	events map[string]func(json.RawMessage) bool // by kind and condition

	walked []walked
	missed bool // somebody was moved while they walked
}

// walked is how far one came.
type walked struct {
	run *run
	to  walk.Result
}

func editionKey(r *run) string { return fmt.Sprintf("%s/%d", r.journey, r.version) }

// batch takes the first who are due, and says how many walked, and whether somebody
// is due besides or again.
func (s *Service) batch(ctx context.Context, orgID string, journeys []string) (n int, more bool, err error) {
	w := &round{Service: s, orgID: orgID, now: s.micros(), journeys: journeys}
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error { return w.read(ctx, tx) }); err != nil {
		return 0, false, err
	}
	if len(w.runs) == 0 {
		return 0, false, nil
	}
	if err := w.judge(ctx); err != nil {
		return 0, false, err
	}
	more = len(w.runs) == s.o.Batch
	for _, r := range w.runs {
		w.walk(r)
		to := w.walked[len(w.walked)-1].to
		more = more || to.Status == "" && to.Due > 0 && to.Due <= w.now
	}
	if s.o.Planned != nil {
		s.o.Planned()
	}
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error { return w.commit(ctx, tx, w.walked) })
	if err == nil || db.IsTransient(err) || ctx.Err() != nil {
		return len(w.runs), more || w.missed, err
	}
	s.logger.WarnContext(ctx, "a batch of walks failed, trying each by itself", "org", orgID, "error", err)
	return len(w.runs), more, w.oneByOne(ctx)
}

// read reads who is due, in their order, and what is known of them.
func (w *round) read(ctx context.Context, tx *db.Tx) (err error) {
	unread, err := w.Reading.Unread(ctx, tx, w.orgID)
	if err != nil {
		return err
	}
	if unread == 0 {
		unread = w.now + 1
	}
	w.runs = nil
	for _, id := range w.journeys {
		// Whether something happened in time is known when all is read that was
		// recorded by then.
		of, err := runsWhere(ctx, tx, w.orgID, "journey_id = ? AND status = 'active' AND due_at > 0 AND due_at <= ? AND (wait <> 'event' OR due_at < ?) ORDER BY due_at, id LIMIT ?", id, w.now, unread, w.o.Batch)
		if err != nil {
			return err
		}
		w.runs = append(w.runs, of...)
	}
	slices.SortFunc(w.runs, func(a, b *run) int { return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.id, b.id)) })
	if len(w.runs) > w.o.Batch {
		w.runs = w.runs[:w.o.Batch]
	}
	if len(w.runs) == 0 {
		return nil
	}
	if w.org, err = w.Orgs.Settings(ctx, tx, w.orgID); err != nil {
		return err
	}
	if w.known, err = w.Conditions.Known(ctx, tx, w.orgID); err != nil {
		return err
	}
	return w.readAbout(ctx, tx)
}

// readAbout reads what walks ask for, no more.
func (w *round) readAbout(ctx context.Context, tx *db.Tx) (err error) {
	w.editions, w.rows = map[string]*edition{}, map[string]*row{}
	var all, portraits []string
	waiting := map[string][]*run{} // for messages, by step
	var message, tags bool
	for _, r := range w.runs {
		key := editionKey(r)
		if w.editions[key] == nil {
			if w.editions[key], err = w.edition(ctx, tx, w.orgID, r.journey, r.version); err != nil {
				return err
			}
		}
		if w.rows[r.journey] == nil {
			of, err := leanRows(ctx, tx, w.orgID, "id = ?", r.journey)
			if err != nil {
				return err
			}
			w.rows[r.journey] = of[0] // its runs are there
		}
		all = append(all, r.person)
		a := w.editions[key].ahead[r.Step]
		if a == nil {
			continue
		}
		if a.person {
			portraits = append(portraits, r.person)
		}
		message, tags = message || a.message, tags || a.pool
		if r.Wait == walk.Message {
			waiting[r.journey+"\x00"+r.Step] = append(waiting[r.journey+"\x00"+r.Step], r)
		}
	}
	if w.places, err = w.People.Speakers(ctx, tx, w.orgID, unique(all)); err != nil {
		return err
	}
	if w.people, err = w.People.Persons(ctx, tx, w.orgID, unique(portraits)); err != nil {
		return err
	}
	if w.letters, err = w.lettersOf(ctx, tx, waiting); err != nil {
		return err
	}
	w.tags = map[string]bool{}
	if tags {
		known, err := w.People.Tags(ctx, tx, w.orgID)
		if err != nil {
			return err
		}
		for _, t := range known {
			w.tags[t.ID] = true
		}
	}
	w.ways = map[string]map[string][]Address{}
	if !message {
		return nil
	}
	w.accounts, err = w.Accounts.Accounts(ctx, tx, w.orgID)
	return err
}

// lettersOf tells what became of messages that are waited for, by run.
func (w *round) lettersOf(ctx context.Context, tx *db.Tx, waiting map[string][]*run) (map[string]Letter, error) {
	out := map[string]Letter{}
	for _, key := range sorted(waiting) {
		of := waiting[key]
		e := w.editions[editionKey(of[0])]
		plan, err := planOf(ctx, tx, w.orgID, of[0].journey, of[0].Step, e.Purpose)
		if err != nil {
			return nil, err
		}
		keys := make([]string, len(of))
		for i, r := range of {
			keys[i] = actKey(r.id, r.Visit)
		}
		found, err := w.Outbox.Letters(ctx, tx, w.orgID, plan, keys)
		if err != nil {
			return nil, err
		}
		for i, r := range of {
			l, ok := found[keys[i]]
			if !ok {
				l = Letter{Status: "failed", Why: "lost"}
			}
			out[r.id] = l
		}
	}
	return out, nil
}

func actKey(runID string, visit int64) string { return fmt.Sprintf("%s:%d", runID, visit) }

func unique(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// lagging tells whether conditions do not know yet what brought them here.
func (w *round) lagging(r *run) bool {
	return r.fact != (timeline.Position{}) && r.fact.Compare(w.known) > 0
}

// judge asks the conditions that may come on the way of anybody, each once for
// all.
func (w *round) judge(ctx context.Context) error {
	w.who, w.broken, w.events = map[string]*roaring.Bitmap{}, map[string]bool{}, map[string]func(json.RawMessage) bool{}
	ask := map[string]*roaring.Bitmap{}
	for _, r := range w.runs {
		a, at := w.editions[editionKey(r)].ahead[r.Step], w.places[r.person]
		if a == nil || at.ID == "" {
			continue
		}
		for _, st := range a.steps {
			for _, way := range st.Ways {
				switch text := whenOf(st, way); {
				case st.Kind == graph.Property:
					if err := w.readEvent(ctx, r.kind, way.When); err != nil {
						return err
					}
				case text != "" && !w.lagging(r):
					if ask[text] == nil {
						ask[text] = roaring.New()
					}
					ask[text].Add(at.Seq)
				}
			}
		}
	}
	for _, text := range sorted(ask) {
		who, err := w.Conditions.Among(ctx, w.orgID, text, ask[text])
		switch {
		case unreadable(err):
			w.broken[text] = true
		case err != nil:
			return fmt.Errorf("journey: condition: %w", err)
		default:
			w.who[text] = who
		}
	}
	return nil
}

func unreadable(err error) bool {
	return errs.Is(err, errs.CodeInvalid) || errs.Is(err, errs.CodeNotFound) || errs.Is(err, errs.CodeConflict)
}

// whenOf is the predicate of a way; empty: it has none about persons.
func whenOf(s *graph.Step, way graph.Way) string {
	switch s.Kind {
	case graph.Branch:
		if way.Bound != "" {
			return way.Bound
		}
		return way.When
	case graph.Reachable:
		return "reachable " + way.When
	}
	return ""
}

func (w *round) readEvent(ctx context.Context, kind, where string) error {
	key := kind + "\x00" + where
	if w.events[key] != nil || w.broken[key] {
		return nil
	}
	holds, err := w.Conditions.Event(ctx, w.orgID, kind, where)
	if unreadable(err) {
		w.broken[key] = true
		return nil
	}
	w.events[key] = holds
	return err
}

// walk has one walk as far as they can.
func (w *round) walk(r *run) {
	at, is := w.places[r.person]
	if !is {
		w.walked = append(w.walked, walked{r, walk.Result{State: r.State, Status: Cancelled, Why: WhyGone}})
		return
	}
	e := w.editions[editionKey(r)]
	who := w.people[r.person]
	look := walk.Look{
		Now:  w.now,
		Zone: zoneOf(who.Zone, w.org.Zone),
		Holds: func(s *graph.Step, way int) walk.Truth {
			if s.Kind == graph.Property {
				key := r.kind + "\x00" + s.Ways[way].When
				if w.broken[key] {
					return walk.Unreadable
				}
				return truth(w.events[key](json.RawMessage(r.data)))
			}
			if w.lagging(r) {
				return walk.Unknown
			}
			text := whenOf(s, s.Ways[way])
			if w.broken[text] {
				return walk.Unreadable
			}
			return truth(w.who[text] != nil && w.who[text].Contains(at.Seq))
		},
		Date: func(trait string) (time.Time, bool) { return who.date(trait) },
		Can:  func(s *graph.Step) (string, string) { return w.can(s, who) },
		Fate: func() walk.Fate { return w.fate(r) },
	}
	w.walked = append(w.walked, walked{r, walk.On(r.journey, r.id, &e.Graph, r.State, look)})
}

func truth(is bool) walk.Truth {
	if is {
		return walk.Yes
	}
	return walk.No
}

// date is a date that is known of a person.
func (k Known) date(trait string) (time.Time, bool) {
	text, _ := k.Traits[trait].(string)
	if trait == "birthday" && text == "" {
		text = k.Birthday
	}
	if len(text) > len(time.DateOnly) {
		text = text[:len(time.DateOnly)]
	}
	t, err := time.Parse(time.DateOnly, text)
	return t, err == nil
}

// can tells why a step cannot be done for somebody.
func (w *round) can(s *graph.Step, who Known) (outcome, why string) {
	switch s.Kind {
	case graph.Tag:
		if !w.tags[s.Use] {
			return walk.WasFailed, "no_tag"
		}
	case graph.Task:
		if who.Owner == "" {
			return walk.Skipped, "no_staff"
		}
	}
	return "", ""
}

// fate tells what became of what somebody waits for.
func (w *round) fate(r *run) walk.Fate {
	if r.Wait == walk.Answered {
		return r.fate()
	}
	l := w.letters[r.id]
	if l.Open {
		return walk.Fate{Why: l.Why}
	}
	f := walk.Fate{Over: true, Outcome: l.Status, Why: l.Why}
	f.Failed = l.Status != "sent" && l.Status != "delivered" && l.Status != "read"
	if l.Status == "delivered" || l.Status == "read" {
		f.Outcome = "sent"
	}
	return f
}

// zoneOf is whose clock counts for a person: theirs, else the brand's.
func zoneOf(name string, brand *time.Location) *time.Location {
	if name != "" && name != "Local" {
		if z, err := time.LoadLocation(name); err == nil {
			return z
		}
	}
	return brand
}

// oneByOne has each of a batch that failed walk by itself; who cannot is looked at
// again later, ever less often.
func (w *round) oneByOne(ctx context.Context) error {
	for _, one := range w.walked {
		err := w.db.Write(ctx, w.orgID, func(tx *db.Tx) error { return w.commit(ctx, tx, []walked{one}) })
		if err == nil {
			continue
		}
		if db.IsTransient(err) || ctx.Err() != nil {
			return err
		}
		w.logger.ErrorContext(ctx, "somebody cannot walk on, will try again", "org", w.orgID, "journey", one.run.journey, "run", one.run.id, "step", one.run.Step, "error", err)
		r := *one.run
		r.tries++
		r.Due = w.now + int64(min(time.Hour, time.Minute<<min(r.tries, 10))/time.Microsecond)
		if err := w.db.Write(ctx, w.orgID, func(tx *db.Tx) error {
			again := r
			_, err := saveRuns(ctx, tx, w.orgID, []*run{&again})
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// planOf is the plan of a step; empty: there is none yet.
func planOf(ctx context.Context, tx *db.Tx, orgID, journeyID, step, purpose string) (id string, err error) {
	err = tx.QueryRow(ctx, "SELECT plan_id FROM journey_plan WHERE org_id = ? AND journey_id = ? AND step = ? AND purpose = ?", orgID, journeyID, step, purpose).Scan(&id)
	if db.IsNoRows(err) {
		err = nil
	}
	return id, err
}

// plansOf are the plans of a journey.
func plansOf(ctx context.Context, tx *db.Tx, orgID, journeyID string) ([]string, error) {
	return db.All(ctx, tx, func(r *sql.Rows, id *string) error { return r.Scan(id) }, "SELECT plan_id FROM journey_plan WHERE org_id = ? AND journey_id = ? ORDER BY plan_id", orgID, journeyID)
}
