package pool

import (
	"slices"
	"testing"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func TestAnswersToOthers(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		one := f.resolved(Contact{Identities: []Identity{{"phone", "13900000001"}, {"device", "D"}}, Source: "import"})[0].PersonID
		two := f.resolved(Contact{Identities: []Identity{{"phone", "13900000002"}, {"device", "D"}}, Source: "import"})[0].PersonID
		if _, err := f.Merge(f.ctx, one, two, "same"); err != nil {
			t.Fatal(err)
		}
		three := f.resolved(Contact{Identities: []Identity{{"phone", "13900000003"}, {"device", "D"}}, Source: "import"})[0].PersonID
		if err := d.Read(f.ctx, org, func(tx *db.Tx) error {
			found, err := f.ByIdentities(f.ctx, tx, org, []Identity{{"phone", "139 0000 0002"}, {"phone", "13900000009"}, {"device", "D"}, {"phone", "x"}, {"phone", "13900000003"}})
			if want := []string{one, "", "", "", three}; err != nil || !slices.Equal(found, want) {
				t.Errorf("found %q, %v; want %q", found, err, want)
			}
			speakers, err := f.Speakers(f.ctx, tx, org, []string{one, two, "per_nobody"})
			if err != nil || len(speakers) != 2 || speakers[two].ID != one || speakers[two] != speakers[one] {
				t.Errorf("speakers are %v, %v", speakers, err)
			}
			own := access.With(f.ctx, access.Actor{OrgID: org, ID: "stf_1", OwnOnly: true})
			if speakers, err := f.Speakers(own, tx, org, []string{one}); err != nil || len(speakers) != 0 {
				t.Errorf("who sees only their own sees %v, %v", speakers, err)
			}
			ids, err := f.IdentitiesOf(f.ctx, tx, org, []string{one})
			if err != nil || len(ids[one]) != 4 {
				t.Errorf("identities are %v, %v", ids, err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
