package wecom

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
)

type deskIn struct {
	ID       string   `json:"open_kfid"`
	Name     string   `json:"name"`
	Media    string   `json:"media_id"`
	Scene    string   `json:"scene"`
	Users    []string `json:"userid_list"`
	Parties  []int64  `json:"department_id_list"`
	External string   `json:"external_userid"`
	State    *int     `json:"service_state"`
	Servicer string   `json:"servicer_userid"`
	Cursor   string   `json:"cursor"`
	Token    string   `json:"token"`
	Limit    int      `json:"limit"`
	Offset   int      `json:"offset"`
}

func (c *call) checkDesk(in *deskIn) error {
	switch {
	case in.Name == "" || chars(in.Name) > 16:
		return fail(95006, "")
	case in.Media != "" && c.media(in.Media) == nil:
		return fail(40007, "")
	}
	return nil
}

// deskAdd answers 「添加客服帐号」.
func deskAdd(c *call, in *deskIn) (any, error) {
	if in.Media == "" {
		return nil, fail(41006, "")
	}
	if err := c.checkDesk(in); err != nil {
		return nil, err
	}
	if len(c.Desks) >= maxDesks {
		return nil, fail(95005, "")
	}
	d := &Desk{ID: "wk" + random(30), Serial: c.next(), Name: in.Name, Avatar: in.Media}
	c.Desks[d.ID] = d
	return reply{"open_kfid": d.ID}, nil
}

// deskUpdate answers 「修改客服帐号」.
func deskUpdate(c *call, in *deskIn) (any, error) {
	d, err := c.mustDesk(in.ID)
	if err != nil {
		return nil, err
	}
	in.Name = or(in.Name, d.Name)
	if err := c.checkDesk(in); err != nil {
		return nil, err
	}
	d.Name, d.Avatar = in.Name, or(in.Media, d.Avatar)
	return reply{}, nil
}

// deskDelete answers 「删除客服帐号」.
func deskDelete(c *call, in *deskIn) (any, error) {
	if _, err := c.mustDesk(in.ID); err != nil {
		return nil, err
	}
	delete(c.Desks, in.ID)
	return reply{}, nil
}

// deskList answers 「获取客服帐号列表」, which is documented as POST and was a GET before.
func deskList(c *call) (any, error) {
	var in deskIn
	if len(c.body) > 0 {
		if err := json.Unmarshal(c.body, &in); err != nil {
			return nil, fail(40058, "%v", err)
		}
	} else {
		in.Offset, _ = strconv.Atoi(c.query.Get("offset"))
		in.Limit, _ = strconv.Atoi(c.query.Get("limit"))
	}
	if in.Limit == 0 {
		in.Limit = 100
	}
	if in.Limit < 1 || in.Limit > 100 || in.Offset < 0 {
		return nil, fail(40058, "limit out of range [1, 100]")
	}
	out := []reply{}
	for i, d := range c.desks() {
		if i >= in.Offset && len(out) < in.Limit {
			out = append(out, reply{"open_kfid": d.ID, "name": d.Name, "avatar": c.link("/media/" + c.ID + "/" + d.Avatar), "manage_privilege": true})
		}
	}
	return reply{"account_list": out}, nil
}

var sceneText = regexp.MustCompile(`^[0-9a-zA-Z_-]{0,32}$`)

// deskLink answers 「获取客服帐号链接」.
func deskLink(c *call, in *deskIn) (any, error) {
	d, err := c.mustDesk(in.ID)
	if err != nil {
		return nil, err
	}
	if !sceneText.MatchString(in.Scene) {
		return nil, fail(40058, "scene is up to 32 of 0-9 a-z A-Z _ -")
	}
	address := c.link("/scan/kf/" + d.ID)
	if in.Scene != "" {
		ensure(&d.Scenes)
		key := ""
		for k, scene := range d.Scenes {
			if scene == in.Scene {
				key = k
			}
		}
		if key == "" {
			key = sceneKey(c.next())
			d.Scenes[key] = in.Scene
		}
		address += "?enc_scene=" + url.QueryEscape(key)
	}
	return reply{"url": address}, nil
}

