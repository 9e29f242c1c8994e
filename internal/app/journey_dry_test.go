package app

import (
	"fmt"
	"testing"

	"fishpond/internal/platform/db"
)

// A dry run goes the way that is chosen at a split, whatever the lot says, and the
// lot's way where none is.
func TestDryRunGoesTheWayChosenAtASplit(t *testing.T) {
	h := newHouseWith(t, db.SQLite, ServeConfig{})
	b := h.brand(t, "Ours")
	var p, j struct{ ID string }
	b.must(t, 201, "POST", "/persons", `{"name":"Ann","identities":[{"kind":"email","value":"ann@x.example"}]}`, &p)
	b.must(t, 201, "POST", "/journeys", `{"name":"Lot","spec":{"entry":{"kind":"manual"},"frequency":{"kind":"once"},"purpose":"service","graph":{"steps":[
		{"id":"lot","kind":"split","ways":[{"share_bp":3000,"next":"a"},{"share_bp":3000,"next":"b"}],"next":"c"},
		{"id":"a","kind":"note","text":"A"},{"id":"b","kind":"note","text":"B"},{"id":"c","kind":"note","text":"C"}]}}}`, &j)
	to := func(choices string) string {
		t.Helper()
		var out struct{ Steps []struct{ Step string } }
		b.must(t, 200, "POST", "/journeys/"+j.ID+"/dry-run", fmt.Sprintf(`{"person_id":%q,"choices":%s}`, p.ID, choices), &out)
		if len(out.Steps) != 2 {
			t.Fatalf("%s: %+v", choices, out.Steps)
		}
		return out.Steps[1].Step
	}
	for choices, want := range map[string]string{`{"lot":0}`: "a", `{"lot":1}`: "b", `{"lot":-1}`: "c"} {
		if got := to(choices); got != want {
			t.Errorf("%s leads to %s, want %s", choices, got, want)
		}
	}
	if drawn := to(`{}`); to(`{"lot":7}`) != drawn { // no such way
		t.Errorf("a way that is not there is not %s", drawn)
	}
}
