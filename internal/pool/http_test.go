package pool

import (
	"cmp"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
)

// roles stands in for sign-in: the header says who comes.
type roles struct{}

func (roles) Authenticate(r *http.Request) (access.Actor, bool, error) {
	role := r.Header.Get("X-Test-Role")
	if role == "" {
		return access.Actor{}, false, nil
	}
	a := access.Actor{Kind: access.Staff, OrgID: org, ID: "stf_" + role, Role: role, OwnOnly: role == "associate"}
	if role == "foreign" {
		a.OrgID, role = "org_b", "owner"
	}
	var keys []string
	for _, p := range Permissions {
		for _, r := range p.Roles {
			if r == role {
				keys = append(keys, p.Key)
			}
		}
	}
	return a.WithPermissions(keys), true, nil
}

func (f *fixture) handler() http.Handler {
	log := slog.New(slog.DiscardHandler)
	r := httpx.NewRouter(log, "test")
	f.Routes(r)
	return httpx.Middleware(log, roles{}, false, r)
}

// call makes a request as a role and decodes the answer into out.
func call(t testing.TB, h http.Handler, role, method, path, body string, out any) (int, string) {
	t.Helper()
	req := httptest.NewRequest(method, httpx.Prefix+path, strings.NewReader(body))
	req.Header.Set("X-Test-Role", role)
	req.Header.Set("Accept-Language", "en")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	text := w.Body.String()
	if out != nil && w.Code < 300 {
		if err := json.Unmarshal([]byte(text), out); err != nil {
			t.Fatalf("%s %s: %v\n%s", method, path, err, text)
		}
	}
	return w.Code, text
}

type listed struct {
	Items      []Person `json:"items"`
	NextCursor string   `json:"next_cursor"`
	Total      int64    `json:"total"`
	TotalExact bool     `json:"total_exact"`
}

func names(ps []Person) string {
	var out []string
	for _, p := range ps {
		out = append(out, p.Name)
	}
	return strings.Join(out, " ")
}

func TestListFiltersSortsAndPages(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.handler()
		var cs []Contact
		for i, name := range []string{"Ann", "Bob", "Cid", "Dan", "Eve"} {
			c := contact("2025-0"+string(rune('1'+i))+"-01T00:00:00Z", "phone", "1380000000"+string(rune('1'+i)))
			c.Name, c.Region = name, []string{"上海", "北京"}[i%2]
			if i == 2 {
				c.OwnerStaffID = "stf_associate"
			}
			cs = append(cs, c)
		}
		got := f.resolved(cs...)
		f.bought(got[1].PersonID, "2025-06-01T00:00:00Z", 5000)
		f.bought(got[1].PersonID, "2025-07-01T00:00:00Z", 100)
		f.bought(got[3].PersonID, "2025-08-01T00:00:00Z", 700)
		cases := []struct{ role, query, names string }{
			{"owner", "", "Dan Bob Eve Cid Ann"},
			{"owner", "sort=name", "Ann Bob Cid Dan Eve"},
			{"owner", "sort=-gmv_minor", "Bob Dan Eve Cid Ann"},
			{"owner", "sort=-created_at&limit=2", "Eve Dan"},
			{"owner", "region=%E4%B8%8A%E6%B5%B7&sort=name", "Ann Cid Eve"},
			{"owner", "min_orders=1", "Dan Bob"},
			{"owner", "max_orders=0&sort=name", "Ann Cid Eve"},
			{"owner", "min_gmv_minor=701", "Bob"},
			{"owner", "max_gmv_minor=700&min_orders=1", "Dan"},
			{"owner", "last_order_from=2025-08-01T00:00:00Z", "Dan"},
			{"owner", "last_order_to=2025-08-01T00:00:00Z", "Bob"},
			{"owner", "created_from=2025-02-01T00:00:00Z&created_to=2025-04-01T00:00:00Z&sort=created_at", "Bob Cid"},
			{"owner", "q=13800000004", "Dan"},
			{"owner", "q=%2B86+138+0000+0004", "Dan"},
			{"owner", "q=eV", "Eve"},
			{"owner", "q=nobody", ""},
			{"owner", "q=" + got[0].PersonID, "Ann"},
			{"owner", "stage=new&region=%E5%8C%97%E4%BA%AC", "Dan Bob"},
			{"owner", "stage=lost", ""},
			{"owner", "owner_staff_id=stf_associate", "Cid"},
			{"associate", "", "Cid"},
			{"associate", "q=Ann", ""},
			{"associate", "owner_staff_id=stf_owner", ""},
			{"foreign", "", ""},
		}
		for _, c := range cases {
			var p listed
			if st, body := call(t, h, c.role, "GET", "/persons?"+c.query, "", &p); st != 200 || names(p.Items) != c.names {
				t.Errorf("%s %s: %d %q, want %q; %.200s", c.role, c.query, st, names(p.Items), c.names, body)
			}
		}
		for _, sort := range Sorts {
			var all []Person
			next := ""
			for range 6 {
				var p listed
				call(t, h, "owner", "GET", "/persons?limit=2&sort="+sort+"&cursor="+next, "", &p)
				if p.Total != 5 || !p.TotalExact {
					t.Fatalf("total %d %v", p.Total, p.TotalExact)
				}
				all = append(all, p.Items...)
				if next = p.NextCursor; next == "" {
					break
				}
			}
			if len(all) != 5 {
				t.Errorf("pages by %s give %s", sort, names(all))
			}
		}
		if st, _ := call(t, h, "owner", "GET", "/persons?cursor=%21%21", "", nil); st != 422 {
			t.Errorf("a broken cursor: %d", st)
		}
		for role, want := range map[string]string{"viewer": "138****0003", "associate": "+8613800000003"} {
			var p PersonDetail
			st, _ := call(t, h, role, "GET", "/persons/"+got[2].PersonID, "", &p)
			if st != 200 || len(p.Identities) != 1 || p.Identities[0].Value != want {
				t.Errorf("%s sees %+v", role, p.Identities)
			}
		}
		for _, role := range []string{"associate", "foreign"} {
			if st, _ := call(t, h, role, "GET", "/persons/"+got[0].PersonID, "", nil); st != 404 {
				t.Errorf("%s: %d", role, st)
			}
		}
	})
}

