package pool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/resolve"
	"fishpond/internal/timeline"
)

var schema = testkit.Migrations(timeline.Migration, Migration)

const org = "org_0190a1b2c3d47e8f9a0b1c2d3e4f5a6b"

var errGivenUp = errors.New("given up")

// audits records what would be written to the audit log.
type audits struct {
	mu    sync.Mutex
	lines []string
}

func (a *audits) Audit(_ context.Context, _ *db.Tx, action, objectType, objectID string, detail any) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lines = append(a.lines, fmt.Sprintf("%s %s %v", action, objectType, detail))
	return nil
}

type fixture struct {
	*Service
	t     testing.TB
	d     *db.DB
	clock *testkit.Clock
	audit *audits
	ctx   context.Context
	run   *timeline.Runner
}

type oneOrg struct{}

func (oneOrg) OrgIDs(context.Context) ([]string, error) { return []string{org}, nil }

func everything() []string {
	var out []string
	for _, p := range Permissions {
		out = append(out, p.Key)
	}
	return out
}

func newFixture(t testing.TB, d *db.DB) *fixture {
	f := &fixture{t: t, d: d, clock: testkit.NewClock(t, "2026-03-01T08:00:00Z"), audit: &audits{}}
	settings := OrgsFunc(func(context.Context, *db.Tx, string) (Settings, error) {
		return Settings{Currency: "CNY", Locale: "zh-CN"}, nil
	})
	log := timeline.New(f.clock.Now)
	logger := slog.New(slog.DiscardHandler)
	f.Service = New(d, log, settings, f.audit, f.clock.Now, logger)
	f.run = timeline.NewRunner(d, log, oneOrg{}, logger, f.clock.Now, f.Subscribers()...)
	f.ctx = access.With(context.Background(), access.Actor{Kind: access.Staff, OrgID: org, ID: "stf_owner", Role: "owner"}.WithPermissions(everything()))
	return f
}

func (f *fixture) resolved(contacts ...Contact) []Resolved {
	f.t.Helper()
	var out []Resolved
	err := f.d.Write(f.ctx, org, func(tx *db.Tx) (err error) {
		out, err = f.Resolve(f.ctx, tx, org, contacts)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

func contact(at string, ids ...string) Contact {
	c := Contact{Source: "test"}
	if at != "" {
		t, err := time.Parse(time.RFC3339, at)
		if err != nil {
			panic(err)
		}
		c.SeenAt = t
	}
	for i := 0; i < len(ids); i += 2 {
		c.Identities = append(c.Identities, Identity{ids[i], ids[i+1]})
	}
	return c
}

func (f *fixture) person(id string) PersonDetail {
	f.t.Helper()
	p, err := f.Get(f.ctx, id)
	if err != nil {
		f.t.Fatal(err)
	}
	return p
}

// texts runs a query for one text column.
func (f *fixture) texts(query string, args ...any) (out []string) {
	f.t.Helper()
	err := f.d.Read(f.ctx, org, func(tx *db.Tx) error {
		rows, err := tx.Query(f.ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				return err
			}
			out = append(out, s)
		}
		return rows.Err()
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

func (f *fixture) kinds() []string {
	return f.texts("SELECT kind FROM timeline_event WHERE org_id = ? ORDER BY xid, seq", org)
}

func TestResolveMakesFindsAndMerges(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		a := contact("2025-05-01T00:00:00Z", "phone", "138 0013 8000", "customer_no", "77")
		a.Name, a.Region = "张伟", "上海"
		b := contact("2025-06-01T00:00:00Z", "email", "Wei@Example.com")
		got := f.resolved(a, b)
		if !got[0].Created || !got[1].Created || got[0].PersonID == got[1].PersonID {
			t.Fatalf("%+v", got)
		}
		again := f.resolved(contact("2025-07-01T00:00:00Z", "phone", "+8613800138000"))
		if again[0] != (Resolved{PersonID: got[0].PersonID}) {
			t.Fatalf("%+v", again)
		}
		both := contact("2025-07-02T00:00:00Z", "email", "wei@example.com", "phone", "13800138000")
		both.Name = "张小伟"
		merged := f.resolved(both)
		if merged[0].PersonID != got[0].PersonID || merged[0].Created {
			t.Fatalf("%+v", merged)
		}
		p := f.person(got[1].PersonID) // the loser's id leads to the winner
		if p.ID != got[0].PersonID || p.Seq != 1 || p.Name != "张小伟" || p.Region != "上海" || len(p.Identities) != 3 ||
			!slices.Equal(p.MergedFrom, []string{got[1].PersonID}) || !p.CreatedAt.Equal(a.SeenAt) {
			t.Fatalf("%+v", p)
		}
		want := []string{"person.created", "person.created", "identity.added", "identity.added", "identity.added", "person.updated", "person.merged"}
		if k := f.kinds(); !slices.Equal(k, want) {
			t.Errorf("events %v", k)
		}
		confirmed := both
		confirmed.SeenAt = both.SeenAt.AddDate(0, 1, 0) // says the same, later
		f.resolved(a, b, both, confirmed)
		if k := f.kinds(); len(k) != len(want) {
			t.Errorf("the same contacts again were news: %v", k[len(want):])
		}
	})
}

func TestResolveRefusesWhatIsNotAnIdentity(t *testing.T) {
	d := testkit.Open(t, db.SQLite, schema)
	f := newFixture(t, d)
	bad := Contact{Identities: []Identity{{"phone", "12"}, {"email", "a@b"}, {"device", string(make([]byte, 4096))}, {"shoe", "42"}, {"openid", "a\x00b"}}, Birthday: "yesterday"}
	err := d.Write(f.ctx, org, func(tx *db.Tx) error {
		_, err := f.Resolve(f.ctx, tx, org, []Contact{contact("", "phone", "13800138000"), bad})
		return err
	})
	want := []string{"contacts[1].identities[0].value", "contacts[1].identities[1].value", "contacts[1].identities[2].value",
		"contacts[1].identities[3].value", "contacts[1].identities[4].value", "contacts[1].birthday"}
	if got := fieldPaths(err); !slices.Equal(got, want) {
		t.Errorf("%v: %v", err, got)
	}
	if n := len(f.texts("SELECT person_id FROM pool_person")); n != 0 {
		t.Errorf("%d persons of a refused call", n)
	}
}

// Whatever stands in one call, the outcome is that of one contact after the
// other, and that of the bulk graph.
func TestStoreEqualsBulk(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		kinds := []string{"phone", "member_no", "unionid", "customer_no", "email_unverified", "device"}
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			f := newFixture(t, d)
			// A fresh org each time would do, but the fixture has one: values differ by round.
			contacts := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) Contact {
				n := rapid.IntRange(1, 3).Draw(rt, "n")
				c := Contact{Source: "test"}
				for range n {
					kind := rapid.SampledFrom(kinds).Draw(rt, "kind")
					v := rapid.IntRange(0, 4).Draw(rt, "value")
					value := fmt.Sprintf("s:%d-%d", round, v)
					switch kind {
					case "phone":
						value = fmt.Sprintf("13%07d%02d", round, v)
					case "email_unverified":
						value = fmt.Sprintf("m%d-%d@x.cn", round, v)
					}
					c.Identities = append(c.Identities, Identity{kind, value})
				}
				return c
			}), 1, 14).Draw(rt, "contacts")
			var got []Resolved
			for rest := contacts; len(rest) > 0; { // calls of random sizes
				n := rapid.IntRange(1, len(rest)).Draw(rt, "call")
				got = append(got, f.resolved(rest[:n]...)...)
				rest = rest[n:]
			}
			g := resolve.NewGraph(0)
			want := make([]resolve.ID, len(contacts))
			for i, c := range contacts {
				var keys []resolve.Key
				for _, id := range c.Identities {
					k, problem := normalise(id, "CN", "test")
					if !problem.IsZero() {
						rt.Fatal(problem)
					}
					keys = append(keys, k)
				}
				want[i] = g.Resolve(keys...)
			}
			final := map[string]string{}
			pair := map[string]resolve.ID{}
			for i := range got {
				id := final[got[i].PersonID]
				if id == "" {
					id = f.person(got[i].PersonID).ID
					final[got[i].PersonID] = id
				}
				w := g.Find(want[i])
				if seen, ok := pair[id]; ok && seen != w {
					rt.Fatalf("contact %d: store joins what the graph keeps apart", i)
				}
				pair[id] = w
			}
			back := map[resolve.ID]string{}
			for id, w := range pair {
				if other, ok := back[w]; ok {
					rt.Fatalf("the graph joins %s and %s, the store does not", id, other)
				}
				back[w] = id
			}
		})
	})
}