// servicers answers 「添加接待人员」, or 「删除接待人员」.
func servicers(add bool) func(*call, *deskIn) (any, error) {
	return func(c *call, in *deskIn) (any, error) {
		d, err := c.mustDesk(in.ID)
		switch {
		case err != nil:
			return nil, err
		case len(in.Users) == 0 && len(in.Parties) == 0:
			return nil, fail(40063, "userid_list and department_id_list")
		case len(in.Users) > 100 || len(in.Parties) > 20:
			return nil, fail(40032, "")
		}
		out := []reply{}
		note := func(key string, value any, code int) {
			one := reply{key: value, "errcode": code, "errmsg": "success"}
			if code != 0 {
				one["errmsg"] = words[code]
			}
			out = append(out, one)
		}
		for _, id := range in.Users {
			switch {
			case c.Users[id] == nil || add && c.Users[id].Inactive || !add && !slices.Contains(d.Servicers, id):
				note("userid", id, 95014)
				continue
			case add && !slices.Contains(d.Servicers, id):
				d.Servicers = append(d.Servicers, id)
			case !add:
				d.Servicers = without(d.Servicers, id)
			}
			note("userid", id, 0)
		}
		for _, id := range in.Parties {
			if c.department(id) == nil {
				note("department_id", id, 60003)
				continue
			}
			d.Parties = slices.DeleteFunc(d.Parties, func(have int64) bool { return have == id })
			if add {
				d.Parties = append(d.Parties, id)
			}
			note("department_id", id, 0)
		}
		return reply{"result_list": out}, nil
	}
}

// servicerList answers 「获取接待人员列表」.
func servicerList(c *call) (any, error) {
	d, err := c.mustDesk(c.query.Get("open_kfid"))
	if err != nil {
		return nil, err
	}
	out := []reply{}
	for _, id := range d.Servicers {
		if c.Users[id] != nil {
			out = append(out, reply{"userid": id, "status": 0, "stop_type": 0})
		}
	}
	for _, id := range d.Parties {
		out = append(out, reply{"department_id": id})
	}
	return reply{"servicer_list": out}, nil
}

func (c *call) deskSession(in *deskIn) (*Desk, *Session, error) {
	d, err := c.mustDesk(in.ID)
	switch {
	case err != nil:
		return nil, nil, err
	case in.External == "":
		return nil, nil, fail(41035, "")
	case d.Sessions[in.External] == nil:
		return nil, nil, fail(40096, "")
	}
	return d, d.Sessions[in.External], nil
}

// stateGet answers 「获取会话状态」 of 「分配客服会话」.
func stateGet(c *call, in *deskIn) (any, error) {
	_, s, err := c.deskSession(in)
	if err != nil {
		return nil, err
	}
	out := reply{"service_state": s.State}
	if s.State == kfStaff {
		out["servicer_userid"] = s.Servicer
	}
	return out, nil
}

// which state may follow which. Documentation page: 「分配客服会话」, 状态流转.
var follows = map[int][]int{kfNew: {kfAssistant, kfQueue, kfStaff, kfEnded}, kfAssistant: {kfQueue, kfStaff, kfEnded}, kfQueue: {kfStaff, kfEnded}, kfStaff: {kfStaff, kfEnded}}

