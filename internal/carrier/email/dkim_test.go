package email_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"fishpond/internal/carrier/email"
	"fishpond/internal/platform/errs"
	"fishpond/internal/simulator/mailsink"
)

// The example of RFC 8463, appendix A: one mail with two signatures, and the
// records that stand in DNS.
var (
	example = lines(`DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
`)
	exampleDNS = map[string]string{
		"brisbane._domainkey.football.example.com": "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
		"test._domainkey.football.example.com": "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/b" +
			"yYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
	}
	exampleSeed = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
)

// verified checks the signatures of a mail against records.
func verified(t *testing.T, raw []byte, dns map[string]string) (out []*dkim.Verification) {
	t.Helper()
	out, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		if r, ok := dns[name]; ok {
			return []string{r}, nil
		}
		return nil, errors.New("no such name: " + name)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// exampleKey is the private key of the example, as PEM.
func exampleKey(t *testing.T) string {
	t.Helper()
	seed, err := base64.StdEncoding.DecodeString(exampleSeed)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// What we verify with knows the example; the example's key gives its record;
// the signature over the example's mail is good, and covers the same body.
func TestDKIMExample(t *testing.T) {
	for _, v := range verified(t, example, exampleDNS) {
		if v.Err != nil || v.Domain != "football.example.com" {
			t.Errorf("%s: %v", v.Domain, v.Err)
		}
	}
	spoiled := bytes.Replace(example, []byte("hungry"), []byte("hungrx"), 1)
	if all := verified(t, spoiled, exampleDNS); len(all) != 2 || all[0].Err == nil || all[1].Err == nil {
		t.Errorf("a mail that was changed: %v", all)
	}
	key, kind, err := email.ParseKey(exampleKey(t))
	if err != nil || kind != email.Ed25519 {
		t.Fatal(kind, err)
	}
	d := &email.DKIM{Domain: "football.example.com", Selector: "brisbane", Key: key}
	if record, err := d.Record(); err != nil || record != exampleDNS[d.Host()] {
		t.Errorf("%s is %q, %v", d.Host(), record, err)
	}
	raw, err := email.Build(email.Message{ID: "20030712040037.46341.5F8J@football.example.com", From: mail.Address{Name: "Joe SixPack", Address: "joe@football.example.com"}, To: mail.Address{Address: "suzie@shopping.example.net"},
		Subject: "Is dinner ready?", Text: "Hi.\n\nWe lost the game.  Are you hungry yet?\n\nJoe.\n", Sign: d})
	if err != nil || !strings.Contains(string(raw), "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=") { // the hash of the example's body
		t.Errorf("%s %v", raw, err)
	}
	if all := verified(t, raw, exampleDNS); len(all) != 1 || all[0].Err != nil {
		t.Errorf("%v", all)
	}
}

// keys makes a key of each kind.
func keys(t *testing.T) map[string]crypto.Signer {
	t.Helper()
	out := map[string]crypto.Signer{}
	for _, kind := range []string{email.RSA, email.Ed25519} {
		text, err := email.NewKey(kind)
		if err != nil {
			t.Fatal(err)
		}
		key, got, err := email.ParseKey(text)
		if err != nil || got != kind {
			t.Fatal(kind, got, err)
		}
		out[kind] = key
	}
	return out
}

// What arrives over the line is what was signed: text with dots, Chinese,
// HTML, files; from the pool and from a single sender.
func TestSignedMailArrives(t *testing.T) {
	s, err := mailsink.New()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	got := map[string][]byte{}
	s.Keep = true
	s.Took = func(m mailsink.Mail) error {
		mu.Lock()
		defer mu.Unlock()
		got[m.ID] = m.Raw
		return nil
	}
	p := post(t, s, 2)
	dns, kinds := map[string]string{}, []string{}
	var all []email.Message
	for kind, key := range keys(t) {
		d := &email.DKIM{Domain: "pond.example", Selector: kind + "2026", Key: key}
		if dns[d.Host()], err = d.Record(); err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(*email.Message){
			"text": func(m *email.Message) { m.HTML = "" },
			"html": func(*email.Message) {},
			"ends": func(m *email.Message) { m.HTML, m.Text = "", "a  b\t \r\n\r\n..\n.\n\n\n" },
			"files": func(m *email.Message) {
				m.Files = []*email.Attachment{file(t, "价.pdf", "application/pdf", strings.Repeat("%PDF", 50_000)), file(t, "a.txt", "text/plain", ".\r\n")}
			},
		} {
			m := message()
			m.ID, m.Sign = kind+"."+name+"@pond.example", d
			m.To.Name = ""
			change(&m)
			all, kinds = append(all, m), append(kinds, kind)
		}
	}
	for i, err := range send(p, t.Context(), all) {
		if err != nil {
			t.Errorf("%s: %v", all[i].ID, err)
		}
	}
	for i, m := range all {
		v := verified(t, got[m.ID], dns)
		if len(v) != 1 || v[0].Err != nil || v[0].Domain != "pond.example" {
			t.Errorf("%s: %v %v", m.ID, kinds[i], v)
			continue
		}
		if h := strings.ToLower(strings.Join(v[0].HeaderKeys, " ")); !strings.Contains(h, "list-unsubscribe-post") || strings.Count(h, "from") != 2 {
			t.Errorf("%s covers %s", m.ID, h)
		}
		unsigned := m
		unsigned.Sign = nil
		raw, err := email.Build(unsigned)
		if err != nil || !bytes.HasSuffix(got[m.ID], raw) {
			t.Errorf("%s: what arrived is not what Build makes, %v", m.ID, err)
		}
	}
}

// A record counts as receivers read it.
func TestPublished(t *testing.T) {
	key := keys(t)[email.RSA]
	d := &email.DKIM{Domain: "pond.example", Selector: "s", Key: key}
	record, err := d.Record()
	if err != nil {
		t.Fatal(err)
	}
	_, p, _ := strings.Cut(record, "p=")
	for what, c := range map[string]struct {
		records []string
		want    bool
	}{
		"as it is":          {[]string{record}, true},
		"with other spaces": {[]string{"v = DKIM1;k=rsa ; t=s; p=" + p[:100] + " \t" + p[100:] + ";"}, true},
		"the least":         {[]string{"p=" + p}, true},
		"none":              {nil, false},
		"two":               {[]string{record, record}, false},
		"taken back":        {[]string{"v=DKIM1; k=rsa; p="}, false},
		"of another kind":   {[]string{"v=DKIM1; k=ed25519; p=" + p}, false},
		"another version":   {[]string{"v=DKIM2; k=rsa; p=" + p}, false},
		"another key":       {[]string{strings.Replace(record, p[40:44], "AAAA", 1)}, false},
		"something else":    {[]string{"v=spf1 -all"}, false},
	} {
		if got, err := d.Published(c.records); err != nil || got != c.want {
			t.Errorf("%s: %v %v", what, got, err)
		}
	}
}

// What is no key is refused in words, and nothing of it is repeated.
func TestParseKeyRefuses(t *testing.T) {
	good := exampleKey(t)
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string]string{"nothing": "", "words": "my secret words", "half": good[:60] + "\n-----END PRIVATE KEY-----\n", "a certificate": strings.ReplaceAll(good, "PRIVATE KEY", "CERTIFICATE")[:80],
		"one of 1024 bits": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(short)}))}
	for what, text := range bad {
		if _, _, err := email.ParseKey(text); !errs.Is(err, errs.CodeInvalid) || strings.Contains(err.Error(), "secret words") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// BenchmarkBuild makes a mail of 4.7 kB: unsigned, and signed with each kind of key.
func BenchmarkBuild(b *testing.B) {
	m := email.Message{ID: "m1@pond.example", From: mail.Address{Name: "Pond", Address: "shop@pond.example"}, To: mail.Address{Address: "ann@example.com"}, Subject: "News", Text: "News",
		HTML: strings.Repeat("<p>All about tea and rain</p>\n", 150), Unsubscribe: "https://pond.example/u/1"}
	for _, kind := range []string{"unsigned", email.RSA, email.Ed25519} {
		b.Run(kind, func(b *testing.B) {
			if m.Sign = nil; kind != "unsigned" {
				text, err := email.NewKey(kind)
				if err != nil {
					b.Fatal(err)
				}
				key, _, err := email.ParseKey(text)
				if err != nil {
					b.Fatal(err)
				}
				m.Sign = &email.DKIM{Domain: "pond.example", Selector: "s", Key: key}
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := email.Build(m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