func TestSeqIsDenseAndConcurrentResolvesMakeOnePerson(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		const clients, rounds = 8, 10
		var wg sync.WaitGroup
		ids := make([][]string, clients)
		for c := range clients {
			wg.Go(func() {
				for r := range rounds {
					err := d.Write(f.ctx, org, func(tx *db.Tx) error {
						got, err := f.Resolve(f.ctx, tx, org, []Contact{contact("", "phone", fmt.Sprintf("138%08d", r)), contact("", "phone", fmt.Sprintf("139%02d%06d", c, r))})
						if err != nil {
							return err
						}
						if r%3 == 2 { // a transaction that fails leaves no gap
							if _, err := f.Resolve(f.ctx, tx, org, []Contact{contact("", "openid", fmt.Sprint(c, r))}); err != nil {
								return err
							}
							return errGivenUp
						}
						ids[c] = append(ids[c], got[0].PersonID)
						return nil
					})
					if err != nil && !errors.Is(err, errGivenUp) {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for c := range clients {
			if !slices.Equal(ids[c], ids[0]) || len(ids[c]) != 7 {
				t.Errorf("client %d met %v, client 0 %v", c, ids[c], ids[0])
			}
		}
		n := len(f.texts("SELECT person_id FROM pool_person"))
		top := f.texts("SELECT CAST(MAX(seq) AS TEXT) FROM pool_person")[0]
		if want := 7 + 7*clients; n != want || top != fmt.Sprint(want) {
			t.Errorf("%d persons, highest seq %s, want %d", n, top, want)
		}
	})
}

func fieldPaths(err error) (out []string) {
	var e *errs.Error
	if !errors.As(err, &e) {
		return nil
	}
	for _, f := range e.Fields {
		out = append(out, f.Path)
	}
	return out
}

// bought records an order and lets the subscribers take it.
func (f *fixture) bought(person, at string, minor int64) {
	f.t.Helper()
	when, err := time.Parse(time.RFC3339, at)
	if err != nil {
		f.t.Fatal(err)
	}
	err = f.d.Write(f.ctx, org, func(tx *db.Tx) error {
		_, err := f.log.Append(f.ctx, tx, org, timeline.Fact{Kind: mallevent.OrderPaid, PersonID: person, OccurredAt: when,
			Data: mallevent.Order{OrderID: at, AmountMinor: minor, Currency: "CNY"}})
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	if err := f.run.CatchUp(f.ctx, org); err != nil {
		f.t.Fatal(err)
	}
}

var resolveKeyZero resolve.Key

func raw(s string) json.RawMessage { return json.RawMessage(s) }
