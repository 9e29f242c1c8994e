package simulator

import (
	"bytes"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xen0n/go-workwx"

	"fishpond/internal/simulator/wecom"
)

// Every call that go-workwx v1.7.0 has and a brand needs, unmodified, against the
// simulator.

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestWorkwxDirectory(t *testing.T) {
	s := newSea(t, Options{})
	app := s.workwx[wecom.KindAgent]
	var made struct{ ID int64 }
	s.control("POST", "/control/corps/"+s.corp.ID+"/departments", object{"name": "门店"}, &made)
	s.control("POST", "/control/corps/"+s.corp.ID+"/users", object{"items": []object{{"userid": "dora", "name": "多拉", "department": []int64{made.ID}, "position": "店长"}}}, nil)

	u := must[*workwx.UserInfo](t)(app.GetUser("dora"))
	if u.Name != "多拉" || u.Position != "店长" || u.Departments[0].DeptID != made.ID || u.Status != workwx.UserStatusActivated || u.Mobile != "" {
		t.Errorf("user: %+v", u)
	}
	if list := must[[]*workwx.UserInfo](t)(app.ListUsersByDeptID(1, false)); len(list) != 3 {
		t.Errorf("the root has %d members, want 3", len(list))
	}
	if list := must[[]*workwx.UserInfo](t)(app.ListUsersByDeptID(1, true)); len(list) != 4 {
		t.Errorf("all have %d members, want 4", len(list))
	}
	if list := must[[]*workwx.DeptInfo](t)(app.ListAllDepts()); len(list) != 2 || list[1].Name != "门店" || list[1].ParentID != 1 {
		t.Errorf("departments: %+v", list)
	}
	if list := must[[]*workwx.DeptInfo](t)(app.ListDepts(made.ID)); len(list) != 1 {
		t.Errorf("below %d: %+v", made.ID, list)
	}
	if list := must[[]*workwx.DeptInfo](t)(s.workwx[wecom.KindContacts].SimpleListAllDepts()); len(list) != 2 {
		t.Errorf("department ids: %+v", list)
	}
	if _, err := app.GetUser("nobody"); codeOf(err) != 60111 {
		t.Errorf("an unknown member: %v", err)
	}
	var code struct{ Code string }
	s.control("POST", "/control/corps/"+s.corp.ID+"/oauth_code", object{"userid": "dora"}, &code)
	if who := must[*workwx.AuthCodeUserInfo](t)(app.AuthCode2UserInfo(code.Code)); who.UserID != "dora" {
		t.Errorf("signed in: %+v", who)
	}
	if _, err := app.AuthCode2UserInfo(code.Code); codeOf(err) != 40029 {
		t.Errorf("the code a second time: %v, want 40029", err)
	}
	ticket := must[string](t)(app.GetJSAPITicket())
	if again := must[string](t)(app.GetJSAPITicket()); ticket == "" || again != ticket {
		t.Errorf("tickets %q and %q", ticket, again)
	}
	if agent := must[string](t)(app.GetJSAPITicketAgentConfig()); agent == "" || agent == ticket {
		t.Errorf("the app's ticket is %q", agent)
	}
}