// stateTrans answers 「变更会话状态」.
func stateTrans(c *call, in *deskIn) (any, error) {
	d, s, err := c.deskSession(in)
	switch {
	case err != nil:
		return nil, err
	case in.State == nil:
		return nil, fail(40063, "service_state")
	case !slices.Contains(follows[s.State], *in.State):
		return nil, fail(95016, "from %d to %d", s.State, *in.State)
	case *in.State == kfStaff && !slices.Contains(d.Servicers, in.Servicer):
		return nil, fail(95014, "%s", in.Servicer)
	}
	first := s.State == kfNew || s.State == kfAssistant
	s.State, s.Servicer = *in.State, ""
	if s.State == kfStaff {
		s.Servicer = in.Servicer
	}
	out := reply{}
	if s.State == kfEnded || first && (s.State == kfQueue || s.State == kfStaff) {
		out["msg_code"] = c.eventCode(s)
	}
	return out, nil
}

// syncMsg answers 「读取消息」 of 「接收消息和事件」.
func syncMsg(c *call, in *deskIn) (any, error) {
	d, err := c.mustDesk(in.ID)
	if err != nil {
		return nil, err
	}
	if in.Limit == 0 {
		in.Limit = 1000
	}
	at, ok := openKfCursor(d, in.Cursor)
	switch {
	case in.Limit < 0 || in.Limit > 1000:
		return nil, fail(40058, "limit out of range [1, 1000]")
	case !ok:
		return nil, fail(50100, "")
	case in.Token != "" && d.Tokens[in.Token] <= c.unix():
		return nil, fail(95007, "")
	}
	end := min(at+in.Limit, len(d.Messages))
	more := 0
	if end < len(d.Messages) {
		more = 1
	}
	return reply{"next_cursor": kfCursor(d, end), "has_more": more, "msg_list": append([]reply{}, d.Messages[at:end]...)}, nil
}

type deskMsgIn struct {
	To    string `json:"touser"`
	Desk  string `json:"open_kfid"`
	Code  string `json:"code"`
	ID    string `json:"msgid"`
	Kind  string `json:"msgtype"`
	Text  struct{ Content string }
	Menu  json.RawMessage `json:"msgmenu"`
	Image deskFile        `json:"image"`
	Voice deskFile        `json:"voice"`
	Video deskFile        `json:"video"`
	File  deskFile        `json:"file"`
	Link  struct {
		Title string `json:"title"`
		URL   string `json:"url"`
		Thumb string `json:"thumb_media_id"`
	} `json:"link"`
	Mini struct {
		AppID string `json:"appid"`
		Title string `json:"title"`
		Page  string `json:"pagepath"`
		Thumb string `json:"thumb_media_id"`
	} `json:"miniprogram"`
}

type deskFile struct {
	MediaID string `json:"media_id"`
}

// file is the uploaded file that the message sends, empty when it sends none.
func (in *deskMsgIn) file() string {
	return map[string]string{"image": in.Image.MediaID, "voice": in.Voice.MediaID, "video": in.Video.MediaID, "file": in.File.MediaID}[in.Kind]
}

// wrong tells what is the matter with the files and cards of a message.
func (c *call) wrong(in *deskMsgIn) error {
	medium := func(id, kind string) error {
		if m := c.media(id); m == nil || m.Kind != kind {
			return fail(40007, "")
		}
		return nil
	}
	switch in.Kind {
	case "image", "voice", "video", "file":
		return medium(in.file(), in.Kind)
	case "link":
		if in.Link.Title == "" || in.Link.URL == "" {
			return fail(40063, "link.title and link.url")
		}
		return medium(in.Link.Thumb, "image")
	case "miniprogram":
		if in.Mini.AppID == "" || in.Mini.Page == "" {
			return fail(40063, "miniprogram.appid and pagepath")
		}
		return medium(in.Mini.Thumb, "image")
	}
	return nil
}

var deskKinds = []string{"text", "image", "voice", "video", "file", "link", "miniprogram", "msgmenu", "location", "ca_link"}

