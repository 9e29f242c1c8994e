package carrier

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// wrote has a person say something over an account, and the module hear it.
func (w *world) wrote(account, person, text string) {
	w.tb.Helper()
	w.append(timeline.Fact{Kind: carrierevent.MessageReceived, PersonID: person, Data: carrierevent.Message{AccountID: account, ExternalID: "x", Type: "text", Text: text}})
}

func (w *world) append(facts ...timeline.Fact) {
	w.tb.Helper()
	w.must(w.d.Write(w.tb.Context(), org, func(tx *db.Tx) error {
		_, err := w.s.log.Append(w.tb.Context(), tx, org, facts...)
		return err
	}))
	w.must(w.runner().CatchUp(w.tb.Context(), org))
}

// runner moves the module's subscribers along the log.
func (w *world) runner() *timeline.Runner {
	return timeline.NewRunner(w.d, w.s.log, w.pond, w.s.logger, w.clock.Now, w.s.Subscribers()...)
}

// has gives a person an identity.
func (w *world) has(person, kind, value string) {
	w.tb.Helper()
	w.must(w.d.Write(w.tb.Context(), org, func(tx *db.Tx) error {
		return w.pond.Attach(w.tb.Context(), tx, org, person, Identity{kind, value})
	}))
}

func (w *world) proposals(status string) string {
	w.tb.Helper()
	list, err := w.s.Proposals(w.ctx(), ProposalFilter{Status: status, Limit: 100})
	w.must(err)
	var out []string
	for i := range list {
		p := list[len(list)-1-i]
		out = append(out, strings.TrimSpace(fmt.Sprint(p.PersonID, " ", p.Kind, " ", p.Value, " ", p.Status, " ", p.CandidateID)))
	}
	return strings.Join(out, "\n")
}

func (w *world) firstOpen() string {
	w.tb.Helper()
	list, err := w.s.Proposals(w.ctx(), ProposalFilter{Status: proposalOpen, Limit: 100})
	w.must(err)
	if len(list) == 0 {
		w.tb.Fatal("nothing is proposed")
	}
	return list[len(list)-1].ID
}

func TestProposals(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.has("per_old", "phone", "+8613800138000")
		w.has("per_member", "member_no", "A1024")
		w.has("per_shop", "customer_no", "taobao:fish")
		recent := timeline.Fact{Kind: mallevent.OrderPaid, PersonID: "per_buyer", OccurredAt: w.clock.Now().Add(-time.Hour), Data: mallevent.Order{OrderID: "tb-20260301-7788"}}
		old := timeline.Fact{Kind: mallevent.OrderPaid, PersonID: "per_buyer", OccurredAt: w.clock.Now().Add(-2 * keepOrders), Data: mallevent.Order{OrderID: "20250101778899"}}
		twice := timeline.Fact{Kind: mallevent.OrderPaid, PersonID: "per_other", OccurredAt: w.clock.Now(), Data: mallevent.Order{OrderID: "5550001"}}
		also := twice
		also.PersonID = "per_buyer"
		w.append(recent, old, twice, also)

		w.wrote(w.acc, "per_new", "我的手机 138 0013 8000，订单 TB-20260301-7788，老订单20250101778899，会员号A1024，旺旺 fish，邮箱 New@Shop.example，还有 5550001")
		w.wrote(w.acc, "per_new", "再说一次 13800138000")
		w.wrote(w.acc, "per_old", "my number is 13800138000") // known
		w.wrote("", "per_new", "13900139000 for a message from elsewhere")
		w.wrote(w.acc, "nobody", "13900139001")
		want := `per_new phone +8613800138000 proposed per_old
per_new email new@shop.example proposed
per_new member_no A1024 proposed per_member
per_new shop_id fish proposed per_shop
per_new order_no TB-20260301-7788 proposed per_buyer
per_new phone +8613900139000 proposed`
		if got := w.proposals(""); got != want {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
		w.expect("", "SELECT value FROM person_key WHERE org_id = ? AND person = 'per_new'", org) // nothing happens by itself

		// Accepting merges, and undoing parts them again.
		id := w.firstOpen()
		p, err := w.s.AcceptProposal(w.ctx(), id)
		if err != nil || p.Status != proposalAccepted || p.MergeID != "mrg_per_new" || p.DecidedBy != "stf_owner" || w.pond.merged["per_new"] != "per_old" {
			t.Fatalf("%+v %v %v", p, err, w.pond.merged)
		}
		for name, verb := range map[string]error{"accept": second(w.s.AcceptProposal(w.ctx(), id)), "refuse": second(w.s.RefuseProposal(w.ctx(), id))} {
			if !errs.Is(verb, errs.CodeConflict) {
				t.Errorf("%s again: %v", name, verb)
			}
		}
		if list, err := w.s.Proposals(w.ctx(), ProposalFilter{PersonID: "per_old", Limit: 10}); err != nil || len(list) != 6 {
			t.Errorf("of the person that they are now: %d %v", len(list), err)
		}
		if p, err = w.s.UndoProposal(w.ctx(), id); err != nil || p.Status != proposalUndone || len(w.pond.merged) != 0 {
			t.Fatalf("%+v %v %v", p, err, w.pond.merged)
		}
		if err := second(w.s.UndoProposal(w.ctx(), id)); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("undone twice: %v", err)
		}
		w.wrote(w.acc, "per_new", "13800138000") // is not proposed again
		// What nobody has is noted, and taken back.
		id = w.firstOpen()
		if p, err = w.s.AcceptProposal(w.ctx(), id); err != nil || p.MergeID != "" {
			t.Fatalf("%+v %v", p, err)
		}
		w.expect("email new@shop.example", "SELECT kind || ' ' || value FROM person_key WHERE org_id = ? AND person = 'per_new'", org)
		p, err = w.s.UndoProposal(w.ctx(), id)
		w.must(err)
		w.expect("", "SELECT value FROM person_key WHERE org_id = ? AND person = 'per_new'", org)
		// Refused stays refused.
		p, err = w.s.RefuseProposal(w.ctx(), w.firstOpen())
		if err != nil || p.Kind != "member_no" || p.Status != proposalRefused {
			t.Errorf("%+v %v", p, err)
		}
		w.wrote(w.acc, "per_new", "会员号A1024")
		// Somebody else got it meanwhile: look again.
		list, err := w.s.Proposals(w.ctx(), ProposalFilter{Status: proposalOpen, Limit: 1})
		w.must(err)
		w.has("per_third", "phone", "+8613900139000")
		if err := second(w.s.AcceptProposal(w.ctx(), list[0].ID)); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("moved: %v", err)
		}
		w.expect("per_third", "SELECT candidate_id FROM carrier_proposal WHERE org_id = ? AND id = ?", org, list[0].ID)
		_, err = w.s.AcceptProposal(w.ctx(), list[0].ID)
		w.must(err)
		if w.pond.merged["per_new"] != "per_third" {
			t.Errorf("%v", w.pond.merged)
		}
		w.expect("proposal.accepted 3\nproposal.made 6\nproposal.refused 1\nproposal.undone 2", "SELECT kind || ' ' || count(*) FROM timeline_event WHERE org_id = ? AND kind LIKE 'proposal.%' GROUP BY kind ORDER BY kind", org)
		if strings.Contains(strings.Join(w.pond.audits, " "), "1390013") {
			t.Errorf("the audit log has numbers: %v", w.pond.audits)
		}
		w.clock.Advance(keepOrders + time.Hour)
		w.must(w.s.Clean(t.Context()))
		w.expect("0", "SELECT CAST(count(*) AS TEXT) FROM carrier_order WHERE org_id = ?", org)
	})
}

