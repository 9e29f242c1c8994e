package facts

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// SubscriberName is the name under which the facts follow the timeline, and
// by which they are rebuilt.
const SubscriberName = "segment"

// Projection keeps the facts of every org.
type Projection struct {
	people People
	lists  Lists
	log    *timeline.Log
	now    clock.Clock
	wake   func(orgID string)
	own    properties
}

// New returns the projection. wake is called when facts or definitions of an
// org have changed, after the commit.
func New(people People, lists Lists, log *timeline.Log, now clock.Clock, wake func(orgID string)) *Projection {
	return &Projection{people: people, lists: lists, log: log, now: now, wake: wake, own: ownProperties()}
}

// Subscriber follows the timeline. It comes after those whose rows it asks for.
func (p *Projection) Subscriber(after ...string) *timeline.Subscriber {
	return &timeline.Subscriber{Name: SubscriberName, After: after, Batch: 5000, Lock: Lock, Handle: p.follow, Reset: p.reset}
}

// describes tells whether an event says that a person is otherwise now.
func describes(kind string) bool {
	switch noun, _, _ := strings.Cut(kind, "."); noun {
	case "person", "identity", "tag", "consent", "stage", "order":
		return true
	}
	return kind == arrived
}

// defines tells whether an event says that something has another name or
// type, or is there no more.
func defines(kind string) bool {
	return slices.Contains([]string{poolevent.TagDefined, poolevent.TagDeleted, poolevent.TraitDefined, poolevent.TraitDeleted}, kind)
}

// counts tells whether segments may ask for an event of the kind: those that
// only tell of other rows are left out, and what segments themselves say.
func counts(kind string) bool {
	switch kind {
	case poolevent.Updated, poolevent.Merged, poolevent.Split:
		return false
	}
	return !strings.HasPrefix(kind, "segment.")
}

func (p *Projection) follow(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	w := &work{Projection: p, tx: tx, orgID: orgID, people: map[string]bool{}, joined: map[string]bool{}}
	if err := w.sort(events); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{w.locate, w.define, w.learnKinds, w.storeEvents, w.move, w.describe} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := w.rebuilt(ctx, events[len(events)-1].Position); err != nil {
		return err
	}
	return w.publish(ctx)
}

// rebuilt ends a rebuild once it has come to where it began.
func (w *work) rebuilt(ctx context.Context, at timeline.Position) error {
	to, err := rebuildTo(ctx, w.tx, w.orgID)
	if err != nil || to == (timeline.Position{}) || at.Compare(to) < 0 {
		return err
	}
	w.revised = true // whoever waits for the end is to look again
	if _, err := w.tx.Exec(ctx, "UPDATE segment_state SET rebuild_xid = 0, rebuild_seq = 0 WHERE org_id = ?", w.orgID); err != nil {
		return fmt.Errorf("facts: rebuilt: %w", err)
	}
	return nil
}

func rebuildTo(ctx context.Context, tx *db.Tx, orgID string) (to timeline.Position, err error) {
	err = tx.QueryRow(ctx, "SELECT rebuild_xid, rebuild_seq FROM segment_state WHERE org_id = ?", orgID).Scan(&to.XID, &to.Seq)
	if db.IsNoRows(err) {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("facts: rebuild: %w", err)
	}
	return to, err
}

// Rebuilding reports whether the facts are being built anew. Until that ends
// most persons are missing from them, and nothing is to be concluded.
func Rebuilding(ctx context.Context, tx *db.Tx, orgID string) (bool, error) {
	to, err := rebuildTo(ctx, tx, orgID)
	return to != (timeline.Position{}), err
}

// work is one batch.
type work struct {
	*Projection
	tx    *db.Tx
	orgID string

	people  map[string]bool // everybody named; true: to be described anew
	joined  map[string]bool // in a merge or split
	events  []timeline.Event
	defined []timeline.Event

	places  map[string]Place
	speaks  []Portrait
	change  Change
	revised bool
}

