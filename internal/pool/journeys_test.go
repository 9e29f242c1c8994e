package pool

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// What is said of many at once comes out as if it had been said of one after the
// other: the same values, and the same told of the same people.
func TestAscribeIsLearnOfMany(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		write := func(fn func(tx *db.Tx) error) {
			t.Helper()
			if err := f.d.Write(f.ctx, org, fn); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx *db.Tx) error {
			if err := f.DeclareTrait(f.ctx, tx, org, TraitInput{Key: "level", Label: "Level", Type: "text"}); err != nil {
				return err
			}
			return f.DeclareTrait(f.ctx, tx, org, TraitInput{Key: "size", Label: "Size", Type: "number"})
		})
		// Two of each: one is told by Learn, the other by Ascribe.
		people := func(n int) (ids []string) {
			for i, traits := range []map[string]any{nil, {"level": "gold", "size": 3.0}, {"level": "iron"}, {"level": "iron", "size": 1.0}} {
				p, err := f.Create(f.ctx, PersonInput{Name: "P", Identities: []Identity{{"phone", fmt.Sprintf("1380013%d%03d", n, i)}}, Traits: traits})
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, p.ID)
			}
			if _, err := f.Merge(f.ctx, ids[3], ids[1], ""); err != nil {
				t.Fatal(err)
			}
			return ids
		}
		each, many := people(1), people(2)
		for _, step := range []struct {
			key   string
			value any
		}{{"level", "gold"}, {"level", "gold"}, {"size", "not a number"}, {"gone", "x"}, {"level", nil}, {"size", 7.0}} {
			f.clock.Advance(time.Second) // of two values of one moment the larger counts, whoever came later
			write(func(tx *db.Tx) error {
				for _, id := range each {
					if _, err := f.Learn(f.ctx, tx, org, "journey", id, Lesson{Set: map[string]any{step.key: step.value}}); err != nil {
						return err
					}
				}
				return f.Ascribe(f.ctx, tx, org, "journey", append([]string{"per_none"}, many...), step.key, step.value)
			})
			for i := range each {
				a, err := f.Get(f.ctx, each[i])
				if err != nil {
					t.Fatal(err)
				}
				b, err := f.Get(f.ctx, many[i])
				if err != nil {
					t.Fatal(err)
				}
				one, _ := json.Marshal(a.Traits)
				other, _ := json.Marshal(b.Traits)
				if string(one) != string(other) {
					t.Errorf("%v of %d: one by one %s, at once %s", step, i, one, other)
				}
			}
			told := func(ids []string) (out []string) {
				for i, id := range ids {
					for _, data := range testkit.Texts(t, d, org, "SELECT data FROM timeline_event WHERE kind = 'person.updated' AND source = 'journey' AND person_id = ? ORDER BY seq", id) {
						var e struct{ Traits json.RawMessage }
						testkit.Must(t, json.Unmarshal([]byte(data), &e))
						out = append(out, fmt.Sprintf("%d %s", i, e.Traits))
					}
				}
				return out
			}
			if a, b := told(each), told(many); !slices.Equal(a, b) {
				t.Errorf("%v: one by one %q is told, at once %q", step, a, b)
			}
		}
	})
}
