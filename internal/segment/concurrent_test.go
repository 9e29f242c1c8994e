package segment

import (
	"fmt"
	"sync"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// together makes requests at the same time and counts the answers by status.
func (f *fixture) together(n int, request func(i int) (method, path, body string)) map[int]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	out := map[int]int{}
	for i := range n {
		wg.Go(func() {
			method, path, body := request(i)
			st, _ := f.call("owner", method, path, body, nil)
			mu.Lock()
			defer mu.Unlock()
			out[st]++
		})
	}
	wg.Wait()
	return out
}

// Of those who edit the same version one wins, and two who edit at once make
// no circle together.
func TestEditsAtOnce(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.population()
		segs := make([]Segment, 3)
		for i := range segs {
			f.must("POST", "/segments", fmt.Sprintf(`{"name":"S%d","text":"everyone"}`, i), &segs[i])
		}
		edits := f.together(6, func(i int) (string, string, string) {
			return "PUT", "/segments/" + segs[0].ID + "/predicate", fmt.Sprintf(`{"text":"orders >= %d","version":1}`, i)
		})
		if edits[200] != 1 || edits[409] != 5 {
			t.Errorf("edits of one version: %v", edits)
		}
		var s Segment
		f.must("GET", "/segments/"+segs[0].ID, "", &s)
		if s.Version != 2 {
			t.Errorf("version %d", s.Version)
		}
		round := f.together(3, func(i int) (string, string, string) {
			version := 1
			if i == 0 {
				version = 2
			}
			return "PUT", "/segments/" + segs[i].ID + "/predicate", fmt.Sprintf(`{"text":"segment:S%d","version":%d}`, (i+1)%3, version)
		})
		if round[200] != 2 || round[422] != 1 {
			t.Errorf("edits that would make a circle: %v", round)
		}
		named := f.together(4, func(int) (string, string, string) { return "POST", "/segments", `{"name":"one","text":"everyone"}` })
		if named[201] != 1 || named[409] != 3 {
			t.Errorf("segments of one name: %v", named)
		}
		put := f.together(4, func(i int) (string, string, string) {
			return "POST", "/segments/" + segs[2].ID + "/people", fmt.Sprintf(`{"person_ids":["per_%d"],"as":"exclude"}`, i+1)
		})
		f.must("GET", "/segments/"+segs[2].ID, "", &s)
		if put[200] != 4 || s.Excludes != 4 {
			t.Errorf("put out at once: %v, %d are out", put, s.Excludes)
		}
	})
}