func second[T any](_ T, err error) error { return err }

func TestProposalPolicy(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.has("per_old", "phone", "+8613800138000")
		set := func(v string) {
			_, err := w.s.Update(w.ctx(), w.acc, AccountPatch{Values: map[string]string{"links": v}})
			w.must(err)
		}
		if _, err := w.s.Update(w.ctx(), w.acc, AccountPatch{Values: map[string]string{"links": "merge"}}); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("a policy that is none: %v", err)
		}
		set("off")
		w.wrote(w.acc, "per_new", "13800138000 13900139000")
		if got := w.proposals(""); got != "" {
			t.Errorf("off: %s", got)
		}
		set("link")
		w.wrote(w.acc, "per_new", "13800138000 13900139000 a@b.example")
		w.expect("email_unverified a@b.example\nphone +8613900139000", "SELECT kind || ' ' || value FROM person_key WHERE org_id = ? AND person = 'per_new' ORDER BY kind", org)
		if got := w.proposals(proposalOpen); got != "per_new phone +8613800138000 proposed per_old" || len(w.pond.merged) != 0 {
			t.Errorf("two people became one without a human, or: %s", got)
		}
		list, err := w.s.Proposals(w.ctx(), ProposalFilter{Status: proposalAccepted, Limit: 10})
		if err != nil || len(list) != 2 || list[0].DecidedBy != "carrier" {
			t.Fatalf("%+v %v", list, err)
		}
		for _, p := range list {
			_, err := w.s.UndoProposal(w.ctx(), p.ID)
			w.must(err)
		}
		w.expect("", "SELECT kind FROM person_key WHERE org_id = ? AND person = 'per_new'", org)

		// Somebody who plays does not fill the list.
		set("")
		for i := range 6 {
			var b strings.Builder
			for j := range 10 {
				fmt.Fprintf(&b, "139%04d%04d ", i, j)
			}
			w.wrote(w.acc, "per_player", b.String())
		}
		w.expect(fmt.Sprint(maxOpen), "SELECT CAST(count(*) AS TEXT) FROM carrier_proposal WHERE org_id = ? AND person_id = 'per_player'", org)
	})
}