// The list must say the same as reading everything and filtering by hand, by
// whichever index it comes to it: few and many matches, each sort, page by page.
func TestListEqualsPlainScan(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		const n = 1500
		f.most = 400 // so that some filters let few through and some many
		f.fill(n)
		all, err := f.everybody()
		if err != nil || len(all) != n {
			t.Fatal(len(all), err)
		}
		tagged := map[string]map[string]bool{"tag_0": {}, "tag_1": {}}
		for tag := range tagged {
			for _, id := range f.texts("SELECT canonical_id FROM pool_tag_link WHERE tag_id = ?", tag) {
				tagged[tag][id] = true
			}
		}
		none := Filter{MaxGMVMinor: -1, MaxOrders: -1}
		filters := []func(*Filter){
			func(*Filter) {},
			func(f *Filter) { f.Stage = "new" },
			func(f *Filter) { f.Stage = "lost"; f.Region = "region3" },
			func(f *Filter) { f.Region = "region1"; f.MinGMVMinor = 20_000 },
			func(f *Filter) { f.MaxOrders = 0 },
			func(f *Filter) { f.MinOrders = 2; f.MaxOrders = 5; f.OwnerStaffID = "stf_3" },
			func(f *Filter) { f.Q = "王" },
			func(f *Filter) { f.Q = "李1"; f.Stage = "silent" },
			func(f *Filter) { f.TagID = "tag_0" },
			func(f *Filter) { f.TagID = "tag_0"; f.Stage = "new" },
			func(f *Filter) { f.TagID = "tag_1"; f.MaxGMVMinor = 50_000 },
			func(f *Filter) {
				f.CreatedFrom = f.CreatedFrom.AddDate(2022, 0, 0)
				f.LastTo = f.LastTo.AddDate(2023, 0, 0)
			},
		}
		inOrder := map[string][]Person{}
		for _, sort := range Sorts {
			inOrder[sort] = sorted(all, Filter{Sort: sort})
		}
		for i, set := range filters {
			for _, sort := range Sorts {
				fl := none
				set(&fl)
				fl.Sort = sort
				var want []string
				for _, p := range inOrder[sort] {
					if matches(p, fl, tagged) {
						want = append(want, p.ID)
					}
				}
				var got []string
				var after Cursor
				for page := 0; page < 3; page++ {
					p, err := f.List(f.ctx, fl, after, 7)
					if err != nil {
						t.Fatal(err)
					}
					for _, x := range p.Persons {
						got = append(got, x.ID)
					}
					if p.Exact && p.Total != int64(len(want)) || !p.Exact && p.Total > int64(len(want)) {
						t.Fatalf("filter %d by %s: total %d %v, want %d", i, sort, p.Total, p.Exact, len(want))
					}
					if after = p.Next; after == (Cursor{}) {
						break
					}
				}
				if len(want) > len(got) && len(got) != 21 || len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
					t.Fatalf("filter %d by %s: got %v\nwant %v", i, sort, got, want[:min(21, len(want))])
				}
			}
		}
	})
}

func (f *fixture) everybody() (out []Person, err error) {
	err = f.d.Read(f.ctx, org, func(tx *db.Tx) error {
		out, err = listRows(f.ctx, tx, "name_key", true, "org_id = ?", org)
		return err
	})
	return out, err
}

func sorted(all []Person, f Filter) []Person {
	column, _, desc := f.sorting()
	at := func(t *time.Time) int64 {
		if t == nil {
			return 0
		}
		return t.UnixMicro()
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Person) int {
		c := 0
		switch column {
		case "name_key":
			c = strings.Compare(a.cursor.S, b.cursor.S)
		case "gmv_minor":
			c = cmp.Compare(a.GMVMinor, b.GMVMinor)
		case "orders":
			c = cmp.Compare(a.Orders, b.Orders)
		case "created_at":
			c = a.CreatedAt.Compare(b.CreatedAt)
		case "last_order_at":
			c = cmp.Compare(at(a.LastOrderAt), at(b.LastOrderAt))
		}
		if c = cmp.Or(c, cmp.Compare(a.Seq, b.Seq)); desc {
			return -c
		}
		return c
	})
	return all
}

func matches(p Person, f Filter, tagged map[string]map[string]bool) bool {
	return (f.Stage == "" || p.Stage == f.Stage) && (f.Region == "" || p.Region == f.Region) && (f.OwnerStaffID == "" || p.OwnerStaffID == f.OwnerStaffID) &&
		p.GMVMinor >= f.MinGMVMinor && (f.MaxGMVMinor < 0 || p.GMVMinor <= f.MaxGMVMinor) && p.Orders >= f.MinOrders && (f.MaxOrders < 0 || p.Orders <= f.MaxOrders) &&
		strings.HasPrefix(p.cursor.S, f.Q) && (f.TagID == "" || tagged[f.TagID][p.ID]) &&
		(f.CreatedFrom.IsZero() || !p.CreatedAt.Before(f.CreatedFrom)) && (f.LastTo.IsZero() || p.LastOrderAt != nil && p.LastOrderAt.Before(f.LastTo))
}
