package email_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"fishpond/internal/carrier/email"
)

// dsn is a delivery status notification about one of our mails.
func dsn(fields, more string) string {
	return strings.ReplaceAll(`From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: bounce+aaaa@bounce.brand.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

This is a MIME message.
--B
Content-Type: text/plain

I'm sorry.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Sun, 1 Mar 2026 08:00:00 +0000

`+fields+`
--B
Content-Type: message/rfc822

Return-Path: <bounce+aaaa@bounce.brand.example>
Message-ID: <snd.1@brand.example>
Subject: Hello
`+more+`
Hello
--B--
`, "\n", "\r\n")
}

func arf(kind string) string {
	return strings.ReplaceAll(`From: <fbl@provider.example>
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain

This is an email abuse report.
--B
Content-Type: message/feedback-report

Feedback-Type: `+kind+`
User-Agent: Feedback/1.0
Version: 1
Original-Mail-From: <bounce+aaaa@bounce.brand.example>
Original-Rcpt-To: <ann@mail.example>

--B
Content-Type: text/rfc822-headers

Message-ID: <snd.1@brand.example>
--B--
`, "\n", "\r\n")
}

func TestParseReport(t *testing.T) {
	failed := "Final-Recipient: rfc822; ann@mail.example\nAction: failed\nStatus: %s\nDiagnostic-Code: smtp; %s"
	for name, c := range map[string]struct{ mail, want string }{
		"no such user":            {dsn(fmt.Sprintf(failed, "5.1.1", "550 5.1.1\n  user unknown"), ""), "bounce hard 5.1.1 ann@mail.example snd.1@brand.example|550 5.1.1 user unknown"},
		"full":                    {dsn(fmt.Sprintf(failed, "5.2.2", "552 mailbox full"), ""), "bounce 5.2.2 ann@mail.example snd.1@brand.example|552 mailbox full"},
		"policy":                  {dsn(fmt.Sprintf(failed, "5.7.1", "554 spam"), ""), "bounce 5.7.1 ann@mail.example snd.1@brand.example|554 spam"},
		"too long tried":          {dsn(fmt.Sprintf(failed, "4.4.1", "timeout"), ""), "bounce 4.4.1 ann@mail.example snd.1@brand.example|timeout"},
		"vague, the words tell":   {dsn(fmt.Sprintf(failed, "5.0.0", "550 No such user here"), ""), "bounce hard 5.0.0 ann@mail.example snd.1@brand.example|550 No such user here"},
		"vague, the code tells":   {dsn(fmt.Sprintf(failed, "5.0.0", "550 5.1.10 null MX"), ""), "bounce hard 5.1.10 ann@mail.example snd.1@brand.example|550 5.1.10 null MX"},
		"in Chinese":              {dsn(fmt.Sprintf(failed, "5.0.0", "550 收件人不存在"), ""), "bounce hard 5.0.0 ann@mail.example snd.1@brand.example|550 收件人不存在"},
		"delayed":                 {dsn("Final-Recipient: rfc822; ann@mail.example\nAction: delayed\nStatus: 4.4.1", ""), "delay 4.4.1 ann@mail.example snd.1@brand.example|"},
		"delivered":               {dsn("Final-Recipient: rfc822; ann@mail.example\nAction: delivered\nStatus: 2.0.0", ""), "other   snd.1@brand.example|"},
		"no action":               {dsn("Final-Recipient: rfc822; ann@mail.example\nStatus: 5.1.1", ""), "bounce hard 5.1.1 ann@mail.example snd.1@brand.example|"},
		"two recipients":          {dsn("Final-Recipient: rfc822; a@b.example\nAction: delivered\n\n"+fmt.Sprintf(failed, "5.1.1", "x"), ""), "bounce hard 5.1.1 ann@mail.example snd.1@brand.example|x"},
		"hostile fields":          {dsn(fmt.Sprintf(failed, "5.1.1", strings.Repeat("x", 5000)+"\x00\x1b[31m"), ""), "bounce hard 5.1.1 ann@mail.example snd.1@brand.example|" + strings.Repeat("x", 300)},
		"a report in the mail":    {dsn(fmt.Sprintf(failed, "4.4.1", "x"), "Content-Type: message/delivery-status\n\nStatus: 5.1.1"), "bounce 4.4.1 ann@mail.example snd.1@brand.example|x"},
		"abuse":                   {arf("abuse"), "complaint  ann@mail.example snd.1@brand.example|abuse"},
		"not spam after all":      {arf("not-spam"), "other   snd.1@brand.example|"},
		"qmail":                   {"From: MAILER-DAEMON@qmail.example\r\nSubject: failure notice\r\n\r\nHi. 550 5.1.1 sorry, no mailbox here by that name.\r\n", "bounce hard 5.1.1  |no mailbox here"},
		"退信":                      {"From: <postmaster@qq.example>\r\nSubject: =?utf-8?B?6YCA5L+h?=\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n5pS25Lu25Lq65LiN5a2Y5Zyo\r\n", "bounce hard   |收件人不存在"},
		"on holiday":              {"From: ann@mail.example\r\nAuto-Submitted: auto-replied\r\nSubject: Undeliverable for a week\r\n\r\n5.1.1\r\n", "other   |"},
		"somebody writes":         {"From: ann@mail.example\r\nSubject: Re: Hello\r\n\r\n5.1.1 is my favourite\r\n", "other   |"},
		"no boundary":             {"From: postmaster@x.example\r\nContent-Type: multipart/report\r\n\r\n--B\r\n", "bounce   |"},
		"broken":                  {strings.TrimSuffix(dsn(fmt.Sprintf(failed, "5.1.1", "x"), ""), "\r\nHello\r\n--B--\r\n"), "bounce hard 5.1.1 ann@mail.example snd.1@brand.example|x"},
		"an address that is none": {dsn("Final-Recipient: rfc822; <script>\"@x,y\nAction: failed\nStatus: 5.1.1", ""), "bounce hard 5.1.1  snd.1@brand.example|"},
	} {
		r, err := email.ParseReport([]byte(c.mail))
		got := r.Kind
		if r.Hard {
			got += " hard"
		}
		got += " " + r.Status + " " + r.Recipient + " " + r.MessageID + "|" + r.Reason
		if err != nil || got != c.want {
			t.Errorf("%s: %.200q, want %.200q (%v)", name, got, c.want, err)
		}
	}
	if _, err := email.ParseReport([]byte("no header")); !errors.Is(err, email.ErrReport) {
		t.Error(err)
	}
	// Mail in mail in mail, and more parts than anybody sends: bounded work.
	deep := "Content-Type: message/delivery-status\r\n\r\nStatus: 5.1.1\r\nAction: failed\r\n"
	for i := range 50 {
		deep = fmt.Sprintf("Content-Type: multipart/mixed; boundary=\"b%d\"\r\n\r\n--b%d\r\n%s\r\n--b%d--\r\n", i, i, deep, i)
	}
	if r, err := email.ParseReport([]byte("From: x@y.example\r\n" + deep)); err != nil || r.Kind != email.Other {
		t.Errorf("%+v %v", r, err)
	}
}

func FuzzParseReport(f *testing.F) {
	f.Add([]byte(dsn("Final-Recipient: rfc822; ann@mail.example\nAction: failed\nStatus: 5.1.1", "")))
	f.Add([]byte(arf("abuse")))
	f.Add([]byte("From: MAILER-DAEMON\r\nSubject: failure notice\r\n\r\n550 user unknown"))
	f.Add([]byte("Content-Type: multipart/report; boundary=B\r\nContent-Transfer-Encoding: base64\r\n\r\nLS1C"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := email.ParseReport(data)
		if err != nil {
			return
		}
		for _, v := range []string{r.Reason, r.Recipient, r.MessageID, r.Return, r.Status} {
			if len(v) > 300 || strings.ContainsAny(v, "\r\n\x00") || !utf8.ValidString(v) {
				t.Errorf("%q", v)
			}
		}
		if r.Hard && r.Kind != email.Bounce {
			t.Errorf("%+v", r)
		}
	})
}
