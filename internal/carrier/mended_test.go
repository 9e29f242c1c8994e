package carrier

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fishpond/internal/carrier/email"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

// problems are the codes of what is wrong with the account now.
func (w *world) problems() string {
	w.tb.Helper()
	h, err := w.s.Health(w.ctx(), w.acc)
	w.must(err)
	var out []string
	for _, p := range h.Problems {
		out = append(out, p.Code)
	}
	return strings.Join(out, " ")
}

// TestFailureEndsWhenItWorksAgain: a failure of the account ends with any call
// that succeeds; one of a single call with that call, or with a test.
func TestFailureEndsWhenItWorksAgain(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		tags := func() { _, _ = w.s.wecomOf(w.account(), slotContact, impatient).Tags(t.Context()) }
		followers := func() { _, _ = w.s.wecomOf(w.account(), slotContact, impatient).Followers(t.Context()) }
		test := func() {
			if r, err := w.s.Test(w.ctx(), w.acc); err != nil || !r.OK {
				t.Errorf("%+v %v", r, err)
			}
		}
		_, err := w.s.Update(w.ctx(), w.acc, AccountPatch{Values: map[string]string{"directory_secret": "s3cret"}})
		w.must(err)
		members := func() { _, _ = w.s.wecomOf(w.account(), slotDirectory, impatient).Member(t.Context(), "li") }
		w.corp.befriend("li", "wm1", "Ann", w.clock.Now(), nil)
		failing := func() bool { return strings.Contains(w.problems(), "platform_error") }
		for _, c := range []struct {
			name, answer string
			then         func()
			stays        bool
		}{
			{"another call", `{"errcode":60020}`, followers, false},
			{"the same call", `{"errcode":48002}`, tags, false},
			{"another call than the one that is forbidden", `{"errcode":48002}`, followers, true},
			{"a call with another secret", `{"errcode":60020}`, members, true},
			{"a test", `{"errcode":48002}`, test, false},
		} {
			w.must(w.s.mended(t.Context(), org, w.acc))
			w.corp.say("department/list", `{"department":[]}`)
			w.corp.say("externalcontact/get_corp_tag_list", c.answer)
			tags()
			if !failing() {
				t.Errorf("%s: no failure to begin with", c.name)
			}
			if c.then(); failing() != c.stays {
				t.Errorf("after %s: still failing %v, want %v", c.name, failing(), c.stays)
			}
		}
		// One client that lives through both.
		w.must(w.s.mended(t.Context(), org, w.acc))
		c := w.s.wecomOf(w.account(), slotContact, impatient)
		w.corp.say("externalcontact/get_corp_tag_list", `{"errcode":60020}`)
		if _, err := c.Tags(t.Context()); err == nil || !failing() {
			t.Error("no failure")
		}
		if _, err := c.Tags(t.Context()); err != nil || failing() {
			t.Errorf("still failing, %v", err)
		}
	})
}

// TestMailThatIsTakenAgain: so it is where no quota counts the calls.
func TestMailThatIsTakenAgain(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.acc = w.connect(KindEmail, map[string]string{"from": "shop@brand.example", "server": "smtp.brand.example:587", "user": "u", "password": "p"}).ID
		w.s.counted(t.Context(), w.account(), "smtp", errs.Conflict(i18n.T("邮箱密码不正确", "The password is not right")).Because(email.ErrSignIn))
		if got := w.problems(); !strings.Contains(got, "platform_error") {
			t.Errorf("refused: %s", got)
		}
		w.s.counted(t.Context(), w.account(), "smtp", nil)
		if got := w.problems(); strings.Contains(got, "platform_error") {
			t.Errorf("taken: %s", got)
		}
		w.expect("2", "SELECT CAST(SUM(calls) AS TEXT) FROM carrier_call WHERE org_id = ? AND account_id = ?", org, w.acc)
	})
}