func TestWorkwxContacts(t *testing.T) {
	s := newSea(t, Options{})
	app := s.workwx[wecom.KindCustomers]
	if _, err := app.ListExternalContact("alice"); codeOf(err) != 84061 {
		t.Errorf("a member without customers: %v, want 84061", err)
	}
	if list := must[*workwx.ExternalContactFollowUserList](t)(app.ExternalContactListFollowUser()); !slices.Equal(list.FollowUser, []string{"alice", "bob", "carol"}) {
		t.Errorf("follow users: %v", list.FollowUser)
	}
	way := must[*workwx.ExternalContactAddContact](t)(app.ExternalContactAddContact(1, 2, 0, "", true, "s1", []string{"alice"}, nil, false, 0, 0, "", workwx.Conclusions{}))
	var ids []string
	for _, name := range []string{"甲", "乙", "丙"} {
		ids = append(ids, s.scan(s.person(name), way.QRCode).External)
	}
	if list := must[[]string](t)(app.ListExternalContact("alice")); !slices.Equal(list, ids) {
		t.Errorf("list %v, want %v", list, ids)
	}
	group := must[workwx.ExternalContactCorpTagGroup](t)(app.AddExternalContactCorpTag(workwx.ExternalContactAddCorpTagGroup{
		GroupName: "等级", Tag: []workwx.ExternalContactAddCorpTag{{Name: "金卡", Order: 1}, {Name: "银卡", Order: 2}},
	}))
	if group.GroupID == "" || len(group.Tag) != 2 {
		t.Fatalf("group: %+v", group)
	}
	gold, silver := group.Tag[0].ID, group.Tag[1].ID
	if err := app.MarkExternalContactTag("alice", ids[0], []string{gold, silver}, nil); err != nil {
		t.Fatal(err)
	}
	if err := app.MarkExternalContactTag("alice", ids[0], nil, []string{silver}); err != nil {
		t.Fatal(err)
	}
	if err := app.RemarkExternalContact(&workwx.ExternalContactRemark{Userid: "alice", ExternalUserid: ids[0], Remark: "甲·常客", Description: "爱吃虾", RemarkCompany: "码头", RemarkMobiles: []string{"13900000000"}}); err != nil {
		t.Fatal(err)
	}
	info := must[*workwx.ExternalContactInfo](t)(app.GetExternalContact(ids[0]))
	f := info.FollowUser[0]
	if f.Remark != "甲·常客" || f.Description != "爱吃虾" || f.RemarkCorpName != "码头" || !slices.Equal(f.RemarkMobiles, []string{"13900000000"}) || f.State != "s1" ||
		len(f.Tags) != 1 || f.Tags[0].TagName != "金卡" || f.Tags[0].GroupName != "等级" {
		t.Errorf("contact: %+v", f)
	}
	var seen []string
	cursor := ""
	for {
		page := must[*workwx.BatchListExternalContactsResp](t)(app.BatchListExternalContact("alice", cursor, 2))
		for _, x := range page.Result {
			seen = append(seen, x.ExternalContact.ExternalUserid)
			if x.ExternalContact.ExternalUserid == ids[0] && !slices.Equal(x.FollowInfo.TagID, []string{gold}) {
				t.Errorf("tags in the batch: %v", x.FollowInfo.TagID)
			}
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if !slices.Equal(seen, ids) {
		t.Errorf("pages gave %v, want %v", seen, ids)
	}
	if err := app.EditExternalContactCorpTag(gold, "黑金卡", 9); err != nil {
		t.Fatal(err)
	}
	list := must[[]workwx.ExternalContactCorpTagGroup](t)(app.ListExternalContactCorpTags())
	if len(list) != 1 || list[0].Tag[0].Name != "黑金卡" || list[0].Tag[0].Order != 9 || list[0].Tag[1].Name != "银卡" {
		t.Errorf("tags by order: %+v", list)
	}
	if err := app.DelExternalContactCorpTag([]string{gold}, nil); err != nil {
		t.Fatal(err)
	}
	if gone := must[[]workwx.ExternalContactCorpTagGroup](t)(app.ListExternalContactCorpTags(gold)); len(gone) != 1 || !gone[0].Tag[0].Deleted {
		t.Errorf("a deleted tag asked for by id: %+v", gone)
	}
	if f := must[*workwx.ExternalContactInfo](t)(app.GetExternalContact(ids[0])).FollowUser[0]; len(f.Tags) != 0 {
		t.Errorf("the contact still has %+v", f.Tags)
	}
}

func TestWorkwxContactWays(t *testing.T) {
	s := newSea(t, Options{})
	app := s.workwx[wecom.KindAgent]
	way := must[*workwx.ExternalContactAddContact](t)(app.ExternalContactAddContact(2, 2, 0, "展会", true, "expo", []string{"alice", "bob"}, nil, false, 0, 0, "", workwx.Conclusions{}))
	got := must[*workwx.ExternalContactContactWay](t)(app.ExternalContactGetContactWay(way.ConfigID))
	if got.QRCode != way.QRCode || got.State != "expo" || got.Remark != "展会" || !slices.Equal(got.User, []string{"alice", "bob"}) || !got.SkipVerify {
		t.Errorf("way: %+v", got)
	}
	// Turn by turn.
	if a, b := s.scan(s.person("甲"), way.QRCode), s.scan(s.person("乙"), way.QRCode); a.User != "alice" || b.User != "bob" {
		t.Errorf("the code gave %s, then %s", a.User, b.User)
	}
	if err := app.ExternalContactUpdateContactWay(way.ConfigID, "展会二", true, 0, "expo2", []string{"carol"}, nil, 0, 0, "", workwx.Conclusions{}); err != nil {
		t.Fatal(err)
	}
	if third := s.scan(s.person("丙"), way.QRCode); third.User != "carol" {
		t.Errorf("behind the same code now is %s, want carol", third.User)
	}
	temp := must[*workwx.ExternalContactAddContact](t)(app.ExternalContactAddContact(1, 2, 0, "", true, "", []string{"alice"}, nil, true, 3600, 3600, "", workwx.Conclusions{Text: workwx.Text{Content: "再见"}}))
	list := must[*workwx.ExternalContactListContactWayChat](t)(app.ExternalContactListContactWayChat(0, 0, "", 100))
	if len(list.ContactWay) != 1 || list.ContactWay[0].ConfigID != way.ConfigID {
		t.Errorf("the list has %+v; temporary ones are not in it", list.ContactWay)
	}
	guest := s.scan(s.person("丁"), temp.QRCode)
	if err := app.ExternalContactCloseTempChat("alice", guest.External); err != nil {
		t.Fatal(err)
	}
	s.clock.move(2 * time.Hour)
	if status, body := s.raw("POST", "/control/scan", object{"customer": s.person("戊").ID, "code": temp.QRCode}); status != 409 || !strings.Contains(string(body), "expired") {
		t.Errorf("a code past its time: %d %s", status, body)
	}
	app = s.renew(wecom.KindAgent)
	if err := app.ExternalContactDelContactWay(way.ConfigID); err != nil {
		t.Fatal(err)
	}
	if _, err := app.ExternalContactGetContactWay(way.ConfigID); codeOf(err) != 41044 {
		t.Errorf("a deleted way: %v, want 41044", err)
	}
}

func TestWorkwxGroups(t *testing.T) {
	s := newSea(t, Options{Limits: wecom.Limits{GroupMembers: 3}})
	app := s.workwx[wecom.KindAgent]
	var made struct {
		ID string `json:"chat_id"`
	}
	s.control("POST", "/control/corps/"+s.corp.ID+"/make_group", object{"userid": "alice", "name": "福利群", "userids": []string{"bob"}}, &made)
	list := must[*workwx.RespGroupChatList](t)(app.GetGroupChatList(workwx.ReqChatList{Limit: 10}))
	if len(list.GroupChatList) != 1 || list.GroupChatList[0].ChatID != made.ID {
		t.Fatalf("groups: %+v", list)
	}
	config := must[string](t)(app.ExternalContactAddGroupChatJoinWay(workwx.ExternalGroupChatJoinWay{Scene: 2, Remark: "门店", AutoCreateRoom: 1, RoomBaseName: "福利群", RoomBaseID: 2, ChatIDs: []string{made.ID}, State: "door"}))
	way := must[*workwx.ExternalContactGroupChatJoinWay](t)(app.ExternalContactGetGroupChatJoinWay(config))
	if way.QRCode == "" || way.State != "door" || !slices.Equal(way.ChatIDs, []string{made.ID}) {
		t.Errorf("join way: %+v", way)
	}
	lin := s.person("林")
	if in := s.scan(lin, way.QRCode); in.Outcome != "joined" || in.Chat != made.ID {
		t.Fatalf("scanned: %+v", in)
	}
	if in := s.scan(lin, way.QRCode); in.Outcome != "member" {
		t.Errorf("scanned again: %+v", in)
	}
	// Three are in it: full. The next goes to a new group.
	next := s.scan(s.person("王"), way.QRCode)
	if next.Outcome != "joined" || next.Chat == made.ID {
		t.Errorf("the fourth: %+v", next)
	}
	if info := must[*workwx.RespGroupChatInfo](t)(app.GetGroupChatInfo(next.Chat, workwx.ChatNeedName)); info.Name != "福利群2" || info.Owner != "alice" {
		t.Errorf("the new group: %+v", info)
	}
	info := must[*workwx.RespGroupChatInfo](t)(app.GetGroupChatInfo(made.ID, workwx.ChatNeedName))
	if len(info.MemberList) != 3 || info.MemberList[2].Type != 2 || info.MemberList[2].Name != "林" || info.MemberList[2].JoinScene != 3 || info.MemberList[2].UnionID != lin.Unionid("main") {
		t.Errorf("group: %+v", info.MemberList[2])
	}
	if err := app.ExternalContactUpdateGroupChatJoinWay(config, workwx.ExternalGroupChatJoinWay{Scene: 2, AutoCreateRoom: 0, ChatIDs: []string{made.ID}}); err != nil {
		t.Fatal(err)
	}
	if status, _ := s.raw("POST", "/control/scan", object{"customer": s.person("赵").ID, "code": way.QRCode}); status != 409 {
		t.Errorf("a full group without new ones: %d, want 409", status)
	}
	if err := app.ExternalContactDelGroupChatJoinWay(config); err != nil {
		t.Fatal(err)
	}
	failed := must[[]workwx.ExternalContactGroupChatTransferFailed](t)(app.ExternalContactTransferGroupChat([]string{made.ID}, "bob"))
	if len(failed) != 1 || failed[0].ErrCode != 90500 {
		t.Errorf("a group whose owner is here: %+v, want 90500", failed)
	}
	s.control("POST", "/control/corps/"+s.corp.ID+"/leave", object{"userid": "alice"}, nil)
	if failed := must[[]workwx.ExternalContactGroupChatTransferFailed](t)(app.ExternalContactTransferGroupChat([]string{made.ID}, "bob")); len(failed) != 0 {
		t.Errorf("after she left: %+v", failed)
	}
	if info := must[*workwx.RespGroupChatInfo](t)(app.GetGroupChatInfo(made.ID, 0)); info.Owner != "bob" {
		t.Errorf("the owner is %s", info.Owner)
	}
}

func TestWorkwxTransfer(t *testing.T) {
	s := newSea(t, Options{})
	app := s.workwx[wecom.KindAgent]
	in := s.listen(wecom.KindAgent)
	way := must[*workwx.ExternalContactAddContact](t)(app.ExternalContactAddContact(1, 2, 0, "", true, "st", []string{"alice"}, nil, false, 0, 0, "", workwx.Conclusions{}))
	one, two := s.scan(s.person("甲"), way.QRCode).External, s.scan(s.person("乙"), way.QRCode).External
	s.drained()
	in.take()
	result := must[workwx.TransferCustomerResult](t)(app.TransferCustomer("alice", "bob", []string{one, two, "wmnobody"}))
	if result[0].Errcode != 0 || result[1].Errcode != 0 || result[2].Errcode != 40096 {
		t.Fatalf("transfer: %+v", result)
	}
	if again := must[workwx.TransferCustomerResult](t)(app.TransferCustomer("alice", "bob", []string{one})); again[0].Errcode != 40129 {
		t.Errorf("while under way: %+v, want 40129", again)
	}
	if err := s.corp.RefuseTransfer(two, "bob"); err != nil {
		t.Fatal(err)
	}
	s.clock.move(24 * time.Hour)
	app = s.renew(wecom.KindAgent)
	s.sim.Callbacks().Wake()
	s.drained()
	status := must[*workwx.CustomerTransferResult](t)(app.GetTransferCustomerResult("alice", "bob", ""))
	if len(status.Customer) != 2 || status.Customer[0].Status != 1 || status.Customer[1].Status != 3 {
		t.Errorf("status: %+v", status.Customer)
	}
	var kinds []string
	for _, m := range in.take() {
		kinds = append(kinds, string(m.ChangeType))
	}
	// Of the first customer in order; of the other at any time.
	if i := slices.Index(kinds, "transfer_fail"); i < 0 || !slices.Equal(slices.Delete(slices.Clone(kinds), i, i+1), []string{"del_external_contact", "add_external_contact"}) {
		t.Errorf("callbacks: %v", kinds)
	}
	f := must[*workwx.ExternalContactInfo](t)(app.GetExternalContact(one)).FollowUser
	if len(f) != 1 || f[0].UserID != "bob" || f[0].AddWay != workwx.FollowUserAddWayAdmin || f[0].State != "st" {
		t.Errorf("now with: %+v", f)
	}
	// Twice in 90 days is allowed, a third time is not.
	for _, step := range []struct {
		from, to string
		want     int
	}{{"bob", "carol", 0}, {"carol", "alice", 40128}} {
		if r := must[workwx.TransferCustomerResult](t)(app.TransferCustomer(step.from, step.to, []string{one})); r[0].Errcode != step.want {
			t.Errorf("%s to %s: %d, want %d", step.from, step.to, r[0].Errcode, step.want)
		}
		s.clock.move(25 * time.Hour)
		app = s.renew(wecom.KindAgent)
	}

	// Who leaves leaves customers behind.
	if _, err := app.ResignedTransferCustomer("alice", "bob", []string{two}); codeOf(err) != 40097 {
		t.Errorf("alice is still here: %v, want 40097", err)
	}
	if err := s.corp.Leave("alice"); err != nil {
		t.Fatal(err)
	}
	left := must[*workwx.ExternalContactUnassignedList](t)(app.ListUnassignedExternalContact(0, 100, ""))
	if len(left.Info) != 1 || left.Info[0].ExternalUserID != two || left.Info[0].HandoverUserID != "alice" || !left.IsLast {
		t.Errorf("unassigned: %+v", left)
	}
	if r := must[workwx.TransferCustomerResult](t)(app.ResignedTransferCustomer("alice", "carol", []string{two})); r[0].Errcode != 0 {
		t.Errorf("resigned: %+v", r)
	}
	s.clock.move(24 * time.Hour)
	app = s.renew(wecom.KindAgent)
	if r := must[*workwx.CustomerTransferResult](t)(app.GetTransferResignedCustomerResult("alice", "carol", "")); len(r.Customer) != 1 || r.Customer[0].Status != 1 {
		t.Errorf("resigned status: %+v", r)
	}
	if list := must[[]string](t)(app.ListExternalContact("carol")); !slices.Contains(list, two) {
		t.Errorf("carol has %v", list)
	}
}

// picture is a PNG of one point.
func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWorkwxMessages(t *testing.T) {
	s := newSea(t, Options{})
	app := s.workwx[wecom.KindAgent]
	media := must[*workwx.Media](t)(workwx.NewMediaFromBuffer("fish.png", picture(t)))
	up := must[*workwx.MediaUploadResult](t)(app.UploadTempImageMedia(media))
	if up.Type != "image" || !up.CreatedAt.Equal(s.clock.now().Truncate(time.Second)) {
		t.Errorf("uploaded: %+v", up)
	}
	lasting := must[*workwx.Media](t)(workwx.NewMediaFromBuffer("fish.png", picture(t)))
	if url := must[string](t)(app.UploadPermanentImageMedia(lasting)); !strings.HasPrefix(url, s.url+"/media/") {
		t.Errorf("the picture is at %s", url)
	} else if status, body := s.raw("GET", strings.TrimPrefix(url, s.url), nil); status != 200 || !bytes.Equal(body, picture(t)) {
		t.Errorf("fetched: %d, %d bytes", status, len(body))
	}
	if err := app.SendTextMessage(&workwx.Recipient{UserIDs: []string{"alice", "nobody"}}, "有新客户", false); err != nil {
		t.Fatal(err)
	}
	if err := app.SendImageMessage(&workwx.Recipient{UserIDs: []string{"bob"}}, up.MediaID, false); err != nil {
		t.Fatal(err)
	}
	if err := app.SendTextMessage(&workwx.Recipient{UserIDs: []string{"nobody"}}, "x", false); codeOf(err) != 81013 {
		t.Errorf("to nobody: %v, want 81013", err)
	}
	inbox := s.corp.AppMessages()
	if len(inbox) != 2 || inbox[0].Text != "有新客户" || !slices.Equal(inbox[0].Users, []string{"alice"}) {
		t.Errorf("messages: %+v", inbox)
	}

	way := must[*workwx.ExternalContactAddContact](t)(app.ExternalContactAddContact(1, 2, 0, "", true, "", []string{"alice"}, nil, false, 0, 0, "", workwx.Conclusions{}))
	lin, wang := s.scan(s.person("林"), way.QRCode).External, s.scan(s.person("王"), way.QRCode).External
	task := must[*workwx.AddMsgTemplateDetail](t)(app.AddMsgTemplate(workwx.ChatTypeSingle, "alice", []string{lin, wang, "wmnobody"}, workwx.Text{Content: "新品上架"},
		[]workwx.Attachments{{MsgType: workwx.AttachmentMsgTypeImage, Image: workwx.Image{MediaID: up.MediaID}}}))
	if task.MsgID == "" || !slices.Equal(task.FailList, []string{"wmnobody"}) {
		t.Fatalf("mass: %+v", task)
	}
	if err := s.corp.DeleteMember(wang, "alice"); err != nil {
		t.Fatal(err)
	}
	if n := must[int](t)(s.corp.ConfirmMass(task.MsgID, "alice")); n != 1 {
		t.Errorf("%d got it, want one: the other is no friend any more", n)
	}
	if talk := s.corp.Talk("alice", lin); len(talk) != 2 || talk[0].Via != "mass" || talk[1].Media != up.MediaID {
		t.Errorf("the customer sees %+v", talk)
	}
}

func TestWorkwxCustomerService(t *testing.T) {
	s := newSea(t, Options{})
	app := s.workwx[wecom.KindKf]
	in := s.listen(wecom.KindKf)
	up := must[*workwx.MediaUploadResult](t)(app.UploadTempImageMedia(must[*workwx.Media](t)(workwx.NewMediaFromBuffer("a.png", picture(t)))))
	desk := must[string](t)(app.CreateKfAccount("海味客服", up.MediaID))
	if err := app.UpdateKfAccount(desk, "海味小助手", up.MediaID); err != nil {
		t.Fatal(err)
	}
	if list := must[[]*workwx.KfAccount](t)(app.ListKfAccount(0, 100)); len(list) != 1 || list[0].Name != "海味小助手" || list[0].OpenKfID != desk {
		t.Errorf("desks: %+v", list)
	}
	added := must[[]*workwx.KfServicerResult](t)(app.CreateKfServicer(desk, []string{"alice", "nobody"}, nil))
	if len(added) != 2 || added[0].ErrCode != 0 || added[1].ErrCode != 95014 {
		t.Errorf("servicers: %+v %+v", added[0], added[1])
	}
	if list := must[[]*workwx.KfServicer](t)(app.ListKfServicer(desk)); len(list) != 1 || list[0].UserID != "alice" {
		t.Errorf("servicers: %+v", list)
	}
	link := must[string](t)(app.AddKfContact(desk, "menu"))
	lin := s.person("林")
	opened := s.scan(lin, link)
	if err := s.corp.SayToDesk(lin.ID, desk, "在吗"); err != nil {
		t.Fatal(err)
	}
	s.drained()
	events := in.take()
	if len(events) != 2 {
		t.Fatalf("%d callbacks, want 2", len(events))
	}
	told, ok := events[1].EventKfMsgOrEvent()
	if !ok || told.OpenKfID != desk {
		t.Fatalf("callback: %v", events[1])
	}
	messages, more, cursor, err := app.KfSyncMsg(desk, told.Token, "", 1000, 0)
	if err != nil || more != 0 || len(messages) != 2 {
		t.Fatalf("messages: %+v, more %d, %v", messages, more, err)
	}
	if e := messages[0].Event; e.EventType != workwx.KfEventTypeEnterSession || e.Scene != "menu" || e.ExternalUserID != opened.External || e.WelcomeCode == "" {
		t.Errorf("enter: %+v", e)
	}
	if m := messages[1]; m.Text.Content != "在吗" || m.Origin != 3 || m.ExternalUserID != opened.External {
		t.Errorf("message: %+v", m)
	}
	if rest, _, _, err := app.KfSyncMsg(desk, "", cursor, 1000, 0); err != nil || len(rest) != 0 {
		t.Errorf("after the cursor: %+v, %v", rest, err)
	}
	if _, _, _, err := app.KfSyncMsg(desk, "ENCwrong", "", 1000, 0); codeOf(err) != 95007 {
		t.Errorf("a wrong token: %v, want 95007", err)
	}
	if state, _, err := app.GetKfServiceState(desk, opened.External); err != nil || state != workwx.KfServiceStateUntreated {
		t.Errorf("state %d, %v", state, err)
	}
	if _, err := app.TransKfServiceState(desk, opened.External, "alice", workwx.KfServiceStateManualReception); err != nil {
		t.Fatal(err)
	}
	if _, err := app.TransKfServiceState(desk, opened.External, "", workwx.KfServiceStateRobotReception); codeOf(err) != 95016 {
		t.Errorf("from staff to the assistant: %v, want 95016", err)
	}
	// v1.7.0 does not send open_kfid and code; it is told so.
	if err := app.SendTextMessage(&workwx.Recipient{OpenKfID: desk}, "你好", false); codeOf(err) != 95000 {
		t.Errorf("a message without open_kfid: %v, want 95000", err)
	}
	if removed := must[[]*workwx.KfServicerResult](t)(app.DeleteKfServicer(desk, []string{"alice"}, nil)); removed[0].ErrCode != 0 {
		t.Errorf("removed: %+v", removed[0])
	}
	if err := app.DeleteKfAccount(desk); err != nil {
		t.Fatal(err)
	}
	if _, err := app.ListKfServicer(desk); codeOf(err) != 95004 {
		t.Errorf("a deleted desk: %v, want 95004", err)
	}
}

func TestWorkwxArchive(t *testing.T) {
	s := newSea(t, Options{})
	app := s.workwx[wecom.KindArchive]
	if _, err := app.ListMsgAuditPermitUser(workwx.MsgAuditEditionOffice); codeOf(err) != 301053 {
		t.Errorf("before it is open: %v, want 301053", err)
	}
	in := s.listen(wecom.KindArchive)
	if err := s.corp.OpenArchive([]string{"alice"}); err != nil {
		t.Fatal(err)
	}
	if list := must[[]string](t)(app.ListMsgAuditPermitUser(workwx.MsgAuditEditionOffice)); !slices.Equal(list, []string{"alice"}) {
		t.Errorf("archived: %v", list)
	}
	way := must[*workwx.ExternalContactAddContact](t)(s.workwx[wecom.KindAgent].ExternalContactAddContact(1, 2, 0, "", true, "", []string{"alice"}, nil, false, 0, 0, "", workwx.Conclusions{}))
	lin := s.scan(s.person("林"), way.QRCode).External
	ask := []workwx.CheckMsgAuditSingleAgreeUserInfo{{UserID: "alice", ExternalOpenID: lin}}
	if a := must[[]workwx.CheckMsgAuditSingleAgreeInfo](t)(app.CheckMsgAuditSingleAgree(ask)); len(a) != 1 || a[0].AgreeStatus != workwx.MsgAuditAgreeStatusDefaultAgree {
		t.Errorf("before an answer: %+v", a)
	}
	if err := s.corp.AgreeToArchive(lin, "alice", false); err != nil {
		t.Fatal(err)
	}
	if a := must[[]workwx.CheckMsgAuditSingleAgreeInfo](t)(app.CheckMsgAuditSingleAgree(ask)); a[0].AgreeStatus != workwx.MsgAuditAgreeStatusDisagree || !a[0].StatusChangeTime.Equal(s.clock.now()) {
		t.Errorf("after a no: %+v", a)
	}
	if err := s.corp.Say(lin, "alice", "你好"); err != nil {
		t.Fatal(err)
	}
	s.drained()
	if got := in.take(); len(got) != 1 || got[0].Event != "msgaudit_notify" {
		t.Errorf("callbacks: %v", got)
	}
}
