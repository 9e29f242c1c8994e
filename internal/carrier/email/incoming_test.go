package email_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"fishpond/internal/carrier/email"
)

func lines(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

func TestParseIncoming(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("您好，颜色有哪些？\n> 旧的\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ what, mail, want string }{
		{"text in another encoding, a name in another",
			"From: =?gbk?B?" + base64.StdEncoding.EncodeToString([]byte("\xc0\xee")) + "?= <Li@Mail.Example>\nTo: reply+abc@b.example\nSubject: =?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte("问")) + "?=\nMessage-ID: <m@x>\nReferences: <a@x> <b@x>\nIn-Reply-To: <b@x>\nDate: Mon, 02 Mar 2026 08:00:00 +0800\nContent-Type: text/plain; charset=GBK\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte(gbk)) + "\n",
			`李 li@mail.example "问" "您好，颜色有哪些？" [b@x b@x a@x] auto=false files=[] left=0 at=2026-03-02T00:00:00`},
		{"text before HTML, files, a file in a file's clothes",
			"From: a@x.example\nContent-Type: multipart/mixed; boundary=M\n\n--M\nContent-Type: multipart/alternative; boundary=A\n\n--A\nContent-Type: text/html\n\n<b>rich</b>\n--A\nContent-Type: text/plain\n\nHello\n\n\n\nWorld\n\nOn Mon, Ann wrote:\n> old\n--A--\n--M\nContent-Type: image/png; name=\"x\"\nContent-Disposition: attachment; filename=\"../../p.png\"\nContent-Transfer-Encoding: base64\n\nTVo=\n--M--\n",
			`a@x.example "" "Hello\n\nWorld" [] auto=false files=[../../p.png image/png 2] left=0 at=0001-01-01T00:00:00`},
		{"HTML alone",
			"From: a@x.example\nAuto-Submitted: auto-replied\nContent-Type: text/html; charset=utf-8\n\n<html><head><title>T</title><style>b{}</style></head><body><p>Hi&nbsp;&lt;b&gt;</p><script>alert(1)</script><div>there<br>friend</div><img src=x onerror=y></body></html>\n",
			`a@x.example "" "Hi <b>\n\nthere\nfriend" [] auto=true files=[] left=0 at=0001-01-01T00:00:00`},
		{"a list", "From: a@x.example\nPrecedence: bulk\n\nx\n", `a@x.example "" "x" [] auto=true files=[] left=0 at=0001-01-01T00:00:00`},
		{"a receipt without a way back", "Return-Path: <>\nFrom: a@x.example\n\nx\n", `a@x.example "" "x" [] auto=true files=[] left=0 at=0001-01-01T00:00:00`},
		{"somebody", "From: a@x.example\nAuto-Submitted: no\nReturn-Path: <a@x.example>\n\nx\n", `a@x.example "" "x" [] auto=false files=[] left=0 at=0001-01-01T00:00:00`},
		{"half of it", "From: a@x.example\nContent-Type: multipart/mixed; boundary=M\n\n--M\n\nHello", `a@x.example "" "Hello" [] auto=false files=[] left=0 at=0001-01-01T00:00:00`},
	} {
		m, err := email.ParseIncoming(lines(c.mail))
		files := []string{}
		for _, f := range m.Files {
			files = append(files, fmt.Sprint(f.Name, " ", f.Type, " ", len(f.Content)))
		}
		got := strings.TrimSpace(m.From.Name+" "+m.From.Address) + fmt.Sprintf(" %q %q %v auto=%v files=%v left=%d at=%s", m.Subject, m.Text, m.Refs, m.Automatic, files, m.Left, m.At.Format("2006-01-02T15:04:05"))
		if err != nil || got != c.want {
			t.Errorf("%s:\n%s\n%s\n%v", c.what, got, c.want, err)
		}
	}
	for _, nobody := range []string{"", "no mail", "Subject: x\n\nx", "From: \n\nx"} {
		if _, err := email.ParseIncoming(lines(nobody)); err == nil {
			t.Errorf("%q was read", nobody)
		}
	}
}

// Boxes in boxes, and more files than anybody sends.
func TestParseIncomingBombs(t *testing.T) {
	deep := "From: a@x.example\n"
	for i := range 50 {
		deep += fmt.Sprintf("Content-Type: multipart/mixed; boundary=B%d\n\n--B%d\n", i, i)
	}
	if m, err := email.ParseIncoming(lines(deep + "\nbottom\n")); err != nil || m.Text != "" {
		t.Errorf("%q %v", m.Text, err)
	}
	many := "From: a@x.example\nContent-Type: multipart/mixed; boundary=M\n\n" + strings.Repeat("--M\nContent-Disposition: attachment; filename=f\n\nx\n", 5000) + "--M--\n"
	if m, err := email.ParseIncoming(lines(many)); err != nil || len(m.Files) != 20 || m.Left == 0 {
		t.Errorf("%d files, %d left out, %v", len(m.Files), m.Left, err)
	}
	if m, err := email.ParseIncoming(lines("From: a@x.example\nContent-Type: text/html\n\n" + strings.Repeat("<div>", 200_000) + "x")); err != nil || len(m.Text) > 1<<20 {
		t.Errorf("%d %v", len(m.Text), err)
	}
}
