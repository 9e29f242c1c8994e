package demo

import (
	"context"
	"fmt"

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

// Load puts the first n persons of the brand into an org. Loading again adds
// nothing: every fact has its key. progress, when given, hears how many are in.
func Load(ctx context.Context, d *db.DB, log *timeline.Log, people People, orgID string, owners []string, b *Brandscape, n int, progress func(done int)) error {
	for from := 1; from <= n; from += chunk {
		batch := make([]Person, 0, chunk)
		for i := from; i < from+chunk && i <= n; i++ {
			batch = append(batch, b.Person(i))
		}
		err := d.Write(ctx, orgID, func(tx *db.Tx) error {
			ids, err := people.Take(ctx, tx, orgID, owners, batch)
			if err != nil {
				return err
			}
			var facts []timeline.Fact
			for i, p := range batch {
				for _, e := range p.Events {
					facts = append(facts, timeline.Fact{Kind: e.Kind, PersonID: ids[i], OccurredAt: e.At, DedupeKey: e.Key, Source: "demo", Data: e.Data})
				}
			}
			_, err = log.Append(ctx, tx, orgID, facts...)
			return err
		})
		if err != nil {
			return fmt.Errorf("demo: persons from %d: %w", from, err)
		}
		if progress != nil {
			progress(from + len(batch) - 1)
		}
	}
	return nil
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