func (c *call) checkDeskMsg(in *deskMsgIn, kinds []string) (map[string]json.RawMessage, error) {
	var whole map[string]json.RawMessage
	_ = json.Unmarshal(c.body, &whole) // it was decoded once
	switch {
	case !slices.Contains(kinds, in.Kind):
		return nil, fail(40008, "%q", in.Kind)
	case len(whole[in.Kind]) == 0:
		return nil, fail(40063, "%s", in.Kind)
	case in.Kind == "text" && in.Text.Content == "":
		return nil, fail(40063, "text.content")
	case len(in.Text.Content) > 2048:
		return nil, fail(45002, "")
	case len(in.ID) > 32 || !sceneText.MatchString(in.ID):
		return nil, fail(40058, "msgid is up to 32 of 0-9 a-z A-Z _ -")
	}
	if err := c.wrong(in); err != nil {
		return nil, err
	}
	return whole, nil
}

// sendMsg answers 「发送消息」 of WeChat customer service: while the session is new or with
// the assistant, within 48 hours of the customer's last word, up to 5 for each word.
func sendMsg(c *call, in *deskMsgIn) (any, error) {
	d, err := c.mustDesk(in.Desk)
	if err != nil {
		return nil, err
	}
	s := d.Sessions[in.To]
	switch {
	case in.To == "":
		return nil, fail(40063, "touser")
	case s == nil:
		return nil, fail(40096, "")
	}
	if _, err := c.checkDeskMsg(in, deskKinds); err != nil {
		return nil, err
	}
	switch {
	case d.Sent[in.ID]:
		return nil, fail(95033, "")
	case s.Spoke == 0 || c.unix()-s.Spoke > seconds(kfWindow):
		return nil, fail(95002, "")
	case s.State != kfNew && s.State != kfAssistant:
		return nil, fail(95018, "")
	case s.Sent >= kfPerWord:
		return nil, fail(95001, "")
	}
	s.Sent++
	id := or(in.ID, random(32))
	ensure(&d.Sent)
	d.Sent[id] = true
	if s.Refuses {
		c.postEvent(d, true, reply{"event_type": "msg_send_fail", "external_userid": in.To, "fail_msgid": id, "fail_type": 10})
		return reply{"msgid": id}, nil
	}
	c.say(d.ID, in.To, Line{From: d.Name, Kind: in.Kind, Text: or(in.Text.Content, in.Link.Title), URL: in.Link.URL, Media: in.file(), Via: "kf"})
	return reply{"msgid": id}, nil
}

// sendOnEvent answers 「发送欢迎语等事件响应消息」.
func sendOnEvent(c *call, in *deskMsgIn) (any, error) {
	if in.Code == "" {
		return nil, fail(40063, "code")
	}
	if _, err := c.checkDeskMsg(in, []string{"text", "msgmenu"}); err != nil {
		return nil, err
	}
	for _, d := range c.Desks {
		for external, s := range d.Sessions {
			if s.Code != in.Code {
				continue
			}
			if s.CodeUntil < c.unix() {
				return nil, fail(95002, "the code has expired")
			}
			s.Code = ""
			c.say(d.ID, external, Line{From: d.Name, Kind: in.Kind, Text: in.Text.Content, Via: "kf"})
			return reply{"msgid": or(in.ID, random(32))}, nil
		}
	}
	return nil, fail(40078, "code")
}

// deskCustomers answers 「获取客户基础信息」: who has written to a desk.
func deskCustomers(c *call, in *struct {
	IDs []string `json:"external_userid_list"`
}) (any, error) {
	if len(in.IDs) == 0 || len(in.IDs) > 100 {
		return nil, fail(40058, "external_userid_list has %d, it must have 1-100", len(in.IDs))
	}
	found, lost := []reply{}, []string{}
	for _, id := range in.IDs {
		x := c.Contacts[id]
		if x == nil {
			lost = append(lost, id)
			continue
		}
		name, gender, unionid := c.face(x)
		found = append(found, reply{"external_userid": id, "nickname": name, "gender": gender, "avatar": c.link("/avatar/" + id), "unionid": unionid})
	}
	return reply{"customer_list": found, "invalid_external_userid": lost}, nil
}
