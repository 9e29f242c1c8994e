package drill

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"fishpond/internal/insight"
	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

var schema = testkit.Migrations(insight.Migration)

// villager is somebody with all that the sources could tell of them.
type villager struct {
	id, speaker string
	seq         uint32
	word        string // what the gate says: "", a reason, or "?" where it knows nothing
	ties        []Tie
	email       int // 0 none, 1 good, 2 came back
	phone       bool
	value       int64 // −1: not known
}

// village is a pool that a test has made up, and everything around it.
type village struct {
	accounts []Account
	people   []villager
	unknown  string // what the gate says of whom it knows nothing
	stand    ValueStand
	broken   error // of the values, the last step

	saved  map[string][]uint32 // segments by name
	drafts map[string]Draft
	queued []string
	audits []string
}

func (v *village) Accounts(context.Context, *db.Tx, string) ([]Account, error) {
	return v.accounts, nil
}

func (v *village) Persons(_ context.Context, _ *db.Tx, _ string, tell func(string, string, uint32)) error {
	for _, p := range v.people {
		tell(p.id, p.speaker, p.seq)
	}
	return nil
}

func (v *village) Ties(_ context.Context, _ *db.Tx, _ string, tell func(Tie)) error {
	for _, p := range v.people {
		for _, t := range p.ties {
			t.PersonID = p.id
			tell(t)
		}
	}
	return nil
}

func (v *village) Addresses(_ context.Context, _ *db.Tx, _, kind string, tell func(string, bool)) error {
	for _, p := range v.people {
		if kind == "email" && p.email > 0 {
			tell(p.id, p.email == 2)
		}
		if kind == "sms" && p.phone {
			tell(p.id, false)
		}
	}
	return nil
}

func (v *village) Words(_ context.Context, _ *db.Tx, _, _ string, tell func(string, string)) (string, error) {
	for _, p := range v.people {
		if p.word != "?" {
			tell(p.id, p.word)
		}
	}
	return v.unknown, nil
}

func (v *village) Values(_ context.Context, _ *db.Tx, _ string, tell func(string, int64)) (ValueStand, error) {
	for _, p := range v.people {
		if p.value >= 0 && v.stand.Known {
			tell(p.id, p.value)
		}
	}
	return v.stand, v.broken
}

func (v *village) OrgIDs(context.Context) ([]string, error) { return []string{testOrg}, nil }

func (v *village) Zone(context.Context, *db.Tx, string) (*time.Location, error) { return time.UTC, nil }

func (v *village) EnqueueDrill(_ context.Context, _ *db.Tx, _, id string) error {
	v.queued = append(v.queued, id)
	return nil
}

func (v *village) Audit(_ context.Context, _ *db.Tx, action, _, _ string, _ any) error {
	v.audits = append(v.audits, action)
	return nil
}

// shop is the village's segments and campaigns.
type shop struct{ *village }

func (s shop) Persons(_ context.Context, _ string, seqs []uint32) (out []behind.PersonBehind, _ error) {
	for _, n := range seqs {
		out = append(out, behind.PersonBehind{Seq: n, ID: fmt.Sprintf("per_%d", n)})
	}
	return out, nil
}

func (s shop) Segment(_ context.Context, _, name string) (string, error) {
	if _, ok := s.saved[name]; ok {
		return "seg_" + name, nil
	}
	return "", nil
}

func (s shop) SaveSegment(_ context.Context, _, name, _ string, who []uint32) (string, error) {
	if _, ok := s.saved[name]; ok {
		return "", errs.Conflict(i18n.T("已有", "there is one"))
	}
	s.saved[name] = who
	return "seg_" + name, nil
}

func (s shop) Exported(context.Context, string, string, any) error { return nil }

func (s shop) Draft(_ context.Context, name, _ string) (string, error) {
	if _, ok := s.drafts[name]; ok {
		return "cmp_" + name, nil
	}
	return "", nil
}

func (s shop) Create(_ context.Context, d Draft) (string, error) {
	s.drafts[d.Name] = d
	return "cmp_" + d.Name, nil
}

func (s shop) Invite(context.Context, string, string) (string, error) { return "", nil }

