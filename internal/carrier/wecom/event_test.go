package wecom_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
)

func event(t testing.TB, fields string) wecom.Event {
	t.Helper()
	var b strings.Builder
	b.WriteString("<xml>")
	for f := range strings.FieldsSeq(fields) {
		k, v, _ := strings.Cut(f, "=")
		fmt.Fprintf(&b, "<%s><![CDATA[%s]]></%s>", k, v, k)
	}
	e, err := wecom.ParseEvent([]byte(b.String() + "</xml>"))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

const add = "ToUserName=ww1 FromUserName=sys CreateTime=1403610513 MsgType=event Event=change_external_contact ChangeType=add_external_contact UserID=li ExternalUserID=wm1 "

func TestEvents(t *testing.T) {
	for _, c := range []struct {
		fields, kind, subject string
		known                 bool
	}{
		{add + "State=s WelcomeCode=w", wecom.Added, "contact:wm1", true},
		{"MsgType=event Event=change_external_contact ChangeType=del_follow_user UserID=li ExternalUserID=wm1", wecom.RemovedByPerson, "contact:wm1", true},
		{"MsgType=event Event=change_external_chat ChangeType=update ChatId=wr1 UpdateDetail=add_member", wecom.GroupUpdated, "group:wr1", true},
		{"MsgType=event Event=change_external_tag ChangeType=create Id=et1 TagType=tag", wecom.TagCreated, "tags", true},
		{"MsgType=event Event=change_contact ChangeType=delete_user UserID=li", wecom.UserDeleted, "user:li", true},
		{"MsgType=event Event=customer_acquisition ChangeType=balance_low", "customer_acquisition/balance_low", "", false},
		{"MsgType=event Event=kf_msg_or_event", "kf_msg_or_event", "", true},
		{"MsgType=event Event=kf_msg_or_event OpenKfId=wk1 Token=t", "kf_msg_or_event", "kf:wk1", true},
		{"MsgType=event Event=something_new ChangeType=of_2031 ExternalUserID=wm1", "something_new/of_2031", "contact:wm1", false},
		{"MsgType=text Content=hi MsgId=7", "message/text", "", false},
	} {
		e := event(t, c.fields)
		if e.Kind() != c.kind || e.Subject() != c.subject || e.Known() != c.known {
			t.Errorf("%s: %s %s %v", c.fields, e.Kind(), e.Subject(), e.Known())
		}
	}
	e := event(t, add+"State=abc WelcomeCode=W")
	if e.UserID != "li" || e.ExternalUserID != "wm1" || e.State != "abc" || e.WelcomeCode != "W" || e.CreateTime != 1403610513 {
		t.Errorf("%+v", e)
	}
	if _, err := wecom.ParseEvent([]byte(`<!DOCTYPE a [<!ENTITY x "y">]><xml><Event>&x;</Event></xml>`)); !errors.Is(err, wire.ErrXML) {
		t.Errorf("an entity: %v", err)
	}
}

func TestKeys(t *testing.T) {
	same := [][2]string{
		{add + "WelcomeCode=a", add + "WelcomeCode=b"}, // delivered again
		{"MsgType=text MsgId=7 Content=a", "MsgType=text MsgId=7 Content=a"},
	}
	for _, p := range same {
		if event(t, p[0]).Key() != event(t, p[1]).Key() {
			t.Errorf("%s and %s differ", p[0], p[1])
		}
	}
	differ := []string{
		add, strings.Replace(add, "513", "514", 1), strings.Replace(add, "wm1", "wm2", 1), strings.Replace(add, "=li", "=wu", 1),
		strings.Replace(add, "=add_", "=edit_", 1), strings.Replace(add, "=li ExternalUserID=wm1", "=l ExternalUserID=iwm1", 1),
		"MsgType=text MsgId=7", "MsgType=text MsgId=8", "MsgType=event Event=new A=1", "MsgType=event Event=new A=2",
		"MsgType=event Event=change_external_chat ChangeType=update ChatId=wr1 UpdateDetail=add_member CreateTime=1",
		"MsgType=event Event=change_external_chat ChangeType=update ChatId=wr1 UpdateDetail=del_member CreateTime=1",
	}
	seen := map[string]string{}
	for _, f := range differ {
		k := event(t, f).Key()
		if other, ok := seen[k]; ok {
			t.Errorf("%s\nand %s\nare taken for the same", f, other)
		}
		seen[k] = f
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add([]byte("<xml><MsgType>event</MsgType><CreateTime>1</CreateTime></xml>"))
	f.Add([]byte("<xml><CreateTime>x</CreateTime></xml>"))
	f.Fuzz(func(t *testing.T, message []byte) {
		e, err := wecom.ParseEvent(message)
		if err != nil {
			return
		}
		if len(e.Key()) != 34 || len(e.Subject()) > 140 {
			t.Errorf("key %q, subject %q", e.Key(), e.Subject())
		}
	})
}
