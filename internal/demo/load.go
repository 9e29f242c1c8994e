package demo

import (
	"context"
	"fmt"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

// People takes the invented customers in. Satisfied in internal/app.
type People interface {
	// Take finds or makes each person with its identities, traits and tags and
	// returns their ids in order. owners are the ids of the brand's staff.
	Take(ctx context.Context, tx *db.Tx, orgID string, owners []string, persons []Person) ([]string, error)
}

const chunk = 400 // persons a transaction

// Load puts the first n persons of the brand into an org, and tells who came by
// which entrance; channels are the ids of those by their keys. Loading again
// adds nothing: every fact has its key. progress, when given, hears how many
// are in.
func Load(ctx context.Context, d *db.DB, log *timeline.Log, people People, orgID string, owners []string, channels map[string]string, b *Brandscape, n int, progress func(done int)) (came Ledger, err error) {
	for from := 1; from <= n; from += chunk {
		batch := make([]Person, 0, chunk)
		for i := from; i < from+chunk && i <= n; i++ {
			p := b.Person(i)
			came.add(&p)
			batch = append(batch, p)
		}
		err := d.Write(ctx, orgID, func(tx *db.Tx) error {
			ids, err := people.Take(ctx, tx, orgID, owners, batch)
			if err != nil {
				return err
			}
			var facts []timeline.Fact
			for i, p := range batch {
				for _, e := range p.Events {
					if f, ok := e.Data.(carrierevent.Friend); ok {
						f.Channel, f.Entrance, f.StaffID = channels[p.Channel], channels[p.Channel], owners[p.Owner]
						e.Data = f
					}
					facts = append(facts, timeline.Fact{Kind: e.Kind, PersonID: ids[i], OccurredAt: e.At, DedupeKey: e.Key, Source: "demo", Data: e.Data})
				}
			}
			_, err = log.Append(ctx, tx, orgID, facts...)
			return err
		})
		if err != nil {
			return came, fmt.Errorf("demo: persons from %d: %w", from, err)
		}
		if progress != nil {
			progress(from + len(batch) - 1)
		}
	}
	return came, nil
}

// Staff lists the names of the brand's associates.
func Staff() []string { return append([]string(nil), staff...) }

// Tag is one of the labels that the brand uses.
type Tag struct{ Group, Name, Color string }

// Tags lists the labels.
func Tags() []Tag {
	var out []Tag
	for _, t := range tags {
		out = append(out, Tag{t.group, t.name, t.color})
	}
	return out
}
