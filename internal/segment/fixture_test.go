package segment

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
	"fishpond/internal/timeline"
)

var schema = testkit.Migrations(timeline.Migration, Migration)

const (
	orgA = "org_0190a1b2c3d47e8f9a0b1c2d3e4f5a6b"
	orgB = "org_b"
)

// audits records what would be written to the audit log.
type audits struct {
	mu    sync.Mutex
	lines []string
}

func (a *audits) Audit(_ context.Context, _ *db.Tx, action, objectType, _ string, detail any) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	b, err := json.Marshal(detail)
	a.lines = append(a.lines, action+" "+objectType+" "+string(b))
	return err
}

// world is a pool and an org settings as a test fills them.
type world struct {
	def      predicate.Definitions
	speaker  map[string]string // person id → who speaks for them
	seq      map[string]uint32
	owner    map[string]string
	byKey    map[Identity]string
	settings OrgSettings
}

func (w *world) OrgIDs(context.Context) ([]string, error) { return []string{orgA, orgB}, nil }

func (w *world) Settings(context.Context, *db.Tx, string) (OrgSettings, error) {
	return w.settings, nil
}

func (w *world) Staff(context.Context, *db.Tx, string) ([]predicate.Named, error) {
	return []predicate.Named{{ID: "stf_owner", Name: "王老板"}, {ID: "stf_associate", Name: "李雷"}}, nil
}

func (w *world) Definitions(_ context.Context, _ *db.Tx, orgID string) (predicate.Definitions, error) {
	if orgID != orgA {
		return predicate.Definitions{}, nil
	}
	return predicate.Definitions{Traits: w.def.Traits, Tags: w.def.Tags, Channels: w.def.Channels, Identities: w.def.Identities, Carriers: w.def.Carriers, Purposes: w.def.Purposes}, nil
}

func (w *world) TagColors(context.Context, *db.Tx, string) (map[string]string, error) {
	return map[string]string{"tag_1": "#2a7f8e"}, nil
}

func (w *world) Speakers(ctx context.Context, _ *db.Tx, orgID string, ids []string) (map[string]Speaker, error) {
	a, _ := access.From(ctx)
	out := map[string]Speaker{}
	for _, id := range ids {
		if sp := w.speaker[id]; sp != "" && orgID == orgA && (!a.OwnOnly || w.owner[sp] == a.ID) {
			out[id] = Speaker{sp, w.seq[sp]}
		}
	}
	return out, nil
}

func (w *world) Members(_ context.Context, _ *db.Tx, _ string, speakers []string) (map[string][]string, error) {
	out := map[string][]string{}
	for id, sp := range w.speaker {
		if slices.Contains(speakers, sp) {
			out[sp] = append(out[sp], id)
		}
	}
	return out, nil
}

func (w *world) ByIdentities(_ context.Context, _ *db.Tx, orgID string, ids []Identity) ([]string, error) {
	out := make([]string, len(ids))
	for i, id := range ids {
		if orgID == orgA {
			out[i] = w.byKey[id]
		}
	}
	return out, nil
}

func (w *world) Identities(_ context.Context, _ *db.Tx, _ string, speakers []string) (map[string][]Identity, error) {
	out := map[string][]Identity{}
	for id, p := range w.byKey {
		if slices.Contains(speakers, p) {
			out[p] = append(out[p], id)
		}
	}
	return out, nil
}

// later counts what was asked for.
type laterCalls struct{ reconcile int }

func (l *laterCalls) Reconcile(context.Context, *db.Tx, string) error { l.reconcile++; return nil }

// plain is a live engine that asks plan.Eval about everybody every time.
type plain struct {
	s     *Service
	d     *db.DB
	woken atomic.Int64
}

func (l *plain) Wake(string) { l.woken.Add(1) }