func TestProposalRights(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.has("per_old", "phone", "+8613800138000")
		w.wrote(w.acc, "per_new", "13800138000 a@b.example")
		w.wrote(w.acc, "per_hidden", "13900139000")
		associate := access.With(t.Context(), access.Actor{Kind: access.Staff, OrgID: org, ID: "stf_li", OwnOnly: true}.WithPermissions([]string{"carrier.link"}))
		if _, err := w.s.Proposals(associate, ProposalFilter{Limit: 10}); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("everybody's: %v", err)
		}
		if _, err := w.s.Proposals(associate, ProposalFilter{PersonID: "per_hidden", Limit: 10}); !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("somebody else's customer: %v", err)
		}
		list, err := w.s.Proposals(associate, ProposalFilter{PersonID: "per_new", Limit: 10})
		if err != nil || len(list) != 2 || list[1].Value != "+86138****8000" || list[0].Value != "a***@b.example" {
			t.Fatalf("%+v %v", list, err)
		}
		if _, err := w.s.AcceptProposal(associate, list[1].ID); !errs.Is(err, errs.CodeForbidden) || len(w.pond.merged) != 0 {
			t.Errorf("merged by who may not: %v", err)
		}
		if _, err := w.s.AcceptProposal(associate, list[0].ID); err != nil {
			t.Error(err)
		}
		hidden := w.rows("SELECT id FROM carrier_proposal WHERE org_id = ? AND person_id = 'per_hidden'", org)[0]
		stranger := access.With(t.Context(), access.Actor{Kind: access.Staff, OrgID: "org_b", ID: "stf_b"}.WithPermissions([]string{"carrier.link", "pool.merge", "pool.reveal"}))
		for _, verb := range []func() error{
			func() error { return second(w.s.AcceptProposal(associate, hidden)) }, func() error { return second(w.s.RefuseProposal(stranger, list[1].ID)) },
			func() error { return second(w.s.UndoProposal(stranger, list[0].ID)) }, func() error { return second(w.s.AcceptProposal(w.ctx(), "prp_none")) },
		} {
			if err := verb(); !errs.Is(err, errs.CodeNotFound) {
				t.Errorf("%v", err)
			}
		}
		call := w.api()
		for path, status := range map[string]int{"GET /carriers/proposals": 200, "GET /carriers/proposals?status=lost": 422, "POST /carriers/proposals/" + list[1].ID + "/refuse": 200, "POST /carriers/proposals/x/undo": 404} {
			method, path, _ := strings.Cut(path, " ")
			if rec := call(method, path, "", org, "operator", "en"); rec.Code != status {
				t.Errorf("%s %s: %d %s", method, path, rec.Code, rec.Body)
			}
			if rec := call(method, path, "", org, "finance", "en"); rec.Code != 403 {
				t.Errorf("%s %s for finance: %d", method, path, rec.Code)
			}
		}
	})
}

// TestIdentify: a visitor who writes somebody's number does not become them.
func TestIdentify(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.has("per_old", "phone", "+8613800138000")
		w.has("per_old", "email", "old@shop.example")
		p := w.site().begin()
		p.call("POST", "visit", `{"url":"https://shop.example/a","referrer":"","title":"A"}`)
		known := p.call("POST", "identify", `{"phone":"138-0013-8000"}`)
		unknown := p.call("POST", "identify", `{"phone":"+14155550100"}`)
		if known.Code != 204 || unknown.Code != 204 || known.Body.String() != unknown.Body.String() || fmt.Sprint(known.Header()) != fmt.Sprint(unknown.Header()) {
			t.Errorf("tells whether a number is known: %d %d", known.Code, unknown.Code)
		}
		p.call("POST", "identify", `{"email":"OLD@shop.example"}`)
		me := "per_" + p.visitor
		if got := w.proposals(""); got != me+" phone +8613800138000 proposed per_old\n"+me+" phone +14155550100 proposed\n"+me+" email old@shop.example proposed per_old" {
			t.Error(got)
		}
		w.expect("cookie", "SELECT kind FROM person_key WHERE org_id = ? AND person = ?", org, me)
		w.expect("page.viewed\nproposal.made\nproposal.made\nproposal.made", "SELECT kind FROM timeline_event WHERE org_id = ? AND person_id = ? ORDER BY kind", org, me)
		w.expect("", "SELECT kind FROM timeline_event WHERE org_id = ? AND person_id = 'per_old'", org)
		for _, body := range []string{`{}`, `{"phone":"1","email":"a@b.cn"}`, `{"phone":"12"}`, `{"email":"a@"}`, `{"email":"<script>@b.cn"}`, `{"phone":"` + strings.Repeat("1", 65) + `"}`, `{"person_id":"per_old"}`} {
			if rec := p.call("POST", "identify", body); rec.Code != 422 {
				t.Errorf("%s: %d", body, rec.Code)
			}
		}
		for i := range 4 {
			rec := p.call("POST", "identify", fmt.Sprintf(`{"phone":"1391111000%d"}`, i))
			if want := map[bool]int{true: 204, false: 429}[i < 2]; rec.Code != want {
				t.Errorf("%d: %d", i, rec.Code)
			}
		}
	})
}
