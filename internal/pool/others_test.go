package pool

import (
	"slices"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// What other modules do with persons within their own transactions.
func TestVerbsOfOthers(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		one := f.resolved(Contact{Name: "Ann", Identities: []Identity{{"phone", "13900000001"}}, Tags: []string{"new", "tea"}, Source: "wecom"})[0].PersonID
		two := f.resolved(Contact{Name: "Bea", Identities: []Identity{{"phone", "13900000002"}}, Tags: []string{"tea"}, Source: "wecom"})[0].PersonID
		if _, err := f.Merge(f.ctx, one, two, "same"); err != nil {
			t.Fatal(err)
		}
		write := func(fn func(tx *db.Tx) error) error { return d.Write(f.ctx, org, fn) }
		if err := write(func(tx *db.Tx) error {
			named, err := f.Names(f.ctx, tx, org, []string{one, two, "per_nobody"})
			if err != nil || len(named) != 2 || named[two] != named[one] || named[one].ID != one || named[one].Name == "" {
				t.Errorf("names are %v, %v", named, err)
			}
			if err := f.Untag(f.ctx, tx, org, "wecom", two, []string{"tea", "no such tag"}); err != nil {
				return err
			}
			for range 2 { // said twice is said once
				if err := f.NoteConsent(f.ctx, tx, org, two, ConsentInput{Purpose: "marketing", Granted: true, TextVersion: "v1", Source: "form"}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		p, err := f.Get(f.ctx, one)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Tags) != 1 || p.Tags[0].Name != "new" {
			t.Errorf("tags are %+v", p.Tags)
		}
		said, err := f.Consents(f.ctx, one)
		if err != nil || len(said) != 1 || !said[0].Granted || said[0].Source != "form" {
			t.Errorf("consents are %+v, %v", said, err)
		}
		events, _, err := f.Timeline(f.ctx, one, []string{poolevent.TagRemoved, poolevent.ConsentGranted}, timeline.Cursor{}, 10)
		if err != nil || len(events) != 2 || !slices.ContainsFunc(events, func(e TimelineEvent) bool { return e.Kind == poolevent.TagRemoved && e.Source == "wecom" }) {
			t.Errorf("told are %+v, %v", events, err)
		}
		for what, err := range map[string]error{
			"tags": write(func(tx *db.Tx) error { return f.Untag(f.ctx, tx, org, "wecom", "per_nobody", []string{"tea"}) }),
			"consent": write(func(tx *db.Tx) error {
				return f.NoteConsent(f.ctx, tx, org, "per_nobody", ConsentInput{Purpose: "marketing"})
			}),
		} {
			if !errs.Is(err, errs.CodeNotFound) {
				t.Errorf("%s of nobody: %v", what, err)
			}
		}
	})
}
