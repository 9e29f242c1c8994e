package carrier

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"fishpond/internal/carrier/email"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// dns is what stands in DNS, and what is wrong with it.
type dns struct {
	records map[string][]string
	broken  error
}

func (d *dns) lookup(_ context.Context, name string) ([]string, error) {
	if d.broken != nil {
		return nil, d.broken
	}
	r, ok := d.records[strings.TrimSuffix(name, ".")]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return r, nil
}

// signedBy tells which key a mail is signed with, as receivers find out.
func (d *dns) signedBy(t *testing.T, mail string) string {
	t.Helper()
	all, err := dkim.VerifyWithOptions(strings.NewReader(mail), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) { return d.lookup(t.Context(), name) }})
	if err != nil || len(all) > 1 {
		t.Fatal(all, err)
	}
	for _, v := range all {
		if v.Err != nil {
			return "badly: " + v.Err.Error()
		}
		_, s, _ := strings.Cut(strings.Join(strings.Fields(mail[:strings.Index(mail, "\r\nFrom:")]), ""), ";s=")
		selector, _, _ := strings.Cut(s, ";")
		return selector + "@" + v.Domain
	}
	return "nobody"
}

// A key signs once its record has been found, or where nobody can look; a new
// one takes the old one's place only then. Mail to one and to many is signed.
func TestDKIMKeys(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		office := w.postOffice()
		names := &dns{records: map[string][]string{}}
		w.s.o.LookupTXT = names.lookup
		acc := w.connect(KindEmail, map[string]string{"from": "shop@Mail.Brand.example", "server": office.addr, "user": "u", "password": "p"}).ID
		outbox := w.s.NewOutbox(2)
		defer outbox.Close()
		n := 0
		expect := func(want string) {
			t.Helper()
			n++
			r, err := w.s.Send(t.Context(), org, Outgoing{Key: fmt.Sprint("one", n), AccountID: acc, To: "ann@mail.example", Subject: "Hi", Parts: text("Hello\n.")})
			w.must(err)
			outbox.Deliver(t.Context(), org, acc, []Outgoing{{Key: fmt.Sprint("many", n), AccountID: acc, To: "ann@mail.example", Subject: "你好", Parts: text(".\nHello"), HTML: "<p>你好"}}, func(_ int, d Delivered) {
				if d.Status != SendSent {
					t.Errorf("%+v", d)
				}
			})
			if r.Status != SendSent || len(office.mail) != 2*n {
				t.Fatalf("%+v, %d mails", r, len(office.mail))
			}
			for _, m := range office.mail[2*n-2:] {
				if got := names.signedBy(t, m); got != want {
					t.Errorf("signed by %s, not by %s:\n%s", got, want, m)
				}
			}
		}
		expect("nobody")
		first, err := w.s.MakeDKIMKey(w.ctx(), acc, NewDKIMKey{Algorithm: email.RSA, Selector: "One", Domain: "brand.example"})
		w.must(err)
		if first.Host != "one._domainkey.brand.example" || first.State != DKIMWaiting || strings.Join(first.Strings, "") != first.Record || len(first.Strings) != 2 || len(first.Strings[0]) != 255 {
			t.Errorf("%+v", first)
		}
		look := func(id, state, found string) DKIMKey {
			t.Helper()
			k, err := w.s.CheckDKIMKey(w.ctx(), acc, id)
			if err != nil || k.State != state || k.Found != found || k.CheckedAt == nil || k.Text == "" {
				t.Fatalf("%+v %v", k, err)
			}
			return k
		}
		look(first.ID, DKIMWaiting, DNSMissing)
		if _, err := w.s.UseDKIMKey(w.ctx(), acc, first.ID); err == nil {
			t.Error("a key whose record is known to be missing was switched on")
		}
		names.records[first.Host] = []string{"v=spf1 -all", first.Record}
		look(first.ID, DKIMWaiting, DNSDifferent)
		expect("nobody")
		names.records[first.Host] = []string{first.Record}
		look(first.ID, DKIMSigning, DNSOK)
		expect("one@brand.example")

		// The next one, by the seed of RFC 8463, and DNS that cannot be asked.
		if _, err := w.s.MakeDKIMKey(w.ctx(), acc, NewDKIMKey{Algorithm: email.RSA}); err != nil {
			t.Fatal(err)
		}
		second, err := w.s.MakeDKIMKey(w.ctx(), acc, NewDKIMKey{PrivateKey: "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n"})
		w.must(err)
		if second.Record != "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" || second.Domain != "mail.brand.example" || second.Selector != "fp20260301e" {
			t.Errorf("%+v", second)
		}
		if all, err := w.s.DKIMKeys(w.ctx(), acc); err != nil || len(all) != 2 || all[0].ID != first.ID || all[1].ID != second.ID {
			t.Errorf("%+v %v", all, err)
		}
		names.broken = errors.New("no network")
		look(second.ID, DKIMWaiting, DNSUnknown)
		names.broken = nil
		expect("one@brand.example")
		if _, err := w.s.UseDKIMKey(w.ctx(), acc, second.ID); err != nil {
			t.Fatal(err)
		}
		names.records[second.Host] = []string{second.Record}
		expect("fp20260301e@mail.brand.example")
		look(second.ID, DKIMSigning, DNSOK)
		delete(names.records, second.Host)
		look(second.ID, DKIMSigning, DNSMissing) // somebody is told; a resolver's mistake does not end signing
		w.must(w.s.DropDKIMKey(w.ctx(), acc, second.ID))
		expect("nobody")
		w.expect("", "SELECT id FROM carrier_dkim WHERE org_id = ?", org)
		if got := strings.Join(w.pond.audits, "\n"); strings.Contains(got, "PRIVATE") || strings.Count(got, "dkim_made") != 3 || strings.Count(got, "dkim_signs") != 2 || strings.Count(got, "dkim_dropped") != 1 {
			t.Error(got)
		}
	})
}

