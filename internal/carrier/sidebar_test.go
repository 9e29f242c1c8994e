package carrier

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

func TestSidebar(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		o := newOcean(t, d)
		if _, err := o.s.SignSidebar(o.ctx(), o.acc, "https://pond.example/sidebar"); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("without an app: %v", err)
		}
		_, err := o.s.Update(o.ctx(), o.acc, AccountPatch{Values: map[string]string{"agent_id": "1000001", "agent_secret": o.secrets["agent"], "archive_secret": o.secrets["archive"]}})
		o.must(err)
		if r, err := o.s.Test(o.ctx(), o.acc); err != nil || !r.OK {
			t.Errorf("%+v %v", r, err)
		}
		got, err := o.s.SignSidebar(o.ctx(), o.acc, "https://pond.example/sidebar?x=1#y")
		o.must(err)
		ticket := func(slot string) string {
			t.Helper()
			var out string
			o.must(o.d.Read(t.Context(), org, func(tx *db.Tx) error {
				var sealed string
				err := tx.QueryRow(t.Context(), "SELECT sealed FROM carrier_token WHERE org_id = ? AND slot = ?", org, slot).Scan(&sealed)
				if err != nil {
					return err
				}
				plain, err := o.ring.OpenString(org, tokenPurpose+"."+o.acc+"."+slot, sealed)
				out = plain.Reveal()
				return err
			}))
			return out
		}
		page, agent := ticket(slotPage), ticket(slotSidebar)
		if page == agent || got.CorpID != "ww0000000000000001" || got.AgentID != "1000001" || got.Signature != wecom.SignPage(page, got.Nonce, got.Timestamp, "https://pond.example/sidebar?x=1") ||
			got.AgentSignature != wecom.SignPage(agent, got.Nonce, got.Timestamp, "https://pond.example/sidebar?x=1") {
			t.Errorf("%+v", got)
		}
		if _, err := o.s.SignSidebar(o.ctx(), o.acc, "javascript:alert(1)"); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("no page: %v", err)
		}

		// Who the customer is.
		var who struct{ Items []struct{ ID string } }
		o.control("POST", "/customers", `{"name":"Ann"}`, &who)
		_, qr, err := o.s.PutContactWay(o.system(), org, o.acc, ContactWay{UserIDs: []string{"li"}, State: "cod_1"})
		o.must(err)
		o.control("POST", "/scan", fmt.Sprintf(`{"customer":%q,"code":%q}`, who.Items[0].ID, qr), nil)
		o.settle()
		external := o.rows("SELECT external_id FROM carrier_contact WHERE org_id = ?", org)[0]
		if id, err := o.s.PersonOf(o.ctx(), o.acc, external); err != nil || id != "per_"+external {
			t.Errorf("%s %v", id, err)
		}
		for _, unknown := range []string{"wm_nobody", ""} {
			if _, err := o.s.PersonOf(o.ctx(), o.acc, unknown); !errs.Is(err, errs.CodeNotFound) {
				t.Errorf("%q: %v", unknown, err)
			}
		}
		if rec := o.ask(access.Actor{Kind: access.Staff, OrgID: org, ID: "stf_a"}, "GET", "/carriers/accounts/"+o.acc+"/persons?external_userid="+external, "", ""); rec.Code != 200 || !strings.Contains(rec.Body.String(), `{"person_id":"per_`+external+`"}`) {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}

		// Who looks: before anybody is signed in.
		in, address, err := o.s.MemberSignInURL(t.Context(), o.acc, "https://pond.example/back", "s")
		if err != nil || in != org || !strings.HasPrefix(address, o.sim.URL+"/connect/oauth2/authorize?") || !strings.Contains(address, "agentid=1000001") {
			t.Errorf("%s %s %v", in, address, err)
		}
		code := func() string {
			var made struct{ Code string }
			o.control("POST", kfCorp+"/oauth_code", `{"userid":"li","agentid":1000001,"redirect_uri":"https://pond.example/back"}`, &made)
			return made.Code
		}
		whose := func(c string) Visitor {
			t.Helper()
			in, v, err := o.s.MemberByCode(t.Context(), o.acc, c)
			o.must(err)
			if in != org {
				t.Errorf("a member of %s", in)
			}
			return v
		}
		if got := whose(code()); got != (Visitor{UserID: "li"}) {
			t.Errorf("nobody here: %+v", got)
		}
		o.sync()
		o.must(o.s.SetStaff(o.ctx(), o.acc, "li", StaffPatch{StaffID: ptr("stf_li")}))
		once := code()
		if got := whose(once); got != (Visitor{UserID: "li", StaffID: "stf_li"}) {
			t.Errorf("nobody has let them in: %+v", got)
		}
		if _, _, err := o.s.MemberByCode(t.Context(), o.acc, once); !errs.Is(err, errs.CodeForbidden) {
			t.Errorf("a used code: %v", err)
		}

		// Who runs the accounts says who members are; who may sign in, an owner does.
		boss := access.With(t.Context(), access.Actor{Kind: access.Staff, OrgID: org, ID: "stf_boss"}.WithPermissions([]string{"carrier.write", PermSignIn}))
		program := access.With(t.Context(), access.Actor{Kind: access.APIKey, OrgID: org, ID: "key_1"}.WithPermissions([]string{"carrier.write", PermSignIn}))
		operator := access.With(t.Context(), access.Actor{Kind: access.Staff, OrgID: org, ID: "stf_op"}.WithPermissions([]string{"carrier.write"}))
		for name, ctx := range map[string]context.Context{"an operator": operator, "a program": program} {
			if err := o.s.SetStaff(ctx, o.acc, "li", StaffPatch{SignIn: ptr(true)}); !errs.Is(err, errs.CodeForbidden) {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := o.s.LetSignIn(ctx, o.acc); !errs.Is(err, errs.CodeForbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := o.s.SetStaff(boss, o.acc, "wu", StaffPatch{SignIn: ptr(true)}); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("a member who is nobody: %v", err)
		}
		o.must(o.s.SetStaff(boss, o.acc, "li", StaffPatch{SignIn: ptr(true)}))
		if got := whose(code()); got != (Visitor{UserID: "li", StaffID: "stf_li", Proved: true}) {
			t.Errorf("%+v", got)
		}
		if n, err := o.s.LetSignIn(boss, o.acc); err != nil || n != 0 {
			t.Errorf("again: %d %v", n, err)
		}
		// Another tie is another matter, and so is another corp.
		o.must(o.s.SetStaff(operator, o.acc, "li", StaffPatch{StaffID: ptr("stf_wu")}))
		if got := whose(code()); got.StaffID != "stf_wu" || got.Proved {
			t.Errorf("an operator made somebody else of them: %+v", got)
		}
		if n, err := o.s.LetSignIn(boss, o.acc); err != nil || n != 1 || !whose(code()).Proved {
			t.Errorf("let in as who they are now: %d %v", n, err)
		}
		for _, v := range []map[string]string{{"corp_id": "ww0000000000000009"}, {"corp_id": "ww0000000000000001"}} {
			_, err := o.s.Update(operator, o.acc, AccountPatch{Values: v})
			o.must(err)
		}
		if whose(code()).Proved {
			t.Error("let in by another corp's word")
		}
		o.must(o.s.SetStaff(boss, o.acc, "wu", StaffPatch{StaffID: ptr("stf_wu"), SignIn: ptr(true)}))
		o.control("POST", kfCorp+"/leave", `{"userid":"wu"}`, nil)
		o.sync()
		o.expect("left ", "SELECT status || ' ' || sign_in FROM carrier_staff WHERE org_id = ? AND user_id = 'wu'", org)

		// The archive.
		ask := func(pairs ...ArchivePair) []ArchiveAnswer {
			t.Helper()
			out, err := o.s.ArchiveConsent(t.Context(), org, o.acc, pairs)
			o.must(err)
			return out
		}
		talk := ArchivePair{"li", external}
		if got := ask(talk); got[0].Allowed() || got[0].Archived {
			t.Errorf("nobody is archived: %+v", got)
		}
		o.control("POST", kfCorp+"/open_archive", `{"userids":["li"]}`, nil)
		if got := ask(ArchivePair{"wu", external}, talk, talk); got[0].Archived || !got[1].Allowed() || got[1].Consent != ConsentDefault || got[2] != got[1] {
			t.Errorf("%+v", got)
		}
		for agrees, want := range map[bool]string{true: ConsentAgreed, false: ConsentRefused} {
			o.control("POST", kfCorp+"/agree_archive", fmt.Sprintf(`{"external_userid":%q,"userid":"li","agrees":%v}`, external, agrees), nil)
			if got := ask(talk); got[0].Consent != want || got[0].Allowed() != agrees || got[0].Since == nil {
				t.Errorf("%v: %+v", agrees, got)
			}
		}
	})
}
