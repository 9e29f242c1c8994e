package campaign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/sheet"
	"fishpond/internal/platform/testkit"
)

func (w *world) pool(name string, in CodesInput) CouponPool {
	w.tb.Helper()
	p, err := w.svc.CreatePool(as("operator", "stf_1"), CouponPoolInput{Name: name, CodesInput: in})
	testkit.Must(w.tb, err)
	return p
}

// Each person has a code of their own, whenever the planner dies and whatever
// other campaign takes of the same pool; who comes after the last code is held
// back and told why.
func TestCouponsAreGivenOnce(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(200)
		_, err := w.svc.PutSettings(as("owner", "stf_1"), Settings{ApproveOver: 5000, GlobalBP: 0})
		testkit.Must(t, err)
		p := w.pool("双十二", CodesInput{Prefix: "TEA-", Count: 300})
		text := func(in *Input) {
			bp := 1000
			in.HoldoutBP, in.Subject, in.Text, in.CouponPoolID = &bp, "Tea", "{{ name | default \"x\" }} {{ coupon }}", p.ID
		}
		lacks := w.draft(func(in *Input) { text(in); in.CouponPoolID = "" })
		if _, err := w.svc.Submit(as("operator", "stf_1"), lacks.ID, lacks.Version); !errs.Is(err, errs.CodeInvalid) || errs.As(err).Fields[0].Path != "coupon_pool_id" {
			t.Errorf("%v", err)
		}
		if _, err := w.svc.Create(as("operator", "stf_1"), w.input(func(in *Input) { in.CouponPoolID = "cpl_other" })); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("a pool that there is not: %v", err)
		}
		c, other := w.draft(text), w.draft(text)
		for _, id := range []string{c.ID, other.ID} {
			check, err := w.svc.Check(as("operator", "stf_1"), id)
			if err != nil || check.Coupons == nil || check.Coupons.Left != 300 || check.Coupons.Needed != 180 || len(check.Warnings) != 0 || check.Unwritten != 0 {
				t.Errorf("%+v %v", check, err)
			}
			_, err = w.svc.Submit(as("operator", "stf_1"), id, 1)
			testkit.Must(t, err)
		}
		died := errors.New("died")
		for round := 0; ; round++ { // the two are planned in turns, and die
			if round > 20 {
				t.Fatal("planning does not end")
			}
			through := 0
			for i, id := range []string{c.ID, other.ID} {
				s := w.service()
				n := 0
				s.planned = func() error {
					if n++; n > (round+i)%2 {
						return died
					}
					return nil
				}
				if round == 1 {
					w.box.fail = died
				}
				err := s.Plan(context.Background(), org, id)
				if w.box.fail = nil; err == nil {
					through++
				} else if !errors.Is(err, died) {
					t.Fatal(err)
				}
			}
			if through == 2 {
				break
			}
		}
		seen, held := map[string]string{}, 0
		for _, id := range []string{c.ID, other.ID} {
			var to []Reader
			for _, r := range w.box.to[id] {
				if !r.LeftOut {
					to = append(to, Reader{PersonID: r.PersonID, Data: r.Data})
				} else if strings.Contains(string(r.Data), "TEA-") {
					t.Errorf("who is left out has a code: %s", r.Data)
				}
			}
			all, err := w.svc.Render(context.Background(), org, id, to)
			testkit.Must(t, err)
			for i, m := range all {
				if m.Err != nil {
					if held++; errs.As(m.Err).Text.EN != "There were not enough coupon codes for this person" {
						t.Errorf("%v", m.Err)
					}
					continue
				}
				code := m.Text[strings.LastIndex(m.Text, " ")+1:]
				if was := seen[code]; was != "" || !strings.HasPrefix(code, "TEA-") || len(code) != 14 {
					t.Errorf("%s has %s, and so has %s", to[i].PersonID, code, was)
				}
				seen[code] = id + to[i].PersonID
			}
		}
		got, err := w.svc.Pool(as("operator", "stf_1"), p.ID)
		if err != nil || got.Taken != 300 || got.Left != 0 || len(seen) != 300 || held != int(w.get(c.ID).Treated+w.get(other.ID).Treated)-300 {
			t.Errorf("%+v, %d given, %d held, %v", got, len(seen), held, err)
		}
		page, _, err := w.svc.Coupons(as("operator", "stf_1"), p.ID, "taken", "tea", 0, 100)
		if err != nil || len(page) != 100 || seen[page[7].Code] != page[7].CampaignID+page[7].PersonID {
			t.Errorf("%+v %v", page[7], err)
		}
		check, err := w.svc.Check(as("operator", "stf_1"), w.draft(text).ID)
		if err != nil || len(check.Warnings) != 1 {
			t.Errorf("%+v %v", check, err)
		}
	})
}