func (w *work) sort(events []timeline.Event) error {
	for _, e := range events {
		switch {
		case defines(e.Kind):
			w.defined = append(w.defined, e)
			continue
		case e.PersonID == "" || strings.HasPrefix(e.Kind, "segment."):
			continue
		}
		w.people[e.PersonID] = w.people[e.PersonID] || describes(e.Kind)
		if counts(e.Kind) {
			w.events = append(w.events, e)
		}
		if e.Kind == poolevent.Merged || e.Kind == poolevent.Split {
			var m poolevent.Merge
			if err := e.Decode(&m); err != nil {
				return fmt.Errorf("facts: event %s: %w", e.ID, err)
			}
			for _, id := range append(m.Members, m.WinnerID, m.LoserID) {
				w.people[id], w.joined[id] = true, true
			}
		}
	}
	return nil
}

func (w *work) locate(ctx context.Context) (err error) {
	ids := make([]string, 0, len(w.people))
	for id := range w.people {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	if w.places, err = w.Projection.people.Places(ctx, w.tx, w.orgID, ids); err != nil {
		return fmt.Errorf("facts: places: %w", err)
	}
	again := slices.DeleteFunc(ids, func(id string) bool { return !w.people[id] })
	if w.speaks, err = w.Projection.people.Portraits(ctx, w.tx, w.orgID, again); err != nil {
		return fmt.Errorf("facts: portraits: %w", err)
	}
	return nil
}

// define forgets the values of traits that are no more.
func (w *work) define(ctx context.Context) error {
	for _, e := range w.defined {
		w.revised = true
		if e.Kind != poolevent.TraitDeleted {
			continue
		}
		var t poolevent.Trait
		if err := e.Decode(&t); err != nil {
			return fmt.Errorf("facts: event %s: %w", e.ID, err)
		}
		if _, err := w.tx.Exec(ctx, "DELETE FROM segment_trait WHERE org_id = ? AND trait_key = ?", w.orgID, t.Key); err != nil {
			return fmt.Errorf("facts: trait: %w", err)
		}
	}
	return nil
}

func (w *work) publish(ctx context.Context) error {
	if w.revised {
		if err := Revise(ctx, w.tx, w.orgID); err != nil {
			return err
		}
	}
	c := &w.change
	if len(c.Persons)+len(c.Whole)+len(c.Events) > 0 {
		if _, err := Publish(ctx, w.tx, w.orgID, clock.Micros(w.now()), *c); err != nil {
			return err
		}
	} else if !w.revised {
		return nil
	}
	w.tx.OnCommit(func() { w.wake(w.orgID) })
	return nil
}

// Describe brings the facts of persons up to date when something changed that
// no event tells of: lists made by hand, scores that time alone has moved.
func (p *Projection) Describe(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) error {
	if err := Lock(ctx, tx, orgID); err != nil {
		return err
	}
	w := &work{Projection: p, tx: tx, orgID: orgID, people: map[string]bool{}}
	for _, id := range personIDs {
		w.people[id] = true
	}
	for _, step := range []func(context.Context) error{w.locate, w.describe, w.publish} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *Projection) reset(ctx context.Context, tx *db.Tx, orgID string) error {
	if err := Lock(ctx, tx, orgID); err != nil {
		return err
	}
	end, err := p.log.End(ctx, tx, orgID)
	if err != nil {
		return fmt.Errorf("facts: reset: %w", err)
	}
	// What is left in the feed must not be followed from an index of before:
	// the number goes on, the rows behind it are gone.
	for _, statement := range []string{
		"DELETE FROM segment_person WHERE org_id = ?", "DELETE FROM segment_trait WHERE org_id = ?", "DELETE FROM segment_mark WHERE org_id = ?",
		"DELETE FROM segment_event WHERE org_id = ?", "DELETE FROM segment_kind WHERE org_id = ?", "DELETE FROM segment_feed WHERE org_id = ?",
	} {
		if _, err := tx.Exec(ctx, statement, orgID); err != nil {
			return fmt.Errorf("facts: reset: %w", err)
		}
	}
	if _, err := tx.Exec(ctx, "UPDATE segment_state SET n = n + 1, revision = revision + 1, rebuild_xid = ?, rebuild_seq = ? WHERE org_id = ?", end.XID, end.Seq, orgID); err != nil {
		return fmt.Errorf("facts: reset: %w", err)
	}
	return nil
}