// TestVerifiedAddressIsSetUp: the platform's look at the address is all there is
// until something happens.
func TestVerifiedAddressIsSetUp(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.corp.befriend("li", "wm1", "Ann", w.clock.Now(), nil)
		step := func() TestStep {
			r, err := w.s.Test(w.ctx(), w.acc)
			if err != nil || !r.OK {
				t.Errorf("%+v %v", r, err)
			}
			return r.Steps[len(r.Steps)-1]
		}
		if s := step(); s.OK || !s.Warning || !strings.Contains(w.problems(), "no_callbacks") {
			t.Errorf("not entered: %+v %s", s, w.problems())
		}
		crypto, err := wire.NewCrypto(cbToken, cbKey, corpID)
		w.must(err)
		at := fmt.Sprint(w.clock.Now().Unix())
		echo, signature := crypto.Seal(at, "n", []byte("hello"))
		q := strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(echo)
		look := func(signature string) int {
			rec := httptest.NewRecorder()
			w.s.Callbacks().ServeHTTP(rec, httptest.NewRequest("GET", "/callbacks/"+w.acc+"?msg_signature="+signature+"&timestamp="+at+"&nonce=n&echostr="+q, nil))
			return rec.Code
		}
		if code := look("wrong"); code != 403 || step().OK {
			t.Errorf("somebody else's look: %d %+v", code, step())
		}
		if code := look(signature); code != 200 {
			t.Fatal(code)
		}
		h, err := w.s.Health(w.ctx(), w.acc)
		if s := step(); err != nil || !s.OK || s.Warning || strings.Contains(w.problems(), "no_callbacks") || h.VerifiedAt == nil || !h.VerifiedAt.Equal(w.clock.Now()) {
			t.Errorf("verified: %+v %+v %v", s, h, err)
		}
		// Another token has to be entered there as well.
		_, err = w.s.Update(w.ctx(), w.acc, AccountPatch{Values: map[string]string{"callback_token": cbToken}})
		w.must(err)
		if !step().OK {
			t.Error("the same token again is no change")
		}
		_, err = w.s.Update(w.ctx(), w.acc, AccountPatch{Values: map[string]string{"callback_token": "another"}})
		w.must(err)
		if s := step(); s.OK {
			t.Errorf("after a change: %+v", s)
		}
	})
}

func TestSecretExpiry(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, c := range []struct {
			in   string
			want int64 // seconds since 1970; 0: none, -1: refused
		}{
			{"2027-01-31T00:00:00+08:00", 1801324800}, {"2027-01-31", -1}, {"0001-01-01T00:00:00Z", -1}, {"", 0},
		} {
			a, err := w.s.Update(w.ctx(), w.acc, AccountPatch{SecretExpiresAt: &c.in})
			switch {
			case c.want == -1:
				if !errs.Is(err, errs.CodeInvalid) {
					t.Errorf("%q was taken: %v", c.in, err)
				}
			case c.want == 0 && (err != nil || a.SecretExpiresAt != nil),
				c.want > 0 && (err != nil || a.SecretExpiresAt == nil || !a.SecretExpiresAt.Equal(time.Unix(c.want, 0))):
				t.Errorf("%q: %v %v", c.in, a.SecretExpiresAt, err)
			}
		}
		call := w.api()
		if rec := call("PATCH", "/carriers/accounts/"+w.acc, `{"secret_expires_at":"2027-01-31T00:00:00Z"}`, org, "owner", "en"); rec.Code != 200 || !strings.Contains(rec.Body.String(), `"secret_expires_at":"2027-01-31T00:00:00Z"`) {
			t.Errorf("set: %d %s", rec.Code, rec.Body)
		}
		if rec := call("PATCH", "/carriers/accounts/"+w.acc, `{"secret_expires_at":""}`, org, "owner", "en"); rec.Code != 200 || !strings.Contains(rec.Body.String(), `"secret_expires_at":null`) {
			t.Errorf("cleared: %d %s", rec.Code, rec.Body)
		}
	})
}