func TestCodesOfTheirOwn(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(5)
		owner := as("owner", "stf_1")
		p := w.pool("own", CodesInput{Codes: "\ufeffcode,note\r\nAAA-1,x\n\"AAA-2\"\n\nAAA-3\n"})
		if p.Total != 3 || p.Left != 3 {
			t.Errorf("%+v", p)
		}
		for text, want := range map[string][]string{
			"BBB-1\nBBB 2\nBBB-1\n": {"Line 2: a code has 4 to 40 letters, digits, - or _", "Line 3: the same as line 1"},
			"BBB-1\nAAA-2\n":        {"“AAA-2” is there already"},
			"=HYPERLINK(1)":         {"Line 1: a code has 4 to 40 letters, digits, - or _"},
			"\n\n":                  {"Either how many to make, or the codes"},
			"code":                  {"There is no code in it"},
		} {
			_, err := w.svc.AddCodes(owner, p.ID, CodesInput{Codes: text})
			var said []string
			if errs.Is(err, errs.CodeInvalid) {
				for _, f := range errs.As(err).Fields {
					said = append(said, f.Text.EN)
				}
			}
			if fmt.Sprint(said) != fmt.Sprint(want) {
				t.Errorf("%q: %v %q", text, err, said)
			}
		}
		if got, err := w.svc.AddCodes(owner, p.ID, CodesInput{Count: 50}); err != nil || got.Total != 53 {
			t.Errorf("%+v %v", got, err)
		}
		if _, err := w.svc.AddCodes(owner, p.ID, CodesInput{Count: 200_000, Length: 6}); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("codes that can be guessed: %v", err)
		}
		if _, err := w.svc.AddCodes(as("owner", "stf_9"), "cpl_x", CodesInput{Count: 1}); !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("%v", err)
		}
		header, rows, err := w.svc.CouponSheet(owner, p.ID)
		testkit.Must(t, err)
		var out bytes.Buffer
		testkit.Must(t, sheet.Write(&out, sheet.CSV, header, rows))
		if n := strings.Count(out.String(), "\n"); n != 54 || !strings.Contains(out.String(), "AAA-3,free") {
			t.Errorf("%d lines: %s", n, out.String()[:200])
		}
	})
}

// A code is used once; the same order may tell of it again.
func TestRedeeming(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(2)
		p := w.pool("p", CodesInput{Codes: "TEA-0001\nTEA-0002\nTEA-0003\nlower-1\n"})
		w.start(w.draft(func(in *Input) { in.Text, in.CouponPoolID = "{{ coupon }}", p.ID }))
		var c Coupon
		w.api.Want(t, "org_a operator stf_1", 200, "POST", "/coupon-codes/tea-0001/redeem", `{"order_id":"o1"}`, &c)
		if c.State != "redeemed" || c.PersonID == "" || c.OrderID != "o1" {
			t.Errorf("%+v", c)
		}
		w.api.Want(t, "org_a operator stf_1", 200, "POST", "/coupon-codes/TEA-0001/redeem", `{"order_id":"o1"}`, nil)
		w.api.Want(t, "org_a operator stf_1", 409, "POST", "/coupon-codes/TEA-0001/redeem", `{"order_id":"o2"}`, nil)
		w.api.Want(t, "org_a operator stf_1", 409, "POST", "/coupon-codes/TEA-0001/redeem", `{}`, nil)
		w.api.Want(t, "org_a operator stf_1", 200, "POST", "/coupon-codes/TEA-0003/redeem", `{}`, nil) // handed out elsewhere
		w.api.Want(t, "org_a operator stf_1", 200, "POST", "/coupon-codes/lower-1/redeem", `{}`, nil)
		w.api.Want(t, "org_a operator stf_1", 404, "POST", "/coupon-codes/NO-SUCH/redeem", `{}`, nil)
		w.api.Want(t, "org_b operator stf_1", 404, "POST", "/coupon-codes/TEA-0002/redeem", `{}`, nil)
		w.api.Want(t, "org_a viewer stf_1", 403, "POST", "/coupon-codes/TEA-0002/redeem", `{}`, nil)
		w.api.Want(t, "org_b operator stf_1", 404, "GET", "/coupon-pools/"+p.ID, "", nil)
		var got CouponPool
		w.api.Want(t, "org_a viewer stf_1", 200, "GET", "/coupon-pools/"+p.ID, "", &got)
		if got.Redeemed != 3 || got.Taken != 2 {
			t.Errorf("%+v", got)
		}
		if facts := testkit.Texts(t, d, org, "SELECT person_id FROM timeline_event WHERE org_id = ? AND kind = 'coupon.redeemed'", org); len(facts) != 1 || facts[0] != c.PersonID {
			t.Errorf("%v", facts)
		}
	})
}