func (l *plain) everybody(ctx context.Context, orgID string, each func(*plan.Person)) error {
	return l.d.Read(ctx, orgID, func(tx *db.Tx) error {
		def, err := l.s.people.Definitions(ctx, tx, orgID)
		if err != nil {
			return err
		}
		return facts.Each(ctx, tx, orgID, attrs(def.Traits), func(p *plan.Person) error { each(p); return nil })
	})
}

func (l *plain) Eval(ctx context.Context, orgID string, n plan.Node) (live.Answer, error) {
	in := map[string]*roaring.Bitmap{}
	for _, id := range plan.NeedsOf(n).Segments {
		m, err := l.Members(ctx, orgID, id)
		if err != nil {
			return live.Answer{}, err
		}
		in[id] = m
	}
	out := roaring.New()
	err := l.everybody(ctx, orgID, func(p *plan.Person) {
		for id, m := range in {
			if m.Contains(p.Seq) {
				p.Segments = append(p.Segments, id)
			}
		}
		if plan.Eval(n, p) {
			out.Add(p.Seq)
		}
	})
	return live.Answer{Members: out}, err
}

func (l *plain) Members(ctx context.Context, orgID, id string) (*roaring.Bitmap, error) {
	var c predicate.Compiled
	err := l.d.Read(ctx, orgID, func(tx *db.Tx) error {
		d, err := defByID(ctx, tx, orgID, id)
		if err != nil {
			return err
		}
		e, err := d.tree()
		if err != nil {
			return err
		}
		def, err := l.s.definitions(ctx, tx, orgID)
		if err != nil {
			return err
		}
		c, err = predicate.Compile(d.whole(e), predicate.NewCatalogue(withHidden(def, []definition{d})), l.s.now())
		return err
	})
	if err != nil {
		return nil, err
	}
	a, err := l.Eval(ctx, orgID, c.Plan)
	return a.Members, err
}

func (l *plain) CatchUp(context.Context, string) error { return nil }

func (l *plain) Sizes(ctx context.Context, tx *db.Tx, orgID string, ids []string, from, to plan.Day) (map[string][]live.Size, error) {
	return (&live.Engine{}).Sizes(ctx, tx, orgID, ids, from, to)
}

func (l *plain) Status(context.Context, string) (live.Status, error) {
	return live.Status{Settled: true}, nil
}

type fixture struct {
	*Service
	t     testing.TB
	d     *db.DB
	world *world
	plain *plain
	clock *testkit.Clock
	audit *audits
	later *laterCalls
	h     http.Handler
}

func newFixture(t testing.TB, d *db.DB) *fixture {
	t.Helper()
	f := &fixture{t: t, d: d, audit: &audits{}, later: &laterCalls{},
		world: &world{def: predicatetest.Definitions(), speaker: map[string]string{}, seq: map[string]uint32{}, owner: map[string]string{}, byKey: map[Identity]string{},
			settings: OrgSettings{Zone: predicatetest.Zone, Currency: "CNY", Digits: 2}}}
	clock := testkit.NewClock(t, predicatetest.Now.Format("2006-01-02T15:04:05Z07:00"))
	log := slog.New(slog.DiscardHandler)
	f.clock = clock
	f.Service = New(d, clock.Now, log, f.world, f.world, f.audit, f.later)
	f.plain = &plain{s: f.Service, d: d}
	f.Follow(f.plain)
	r := httpx.NewRouter(log, "test")
	f.Routes(r)
	f.h = httpx.Middleware(log, roles{}, false, r)
	return f
}

// roles stands in for sign-in: the header says who comes.
type roles struct{}

func (roles) Authenticate(r *http.Request) (access.Actor, bool, error) {
	role := r.Header.Get("X-Test-Role")
	a := access.Actor{Kind: access.Staff, OrgID: orgA, ID: "stf_" + role, Role: role, OwnOnly: role == "associate"}
	if role == "foreign" {
		a.OrgID, role = orgB, "owner"
	}
	var keys []string
	for _, p := range Permissions {
		if slices.Contains(p.Roles, role) {
			keys = append(keys, p.Key)
		}
	}
	if role == "owner" || role == "operator" {
		keys = append(keys, "pool.export")
	}
	return a.WithPermissions(keys), true, nil
}

