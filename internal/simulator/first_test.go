package simulator

import (
	"strings"
	"testing"
	"time"

	"github.com/xen0n/go-workwx"

	"fishpond/internal/simulator/wecom"
)

// The whole way once, driven by an unmodified public client: token, contact way, scan,
// encrypted callback, the contact, the welcome message.
func TestFromTokenToWelcome(t *testing.T) {
	s := newSea(t, Options{})
	app := s.workwx[wecom.KindAgent]
	in := s.listen(wecom.KindAgent)
	way, err := app.ExternalContactAddContact(1, 2, 0, "包裹卡", true, "spring-card", []string{"alice"}, nil, false, 0, 0, "", workwx.Conclusions{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(way.QRCode, s.url+"/qr/way/") {
		t.Errorf("the code is at %s", way.QRCode)
	}
	lin := s.person("林小满")
	scanned := s.scan(lin, way.QRCode)
	if scanned.Outcome != "added" || scanned.User != "alice" {
		t.Fatalf("scanned: %+v", scanned)
	}
	s.drained()
	got := in.take()
	if len(got) != 1 {
		t.Fatalf("%d callbacks, want one", len(got))
	}
	added, ok := got[0].EventAddExternalContact()
	if !ok || added.GetUserID() != "alice" || added.GetExternalUserID() != scanned.External || added.GetState() != "spring-card" || added.GetWelcomeCode() == "" {
		t.Fatalf("callback: %v", got[0])
	}
	info, err := app.GetExternalContact(scanned.External)
	if err != nil {
		t.Fatal(err)
	}
	f := info.FollowUser[0]
	if info.ExternalContact.Name != "林小满" || info.ExternalContact.Unionid != lin.Unionid("main") || f.UserID != "alice" || f.State != "spring-card" ||
		f.AddWay != workwx.FollowUserAddWayQRCode || int64(f.Createtime) != s.clock.now().Unix() {
		t.Errorf("contact: %+v", info)
	}
	s.clock.move(19 * time.Second)
	if err := app.SendWelcomeMsg(added.GetWelcomeCode(), workwx.Text{Content: "欢迎来到海味"}, nil); err != nil {
		t.Fatal(err)
	}
	if talk := s.corp.Talk("alice", scanned.External); len(talk) != 1 || talk[0].Text != "欢迎来到海味" || talk[0].Via != "welcome" {
		t.Errorf("the customer sees %+v", talk)
	}
	if err := app.SendWelcomeMsg(added.GetWelcomeCode(), workwx.Text{Content: "again"}, nil); codeOf(err) != 41051 {
		t.Errorf("a second welcome: %v, want 41051", err)
	}
}