func TestDKIMEndpoints(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.s.o.LookupTXT = (&dns{}).lookup
		mail := "/carriers/accounts/" + w.connect(KindEmail, map[string]string{"from": "a@brand.example", "server": "smtp.brand.example:465", "user": "u", "password": "p"}).ID + "/dkim"
		made, err := w.s.MakeDKIMKey(w.ctx(), strings.Split(mail, "/")[3], NewDKIMKey{Algorithm: email.Ed25519})
		w.must(err)
		w.expect("1", "SELECT count(*) FROM carrier_dkim WHERE org_id = ? AND sealed NOT LIKE '%PRIVATE%'", org)
		call := w.api()
		for _, c := range []struct {
			name, method, path, body, org, role string
			status                              int
			contains                            string
		}{
			{"list", "GET", mail, "", org, "operator", 200, `"record":"v=DKIM1; k=ed25519; p=`},
			{"viewers", "GET", mail, "", org, "viewer", 403, ""},
			{"another org's", "GET", mail, "", "org_b", "owner", 404, ""},
			{"an account that sends no mail", "GET", "/carriers/accounts/" + w.acc + "/dkim", "", org, "owner", 409, ""},
			{"check", "POST", mail + "/" + made.ID + "/check", "", org, "operator", 200, `"found":"missing"`},
			{"use what is missing", "POST", mail + "/" + made.ID + "/use", "", org, "operator", 409, ""},
			{"check nothing", "POST", mail + "/dkm_x/check", "", org, "operator", 404, ""},
			{"check another org's", "POST", mail + "/" + made.ID + "/check", "", "org_b", "operator", 404, ""},
			{"make", "POST", mail, `{"algorithm":"rsa","selector":"s1"}`, org, "operator", 201, `"host":"s1._domainkey.brand.example"`},
			{"somebody else's domain", "POST", mail, `{"domain":"evil.example"}`, org, "operator", 422, "body.domain"},
			{"a part of a word", "POST", mail, `{"domain":"and.example"}`, org, "operator", 422, "body.domain"},
			{"a selector with a dot", "POST", mail, `{"selector":"a.b"}`, org, "operator", 422, "body.selector"},
			{"no key", "POST", mail, `{"private_key":"hello"}`, org, "operator", 422, "body.private_key"},
			{"a kind that is none", "POST", mail, `{"algorithm":"dsa"}`, org, "operator", 422, "body.algorithm"},
			{"drop what is gone", "DELETE", mail + "/" + made.ID, "", org, "operator", 404, ""},
		} {
			rec := call(c.method, c.path, c.body, c.org, c.role, "en")
			if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.contains) || strings.Contains(rec.Body.String(), "MC4CAQ") {
				t.Errorf("%s: %d %s", c.name, rec.Code, rec.Body)
			}
		}
	})
}
