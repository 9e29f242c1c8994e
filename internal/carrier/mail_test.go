package carrier

import (
	"context"
	"fmt"
	"net"
	"net/http/httptest"
	gosmtp "net/smtp"
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func TestAnswersByMail(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		office := w.postOffice()
		acc := w.connect(KindEmail, map[string]string{"from": "shop@brand.example", "server": office.addr, "user": "u", "password": "p", "bounce_domain": "bounce.brand.example"}).ID
		send := func(key, subject string) Receipt {
			t.Helper()
			r, err := w.s.Send(t.Context(), org, Outgoing{Key: key, AccountID: acc, To: "Ann@Mail.example", Subject: subject, Parts: []Part{{Kind: PartText, Text: "Hello"}}})
			w.must(err)
			return r
		}
		if _, err := w.s.Send(t.Context(), org, Outgoing{Key: "k0", AccountID: acc, To: "ann@mail.example", Parts: []Part{{Kind: PartText, Text: "Hello"}}}); err == nil {
			t.Error("a first mail without a subject was sent")
		}
		first := send("k1", "New tea")
		_, to, _ := strings.Cut(office.mail[0], "Reply-To: <")
		to, _, _ = strings.Cut(to, ">")
		if !strings.HasPrefix(to, "reply+") || !strings.HasSuffix(office.mail[0], "Hello\r\n") {
			t.Fatalf("%q %q", to, office.mail[0])
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		w.must(err)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.s.serveBounces(ctx, l) }()
		defer func() { stop(); w.must(<-ended) }()
		deliver := func(to, head, body string) error {
			return gosmtp.SendMail(l.Addr().String(), nil, "ann@mail.example", []string{to}, []byte(strings.ReplaceAll(head+"\n\n"+body, "\n", "\r\n")))
		}
		said := func(want string) {
			t.Helper()
			w.expect(want, "SELECT person_id || ' ' || data FROM timeline_event WHERE org_id = ? AND kind = 'message.received' ORDER BY seq DESC LIMIT 1", org)
		}
		for range 2 { // a server that has not heard our answer comes again
			w.must(deliver(strings.ToUpper(to), "From: Ann <ann@mail.example>\nSubject: Re: New tea\nMessage-ID: <a1@mail.example>\nContent-Type: multipart/mixed; boundary=M",
				"--M\n\nHow much?\n\nOn Sunday the shop wrote:\n> Hello\n--M\nContent-Type: image/png\nContent-Disposition: attachment; filename=\"../x.png\"\n\nMZ\x02 no picture\n--M--\n"))
		}
		w.expect("1", "SELECT CAST(count(*) AS TEXT) FROM timeline_event WHERE org_id = ? AND kind = 'message.received'", org)
		w.expect("1", "SELECT CAST(count(*) AS TEXT) FROM carrier_media WHERE org_id = ?", org)
		said(`per_ann@mail.example {"account_id":"` + acc + `","message_id":"a1@mail.example","external_id":"ann@mail.example","type":"mail","text":"How much?","subject":"Re: New tea","attachments":[{"media_id":"` +
			attachedID(acc, "a1@mail.example", 0) + `","kind":"file","name":"x.png","type":"application/octet-stream","bytes":14}]}`)

		// Our answer answers theirs, also in its subject.
		if r := send("k2", ""); r.Status != SendSent || !strings.Contains(office.mail[1], "In-Reply-To: <a1@mail.example>") || !strings.Contains(office.mail[1], "Subject: Re: New tea\r\n") {
			t.Errorf("%+v %q", r, office.mail[1])
		}
		// A machine's answer is told as one, and is not what we answer next.
		w.must(deliver(to, "From: ann@mail.example\nSubject: Out of office\nMessage-ID: <a2@mail.example>\nAuto-Submitted: auto-replied", "I am away"))
		said(`per_ann@mail.example {"account_id":"` + acc + `","message_id":"a2@mail.example","external_id":"ann@mail.example","type":"mail","text":"I am away","subject":"Out of office","automatic":true}`)
		w.expect("a1@mail.example", "SELECT message_id FROM carrier_mail WHERE org_id = ?", org)

		// What the brand forwards: known by what it answers, or by who wrote it.
		w.must(deliver("inbox@bounce.brand.example", "From: Ann <ann@work.example>\nSubject: x\nMessage-ID: <a3@w>\nReferences: <else@x> <"+first.PlatformID+">", "From work"))
		said(`per_ann@mail.example {"account_id":"` + acc + `","message_id":"a3@w","external_id":"ann@mail.example","type":"mail","text":"From work","subject":"x"}`)
		w.must(deliver("inbox@bounce.brand.example", "From: ann@mail.example\nSubject: y\nMessage-ID: <a4@w>", "By herself"))
		said(`per_ann@mail.example {"account_id":"` + acc + `","message_id":"a4@w","external_id":"ann@mail.example","type":"mail","text":"By herself","subject":"y"}`)
		w.must(deliver("inbox@bounce.brand.example", "From: stranger@spam.example\nSubject: z", "Buy"))
		w.expect("4", "SELECT CAST(count(*) AS TEXT) FROM timeline_event WHERE org_id = ? AND kind = 'message.received'", org)
		if err := deliver("inbox@other.example", "From: a@x.example", "x"); err == nil {
			t.Error("another domain's mail was taken")
		}
		for i := range mailsAnHour + 1 {
			if err := deliver(to, fmt.Sprintf("From: ann@mail.example\nMessage-ID: <f%d@x>", i), "again"); err != nil {
				if i < mailsAnHour-4 {
					t.Errorf("%d: %v", i, err)
				}
				return
			}
		}
		t.Error("nobody was slowed down")
	})
}

