package wecom

import (
	"encoding/json"
	"slices"
	"sort"
	"time"
)

// Way is a contact way (「联系我」).
type Way struct {
	ID        string `json:"id"`
	Serial    int64  `json:"serial"`
	CreatedAt int64  `json:"created_at"`
	Turn      int    `json:"turn"` // whose turn it is among several members
	wayFields
}

// wayFields are what a client sets. Documentation page: 「配置客户联系「联系我」方式」.
type wayFields struct {
	Type        int             `json:"type"`  // 1 one member, 2 several
	Scene       int             `json:"scene"` // 1 in a mini program, 2 a QR code
	Style       int             `json:"style,omitempty"`
	Remark      string          `json:"remark"`
	SkipVerify  *bool           `json:"skip_verify"` // absent: true
	State       string          `json:"state"`
	Users       []string        `json:"user"`
	Parties     []int64         `json:"party"`
	IsTemp      bool            `json:"is_temp"`
	Expires     int64           `json:"expires_in"`
	ChatExpires int64           `json:"chat_expires_in"`
	Unionid     string          `json:"unionid"`
	Exclusive   bool            `json:"is_exclusive"`
	Conclusions json.RawMessage `json:"conclusions,omitempty"`
}

func (w *Way) skips() bool { return w.SkipVerify == nil || *w.SkipVerify }

const (
	maxWayUsers = 100
	twoWeeks    = 14 * 24 * 3600
	week        = 7 * 24 * 3600
)

// members of a way: those named and those of its departments.
func (c *Corp) wayMembers(users []string, parties []int64) []string {
	out := slices.Clone(users)
	for _, u := range c.members(parties) {
		if !slices.Contains(out, u.ID) {
			out = append(out, u.ID)
		}
	}
	return out
}

// checkRange checks members and departments that are to have customers.
func (c *call) checkRange(users []string, parties []int64) error {
	for _, id := range users {
		u := c.Users[id]
		switch {
		case u == nil:
			return fail(40003, "%s", id)
		case !c.app.sees(id):
			return fail(60011, "%s", id)
		case u.Inactive:
			return fail(41054, "%s", id)
		case u.Unverified:
			return fail(40098, "%s", id)
		case u.NoCustomers:
			return fail(84074, "%s", id)
		}
	}
	for _, id := range parties {
		if c.department(id) == nil {
			return fail(40066, "%d", id)
		}
	}
	return nil
}

func (c *call) checkWay(f *wayFields) error {
	switch {
	case f.Type == 0:
		return fail(41037, "")
	case f.Type != 1 && f.Type != 2:
		return fail(41039, "")
	case f.Scene == 0:
		return fail(41038, "")
	case f.Scene != 1 && f.Scene != 2:
		return fail(41040, "")
	case f.Style < 0 || f.Style > 3:
		return fail(41042, "")
	case chars(f.State) > 30:
		return fail(40058, "state exceed max length 30")
	case chars(f.Remark) > 30:
		return fail(40058, "remark exceed max length 30")
	case f.Type == 1 && len(f.Users) != 1:
		return fail(40058, "type 1 needs exactly one user")
	case f.Type == 2 && len(f.Users) == 0 && len(f.Parties) == 0:
		return fail(40063, "user and party")
	case f.IsTemp && f.Type != 1:
		return fail(40058, "is_temp needs type 1")
	case f.Expires < 0 || f.Expires > twoWeeks || f.ChatExpires < 0 || f.ChatExpires > twoWeeks:
		return fail(40058, "expires_in and chat_expires_in are up to 14 days")
	}
	if err := c.checkRange(f.Users, f.Parties); err != nil {
		return err
	}
	if len(c.wayMembers(f.Users, f.Parties)) > maxWayUsers {
		return fail(41041, "")
	}
	return nil
}

// wayAdd answers 「配置客户联系「联系我」方式」.
func wayAdd(c *call, in *wayFields) (any, error) {
	if err := c.checkWay(in); err != nil {
		return nil, err
	}
	if len(c.Ways)+len(c.JoinWays) >= c.world.Limits.ContactWays {
		return nil, fail(41045, "")
	}
	if in.IsTemp && in.Expires == 0 {
		in.Expires = week
	}
	if in.IsTemp && in.ChatExpires == 0 {
		in.ChatExpires = 24 * 3600
	}
	w := &Way{ID: random(32), Serial: c.next(), CreatedAt: c.unix(), wayFields: *in}
	c.Ways[w.ID] = w
	out := reply{"config_id": w.ID}
	if w.Scene == 2 {
		out["qr_code"] = c.link("/qr/way/" + w.ID)
	}
	return out, nil
}

