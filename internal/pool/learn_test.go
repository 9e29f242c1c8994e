package pool

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

// What was learned is told, and is taken back where nobody has changed it
// since.
func TestLearnAndUnlearn(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		tag := func(group, name string) string {
			x, err := f.CreateTag(f.ctx, TagInput{Group: group, Name: name})
			if err != nil {
				t.Fatal(err)
			}
			return x.ID
		}
		milk, formula, keen, loud := tag("feeding", "milk"), tag("feeding", "formula"), tag("", "keen"), tag("", "loud")
		ann, err := f.Create(f.ctx, PersonInput{Name: "Ann", Identities: []Identity{{"phone", "13800138001"}}})
		if err != nil {
			t.Fatal(err)
		}
		write := func(fn func(tx *db.Tx) error) {
			t.Helper()
			if err := f.d.Write(f.ctx, org, fn); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.TagPersons(f.ctx, []string{ann.ID}, []string{milk, loud}, nil); err != nil {
			t.Fatal(err)
		}
		var did Learned
		write(func(tx *db.Tx) error {
			for _, in := range []TraitInput{{Key: "pain", Label: "Pain", Type: "list"}, {Key: "pain", Label: "Other", Type: "text"}, {Key: "months", Label: "Months", Type: "number"}} {
				if err := f.DeclareTrait(f.ctx, tx, org, in); err != nil {
					return err
				}
			}
			if _, err := f.Learn(f.ctx, tx, org, "survey", ann.ID, Lesson{Append: map[string][]string{"pain": {"colic"}}}); err != nil {
				return err
			}
			did, err = f.Learn(f.ctx, tx, org, "survey", ann.ID, Lesson{Add: []string{keen, "tag_gone", loud}, Remove: []string{loud}, Alone: []string{formula},
				Set: map[string]any{"months": 7.0, "nobody": "x", "pain2": 1}, Append: map[string][]string{"pain": {"sleep", "colic", "sleep"}, "months": {"x"}}})
			return err
		})
		if len(did.Added) != 2 || len(did.Removed) != 1 || did.Removed[0].ID != milk || len(did.Traits) != 2 || string(did.Traits[1].After) != `["colic","sleep"]` || !slices.Equal(did.Traits[1].Added, []string{"sleep"}) {
			t.Fatalf("%+v", did)
		}
		// Somebody adds to it by hand; only what was learned goes.
		if _, err := f.SetTraits(f.ctx, ann.ID, map[string]any{"pain": []string{"colic", "sleep", "price"}, "months": 8.0}); err != nil {
			t.Fatal(err)
		}
		write(func(tx *db.Tx) error { return f.Unlearn(f.ctx, tx, org, "survey", ann.ID, did) })
		p, err := f.Get(f.ctx, ann.ID)
		if err != nil {
			t.Fatal(err)
		}
		var tags []string
		for _, x := range p.Tags {
			tags = append(tags, x.Name)
		}
		slices.Sort(tags)
		traits, err := json.Marshal(p.Traits)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(tags, []string{"loud", "milk"}) || string(traits) != `{"months":8,"pain":["colic","price"]}` {
			t.Errorf("%v %s", tags, traits)
		}
		err = f.d.Write(context.Background(), org, func(tx *db.Tx) error {
			_, err := f.Learn(f.ctx, tx, org, "survey", "per_none", Lesson{Add: []string{keen}})
			return err
		})
		if !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("nobody: %v", err)
		}
		write(func(tx *db.Tx) error {
			for raw, want := range map[string]string{"13800138000": "+8613800138000", "+44 20 7946 0018": "+442079460018", "12": "", "x": ""} {
				if got, err := f.Phone(f.ctx, tx, org, raw); got != want || (err == nil) != (want != "") {
					t.Errorf("%s: %s %v", raw, got, err)
				}
			}
			return nil
		})
	})
}