// world is the module over a village.
type world struct {
	*village
	t     *testing.T
	svc   *Service
	clock *testkit.Clock
	ctx   context.Context
}

const testOrg = "org_a"

func newWorld(t *testing.T, d *db.DB, v *village) *world {
	t.Helper()
	v.saved, v.drafts = map[string][]uint32{}, map[string]Draft{}
	w := &world{village: v, t: t, clock: testkit.NewClock(t, "2026-06-15T00:00:00Z")}
	w.svc = New(d, w.clock.Now, slog.New(slog.DiscardHandler), Ports{Sources: v, Segments: shop{v}, Desk: &behind.Desk{Ports: shop{v}}, Campaigns: shop{v}, Invites: shop{v}, Orgs: v, Jobs: v, Auditor: v})
	w.ctx = access.With(t.Context(), access.Actor{Kind: access.Staff, OrgID: testOrg, ID: "sta_1"}.WithPermissions([]string{"insight.read", "insight.keep", "segment.write", "campaign.write"}))
	return w
}

func (w *world) run(in RunInput) Report {
	w.t.Helper()
	r, err := w.svc.Start(w.ctx, in)
	if err == nil {
		err = w.svc.Do(w.ctx, testOrg, r.ID)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return w.report(r.ID)
}

func (w *world) report(id string) Report {
	w.t.Helper()
	out, err := w.svc.Report(w.ctx, testOrg, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// someVillage makes one up: the same for the same number.
func someVillage(n uint64) *village {
	r := rand.New(rand.NewPCG(n, 8))
	v := &village{unknown: []string{"", WhyConsent}[r.IntN(2)], stand: ValueStand{Known: r.IntN(4) > 0, Currency: "CNY", Why: i18n.T("订单太少", "too few orders")}}
	kinds := []string{"wecom", "wecom", "official_account", "wecom_kf", "web", "email", "email", "sms", "mini_program"}
	r.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	for i, k := range kinds[:r.IntN(len(kinds)+1)] {
		a := Account{ID: fmt.Sprintf("acc_%d", i), Kind: k, Name: fmt.Sprintf("%s %d", k, i), Active: r.IntN(8) > 0, Failing: r.IntN(8) == 0}
		if k == "wecom" {
			for m := range 1 + r.IntN(4) {
				staff := ""
				if r.IntN(3) > 0 {
					staff = fmt.Sprintf("sta_%d", r.IntN(4)) // one may have a seat in two corps, and two in one
				}
				a.Members = append(a.Members, Member{UserID: fmt.Sprintf("u%d", m), Name: fmt.Sprintf("member %d", m), StaffID: staff})
			}
		}
		v.accounts = append(v.accounts, a)
	}
	for i := range r.IntN(60) {
		p := villager{id: fmt.Sprintf("per_%d", i), seq: uint32(i*3 + r.IntN(3)), word: []string{"?", "?", "", "", "", WhyConsent, WhyDoNotContact}[r.IntN(7)], email: r.IntN(3), phone: r.IntN(2) == 0, value: int64(r.IntN(5000)) - 1000}
		p.speaker = p.id
		if p.value < 0 {
			p.value = -1
		}
		if i > 0 && r.IntN(10) == 0 {
			p.speaker = v.people[r.IntN(i)].speaker
			p.word, p.value = "?", -1 // the speaker's count
		}
		for _, a := range v.accounts {
			if a.Kind == "email" || a.Kind == "sms" || a.Kind == "mini_program" {
				continue
			}
			seats := a.Members
			if len(seats) == 0 {
				seats = []Member{{}}
			}
			for _, m := range seats {
				t := Tie{AccountID: a.ID, UserID: m.UserID}
				switch r.IntN(6) {
				case 0:
					t.Direct = a.Kind != "web"
					t.Waits = !t.Direct
				case 1:
					t.Waits = a.Kind != "wecom"
					if t.Why = "window"; !t.Waits {
						t.Why = WhyMemberLeft
					}
				case 2:
					t.Why = WhyNotFriend
				default:
					continue
				}
				p.ties = append(p.ties, t)
			}
		}
		v.people = append(v.people, p)
	}
	return v
}