// actor is a context in which a role of the org acts.
func actor(role string) context.Context {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Test-Role", role)
	a, _, _ := roles{}.Authenticate(r) //nolint:errcheck // it has none
	return access.With(context.Background(), a)
}

// call makes a request as a role, and decodes the answer into out.
func (f *fixture) call(role, method, path, body string, out any) (int, string) {
	f.t.Helper()
	req := httptest.NewRequest(method, httpx.Prefix+path, strings.NewReader(body))
	req.Header.Set("X-Test-Role", role)
	req.Header.Set("Accept-Language", "en")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	f.h.ServeHTTP(w, req)
	text := w.Body.String()
	if out != nil && w.Code < 300 {
		if err := json.Unmarshal([]byte(text), out); err != nil {
			f.t.Fatalf("%s %s: %v\n%s", method, path, err, text)
		}
	}
	return w.Code, text
}

// must is call for what has to succeed.
func (f *fixture) must(method, path, body string, out any) {
	f.t.Helper()
	if st, text := f.call("owner", method, path, body, out); st/100 != 2 {
		f.t.Fatalf("%s %s: %d %s", method, path, st, text)
	}
}

// person puts somebody into the facts, under the id per_SEQ.
func (f *fixture) person(p plan.Person) string {
	f.t.Helper()
	id := fmt.Sprintf("per_%d", p.Seq)
	f.world.speaker[id], f.world.seq[id], f.world.owner[id] = id, p.Seq, p.Owner
	birthday, monthDay := int64(0), int64(0)
	if day, ok := plan.ParseDay(p.Birthday); ok {
		birthday, monthDay = int64(day), day.OfYear()
	}
	err := f.d.Write(f.t.Context(), orgA, func(tx *db.Tx) error {
		exec := func(query string, args ...any) error {
			_, err := tx.Exec(f.t.Context(), query, args...)
			return err
		}
		if err := exec(`INSERT INTO segment_person (org_id, seq, person_id, stage, region, gender, birthday, birthday_md, owner, name, channel, source, orders, refunds,
			gmv_minor, refunded_minor, first_order_at, last_order_at, created_at, rfm_recency, rfm_frequency, rfm_monetary) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)`,
			orgA, p.Seq, id, cmp.Or(p.Stage, "new"), p.Region, p.Gender, birthday, monthDay, p.Owner, p.Name, p.Channel, p.Source, p.Orders, p.Refunds, p.GMV, p.Refunded,
			p.FirstOrder, p.LastOrder, p.Created); err != nil {
			return err
		}
		for key, v := range p.Traits {
			text, num := "", int64(0)
			switch v := v.(type) {
			case string:
				text = v
			case float64:
				num, _ = plan.Fixed(v)
			case bool:
				if v {
					num = 1
				}
			}
			if err := exec("INSERT INTO segment_trait (org_id, seq, trait_key, txt, num) VALUES (?, ?, ?, ?, ?)", orgA, p.Seq, key, text, num); err != nil {
				return err
			}
		}
		for _, tag := range p.Tags {
			if err := exec("INSERT INTO segment_mark (org_id, seq, what, id) VALUES (?, ?, ?, ?)", orgA, p.Seq, facts.Tag, tag); err != nil {
				return err
			}
		}
		for i, e := range p.Events {
			data, err := json.Marshal(e.Data)
			if err != nil {
				return err
			}
			if err := exec("INSERT INTO segment_event (org_id, seq, kind, at, log_seq, own_seq, data) VALUES (?, ?, ?, ?, ?, ?, ?)", orgA, p.Seq, e.Kind, e.At, i, p.Seq, string(data)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return id
}