func TestAnswersBySMS(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a := w.connect(KindSMS, map[string]string{"app_id": "1400006666", "secret_id": "id", "secret": "k", "sign": "Shop"})
		path := strings.TrimPrefix(a.CallbackURL, "https://pond.example")
		if !strings.HasPrefix(path, "/callbacks/"+a.ID+"?key=") || len(path) < 60 {
			t.Fatalf("%q", path)
		}
		for _, hidden := range a.SecretsSet {
			if hidden == callbackKey {
				t.Error("a secret of ours is shown")
			}
		}
		w.must(w.d.Write(t.Context(), org, func(tx *db.Tx) error {
			for _, n := range []string{"1", "2"} {
				if _, err := tx.Exec(t.Context(), `INSERT INTO carrier_send (org_id, id, key, account_id, person_id, recipient, digest, content, status, attempts, lease_until, platform_id, created_at, updated_at)
					VALUES (?, ?, ?, ?, 'per_1', '+8613800138000', '', '', 'sent', 1, 0, ?, 1, 1)`, org, "snd_"+n, "k"+n, a.ID, "serial"+n); err != nil {
					return err
				}
			}
			return nil
		}))
		// An account from before has an address once it is tested.
		old, err := w.s.Connect(w.ctx(), NewAccount{Kind: KindSMS, Name: "Old", Values: map[string]string{"app_id": "1400007777", "secret_id": "id", "secret": "k", "sign": "Shop", "base_url": w.corp.URL}})
		w.must(err)
		w.must(w.d.Write(t.Context(), org, func(tx *db.Tx) error {
			b, err := w.s.accountByID(t.Context(), tx, org, old.ID)
			if err != nil {
				return err
			}
			delete(b.secrets, callbackKey)
			return w.s.saveAccount(t.Context(), tx, b)
		}))
		if got, err := w.s.Account(w.ctx(), old.ID); err != nil || got.CallbackURL != "" {
			t.Errorf("%q %v", got.CallbackURL, err)
		}
		if _, err := w.s.Test(w.ctx(), old.ID); err != nil {
			t.Error(err)
		}
		if got, err := w.s.Account(w.ctx(), old.ID); err != nil || got.CallbackURL == "" {
			t.Errorf("%q %v", got.CallbackURL, err)
		}
		tell := func(path, body string) string {
			rec := httptest.NewRecorder()
			w.s.Callbacks().ServeHTTP(rec, httptest.NewRequest("POST", path, strings.NewReader(body)))
			w.tick()
			return fmt.Sprint(rec.Code, " ", rec.Body)
		}
		const reports = `[{"user_receive_time":"2026-03-01 15:59:00","nationcode":"86","mobile":"13800138000","report_status":"SUCCESS","errmsg":"DELIVRD","description":"ok","sid":"serial1"},
			{"user_receive_time":"2026-03-01 15:59:01","nationcode":"86","mobile":"13800138000","report_status":"FAIL","errmsg":"MK:0001","description":"x","sid":"serial2"},
			{"user_receive_time":"","nationcode":"86","mobile":"13800138000","report_status":"FAIL","errmsg":"X","description":"x","sid":"nobody's"}]`
		const answer = `{"extend":"","mobile":"13900139000","nationcode":"86","sign":"Shop","text":"回T<b>","time":1772352000}`
		for _, wrong := range []string{strings.Split(path, "?")[0], strings.Split(path, "=")[0] + "=x", "/callbacks/acc_none?key=x"} {
			if got := tell(wrong, reports); got != "403 " {
				t.Errorf("%s: %s", wrong, got)
			}
		}
		for _, body := range []string{reports, reports, answer, answer} {
			if got := tell(path, body); got != "200 "+smsTaken {
				t.Errorf("%s", got)
			}
		}
		for _, bad := range []string{"", "{}", `{"mobile":"1","text":""}`, "[1]"} {
			if got := tell(path, bad); got != "403 " {
				t.Errorf("%q: %s", bad, got)
			}
		}
		w.expect(`message.delivered per_1 {"account_id":"`+a.ID+`","send_id":"snd_1","key":"k1","message_id":"serial1","external_id":"+8613800138000"}
message.failed per_1 {"account_id":"`+a.ID+`","send_id":"snd_2","key":"k2","message_id":"serial2","external_id":"+8613800138000","code":"MK:0001","reason":"号码是空号","reason_en":"There is no such number"}`,
			"SELECT kind || ' ' || person_id || ' ' || data FROM timeline_event WHERE org_id = ? AND kind IN ('message.delivered', 'message.failed') ORDER BY kind", org)
		w.expect("per_+8613900139000 回T<b>", `SELECT person_id || ' ' || CASE WHEN data LIKE '%回T%' THEN '回T<b>' ELSE data END FROM timeline_event WHERE org_id = ? AND kind = 'message.received'`, org)
	})
}