func (c *call) way(id string) (*Way, error) {
	if id == "" {
		return nil, fail(41043, "")
	}
	if w := c.Ways[id]; w != nil {
		return w, nil
	}
	return nil, fail(41044, "")
}

type configIn struct {
	ID string `json:"config_id"`
}

// wayGet answers 「获取企业已配置的「联系我」方式」.
func wayGet(c *call, in *configIn) (any, error) {
	w, err := c.way(in.ID)
	if err != nil {
		return nil, err
	}
	out := reply{
		"config_id": w.ID, "type": w.Type, "scene": w.Scene, "style": w.Style, "remark": w.Remark, "skip_verify": w.skips(), "state": w.State,
		"user": w.Users, "party": w.Parties, "is_temp": w.IsTemp, "is_exclusive": w.Exclusive,
	}
	if w.Scene == 2 {
		out["qr_code"] = c.link("/qr/way/" + w.ID)
	}
	if w.IsTemp {
		out["expires_in"], out["chat_expires_in"], out["unionid"], out["conclusions"] = w.Expires, w.ChatExpires, w.Unionid, w.Conclusions
	}
	return reply{"contact_way": out}, nil
}

// wayList answers 「获取企业已配置的「联系我」列表」, without temporary ones.
func wayList(c *call, in *struct {
	Start  int64  `json:"start_time"`
	End    int64  `json:"end_time"`
	Cursor string `json:"cursor"`
	Limit  int    `json:"limit"`
}) (any, error) {
	if in.Start == 0 {
		in.Start = c.at.Add(-90 * 24 * time.Hour).Unix()
	}
	if in.End == 0 {
		in.End = c.unix()
	}
	var list []*Way
	for _, w := range c.Ways {
		if !w.IsTemp && w.CreatedAt >= in.Start && w.CreatedAt <= in.End {
			list = append(list, w)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Serial < list[j].Serial })
	page, next, err := paged(list, in.Cursor, in.Limit, 100, 1000)
	out := []reply{}
	for _, w := range page {
		out = append(out, reply{"config_id": w.ID})
	}
	return reply{"contact_way": out, "next_cursor": next}, err
}

type wayUpdateIn struct {
	ID string `json:"config_id"`
	wayPatch
}

// wayPatch has what may be changed; what is absent stays.
type wayPatch struct {
	Remark      *string         `json:"remark"`
	SkipVerify  *bool           `json:"skip_verify"`
	Style       *int            `json:"style"`
	State       *string         `json:"state"`
	Users       *[]string       `json:"user"`
	Parties     *[]int64        `json:"party"`
	Expires     *int64          `json:"expires_in"`
	ChatExpires *int64          `json:"chat_expires_in"`
	Unionid     *string         `json:"unionid"`
	Conclusions json.RawMessage `json:"conclusions"`
}

// wayUpdate answers 「更新企业已配置的「联系我」方式」. The QR code stays the same.
func wayUpdate(c *call, in *wayUpdateIn) (any, error) {
	w, err := c.way(in.ID)
	if err != nil {
		return nil, err
	}
	next := w.wayFields
	patch(&next.Remark, in.Remark)
	patch(&next.Style, in.Style)
	patch(&next.State, in.State)
	patch(&next.Users, in.Users)
	patch(&next.Parties, in.Parties)
	patch(&next.Unionid, in.Unionid)
	if in.SkipVerify != nil {
		next.SkipVerify = in.SkipVerify
	}
	if in.Expires != nil && *in.Expires > 0 {
		next.Expires = *in.Expires
	}
	if in.ChatExpires != nil && *in.ChatExpires > 0 {
		next.ChatExpires = *in.ChatExpires
	}
	if in.Conclusions != nil {
		next.Conclusions = in.Conclusions
	}
	if err := c.checkWay(&next); err != nil {
		return nil, err
	}
	w.wayFields = next
	return reply{}, nil
}

func patch[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// wayDelete answers 「删除企业已配置的「联系我」方式」.
func wayDelete(c *call, in *configIn) (any, error) {
	if _, err := c.way(in.ID); err != nil {
		return nil, err
	}
	delete(c.Ways, in.ID)
	return reply{}, nil
}

// closeTempChat answers 「结束临时会话」.
func closeTempChat(c *call, in *struct {
	User     string `json:"userid"`
	External string `json:"external_userid"`
}) (any, error) {
	if _, _, err := c.friendship(in.User, in.External, false); err != nil {
		return nil, err
	}
	c.say(in.User, in.External, Line{From: in.User, Kind: "note", Text: "临时会话已结束", Via: "conclusion"})
	return reply{}, nil
}
