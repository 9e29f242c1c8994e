package carrier

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

// picture is a small one.
func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type simMoment struct {
	ID    string `json:"moment_id"`
	Users []string
}

func (o *massOcean) moments() []simMoment {
	var list struct{ Items []simMoment }
	o.control("GET", brand+"/moments", "", &list)
	return list.Items
}

// moment says how far a moment is: its state, and member, state, timelines,
// comments and likes of each.
func (o *massOcean) moment(key string) string {
	o.tb.Helper()
	var m MomentStatus
	o.must(o.d.Read(o.tb.Context(), org, func(tx *db.Tx) (err error) {
		m, err = o.s.MomentOf(o.tb.Context(), tx, org, key)
		return err
	}))
	out := m.Status + m.Code
	for _, t := range m.Tasks {
		out += fmt.Sprintf(", %s %s %d %d %d", t.UserID, t.Status, t.Customers, t.Comments, t.Likes)
	}
	return out
}

func (o *massOcean) lookAt(key string) {
	o.tb.Helper()
	o.must(o.d.Write(o.tb.Context(), org, func(tx *db.Tx) error { return o.s.LookAtMoment(o.tb.Context(), tx, org, key) }))
	o.tick()
}

// TestMoment: members are asked once, also when answers are lost; who published
// it, who sees it and who liked it is known afterwards.
func TestMoment(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		o := newMassOcean(t, d, 3)
		pic, err := o.s.SaveMedia(o.ctx(), "a.png", picture(t))
		o.must(err)
		ask := MomentAsk{OrgID: org, Key: "bro_1", AccountID: o.acc, Senders: []string{"wu", "li", "nobody"}, Parts: append(text("Spring tea"), Part{Kind: PartImage, MediaID: pic.ID})}
		write := func(fn func(tx *db.Tx) error) { t.Helper(); o.must(d.Write(t.Context(), org, fn)) }
		for range 2 {
			write(func(tx *db.Tx) error { return o.s.AskMoment(t.Context(), tx, ask) })
		}
		o.control("POST", "/faults", `{"kind":"reset_after","path":"externalcontact/add_moment_task","times":1}`, nil)
		for range 10 {
			o.tick()
			write(func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), "UPDATE carrier_moment SET next_at = 0 WHERE org_id = ? AND status IN ('asking', 'creating')", org)
				return err
			})
		}
		all := o.moments()
		if len(all) != 1 || o.moment("bro_1") != "asked, li asked 0 0 0, nobody asked 0 0 0, wu asked 0 0 0" {
			t.Fatalf("%+v %s", all, o.moment("bro_1"))
		}
		o.control("POST", brand+"/publish_moment", fmt.Sprintf(`{"id":%q,"userid":"li"}`, all[0].ID), nil)
		for _, like := range []bool{true, false} {
			o.control("POST", brand+"/react_to_moment", fmt.Sprintf(`{"id":%q,"userid":"li","external_userid":%q,"like":%v}`, all[0].ID, o.of["li"][1], like), nil)
		}
		o.lookAt("bro_1")
		o.lookAt("bro_1")
		if got := o.moment("bro_1"); got != "asked, li published 3 1 1, nobody refused 0 0 0, wu asked 0 0 0" {
			t.Errorf("%s", got)
		}
		var who []MomentReaction
		o.must(d.Read(t.Context(), org, func(tx *db.Tx) (err error) {
			who, err = o.s.MomentReactions(t.Context(), tx, org, "bro_1", 0, 10)
			return err
		}))
		if len(who) != 2 || who[0].PersonID != "per_"+o.of["li"][1] {
			t.Errorf("%+v", who)
		}
		write(func(tx *db.Tx) error { return o.s.CancelMoment(t.Context(), tx, org, "bro_1") })
		o.tick()
		if got := o.moment("bro_1"); got != "done, li published 3 1 1, nobody refused 0 0 0, wu cancelled 0 0 0" {
			t.Errorf("%s", got)
		}
		// By a tag that nobody of the platform has, and one that is over before it begins.
		late := MomentAsk{OrgID: org, Key: "bro_2", AccountID: o.acc, Senders: []string{"li"}, Parts: text("Late"), EndAt: time.Now().Add(-time.Minute)}
		write(func(tx *db.Tx) error { return o.s.AskMoment(t.Context(), tx, late) })
		bad := MomentAsk{OrgID: org, Key: "bro_3", AccountID: o.acc, Senders: []string{"nobody"}, Parts: text("To nobody")}
		write(func(tx *db.Tx) error { return o.s.AskMoment(t.Context(), tx, bad) })
		o.tick()
		o.tick()
		if got := o.moment("bro_2") + "; " + o.moment("bro_3"); got != "cancelled, li cancelled 0 0 0; failed40003, nobody cancelled 0 0 0" {
			t.Errorf("%s", got)
		}
	})
}

// TestMomentForm: what the platform would refuse is refused before.
func TestMomentForm(t *testing.T) {
	for want, parts := range map[string][]Part{
		"":                  append(text("x"), Part{Kind: PartImage, MediaID: "med_1"}, Part{Kind: PartImage, MediaID: "med_2"}),
		"parts":             append(text("x"), Part{Kind: PartImage, MediaID: "med_1"}, Part{Kind: PartVideo, MediaID: "med_2"}),
		"parts[0].media_id": {{Kind: PartLink, Title: "T", URL: "https://shop.example/"}},
		"parts[0].kind":     {{Kind: PartFile, MediaID: "med_1"}},
		"parts[0].text":     text(" "),
	} {
		_, err := momentOf(parts)
		if got := fieldOf(err); got != want {
			t.Errorf("%q, want %q: %v", got, want, err)
		}
	}
	if _, err := momentOf(text(strings.Repeat("茶", 1334))); !errs.Is(err, errs.CodeInvalid) { // 4,002 bytes
		t.Errorf("too long: %v", err)
	}
	if _, err := momentOf(text(strings.Repeat("x", 2000))); err != nil {
		t.Errorf("just right: %v", err)
	}
}

func fieldOf(err error) string {
	if err == nil {
		return ""
	}
	if e := errs.As(err); len(e.Fields) > 0 {
		return e.Fields[0].Path
	}
	return err.Error()
}
