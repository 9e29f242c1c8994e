package carrier

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"fishpond/internal/carrier/email"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

// upload keeps a file of so many bytes and returns its id.
func (w *world) upload(name string, size int) string {
	w.tb.Helper()
	m, err := w.s.SaveMedia(w.ctx(), name, bytes.Repeat([]byte("0123456789\n"), size/11+1)[:size])
	w.must(err)
	return m.ID
}

// enclosed lists the files in a mail: their names and sizes.
func enclosed(t *testing.T, raw string) (out []string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	for r := multipart.NewReader(m.Body, params["boundary"]); params["boundary"] != ""; {
		p, err := r.NextPart()
		if err != nil {
			break
		}
		if p.FileName() != "" {
			n, err := io.Copy(io.Discard, base64.NewDecoder(base64.StdEncoding, p))
			if err != nil {
				t.Error(err)
			}
			out = append(out, fmt.Sprint(p.FileName(), " ", n))
		}
	}
	return out
}

// Files go along with each of many mails, whole, and are encoded once. What is
// too large, or gone, stands against the mail that wants it and no other.
func TestAttachmentsOfMany(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		office := w.postOffice()
		acc := w.connect(KindEmail, map[string]string{"from": "shop@brand.example", "server": office.addr, "user": "u", "password": "p"}).ID
		_, err := w.s.MakeDKIMKey(w.ctx(), acc, NewDKIMKey{Algorithm: email.Ed25519})
		w.must(err)
		list, small := w.upload("价目表.txt", 1<<20), w.upload("b.txt", 12)
		outbox := w.s.NewOutbox(3)
		defer outbox.Close()
		var all []Outgoing
		for i := range 12 {
			all = append(all, Outgoing{Key: fmt.Sprint("k", i), AccountID: acc, To: fmt.Sprintf("p%d@mail.example", i), Subject: "New", HTML: "<p>Hi",
				Parts: []Part{{Kind: PartText, Text: "Hi"}, {Kind: PartFile, MediaID: list}, {Kind: PartFile, MediaID: small}}})
		}
		all[3].Parts = append(all[3].Parts, Part{Kind: PartFile, MediaID: "med_gone"})
		all[4].Parts = append(all[4].Parts, Part{Kind: PartFile, MediaID: w.upload("c.txt", 3<<20)})
		all[5].Parts = append(all[5].Parts, Part{Kind: PartFile, MediaID: w.upload("d.txt", 5<<20)})
		all[6].Parts = all[6].Parts[:1]
		var mu sync.Mutex
		got := make([]Delivered, len(all))
		outbox.Deliver(t.Context(), org, acc, all, func(i int, d Delivered) {
			mu.Lock()
			defer mu.Unlock()
			got[i] = d
		})
		for i, d := range got {
			bad := i >= 3 && i <= 5
			if bad && (d.Status != SendFailed || d.Again || d.Down || d.Reason.EN == "") || !bad && d.Status != SendSent {
				t.Errorf("%d: %+v", i, d)
			}
		}
		without := 0
		for _, m := range office.mail {
			switch files := strings.Join(enclosed(t, m), ", "); files {
			case "价目表.txt 1048576, b.txt 12":
			case "":
				without++
			default:
				t.Errorf("with %s", files)
			}
		}
		if len(office.mail) != 9 || without != 1 {
			t.Errorf("%d mails, %d without files", len(office.mail), without)
		}
		one, err := outbox.files.one(t.Context(), w.s, org, list)
		w.must(err)
		if again, err := outbox.files.one(t.Context(), w.s, org, list); err != nil || one == nil || again != one {
			t.Errorf("encoded again: %v", err)
		}
		if f, err := outbox.files.one(t.Context(), w.s, "org_b", list); err != nil || f != nil {
			t.Errorf("another brand's file: %v %v", f, err)
		}
		w.clock.Advance(2 * bulkRest)
		if _, err := outbox.files.one(t.Context(), w.s, org, small); err != nil || len(outbox.files.kept) != 1 {
			t.Errorf("%d files are kept, %v", len(outbox.files.kept), err)
		}
	})
}

func TestCheckAttachments(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		fits, over := w.upload("a.txt", 3_800_000), w.upload("b.txt", 100_000)
		many := []string{}
		for i := range MaxBulkCount + 1 {
			many = append(many, w.upload(fmt.Sprint(i), 10))
		}
		check := func(ids ...string) (out []Media, err error) {
			e := w.d.Write(t.Context(), org, func(tx *db.Tx) error {
				out, err = w.s.CheckAttachments(t.Context(), tx, org, ids)
				return nil
			})
			w.must(e)
			return out, err
		}
		if all, err := check(fits, many[0]); err != nil || len(all) != 2 || all[0].Name != "a.txt" {
			t.Errorf("%+v %v", all, err)
		}
		for what, ids := range map[string][]string{"too much": {fits, over}, "too many": many, "the same twice": {over, over}, "gone": {"med_x"}, "a platform's": {"x"}} {
			_, err := check(ids...)
			if e := errs.As(err); !errs.Is(err, errs.CodeInvalid) || len(e.Fields) != 1 || e.Fields[0].Path != "body.attachments" || what == "too much" && !strings.Contains(e.Fields[0].Text.EN, "5 MB") {
				t.Errorf("%s: %v", what, err)
			}
		}
		// What is in use is kept.
		w.must(w.d.Write(t.Context(), org, func(tx *db.Tx) error { return w.s.UseMedia(t.Context(), tx, org, "cmp_1", []string{fits}) }))
		w.clock.Advance(2 * keepUnused)
		w.must(w.s.CleanMedia(t.Context()))
		if _, err := check(fits); err != nil {
			t.Error(err)
		}
		if _, err := check(over); err == nil {
			t.Error("an unused file was kept")
		}
	})
}
