package wecom

import "context"

// Group is a group chat with customers in it.
type Group struct {
	ChatID  string        `json:"chat_id"`
	Name    string        `json:"name"`
	Owner   string        `json:"owner"`
	Created int64         `json:"create_time"` // seconds since 1970
	Notice  string        `json:"notice"`
	Members []GroupMember `json:"member_list"`
}

// GroupMember is somebody in a group.
type GroupMember struct {
	ID        string `json:"userid"`
	Type      int    `json:"type"` // 1 a member of the corp, 2 a customer
	UnionID   string `json:"unionid"`
	JoinTime  int64  `json:"join_time"`  // seconds since 1970
	JoinScene int    `json:"join_scene"` // 1 invited by a member, 2 by a link, 3 by a code
	State     string `json:"state"`
	Name      string `json:"name"`
}

// Groups returns up to 100 group ids of the given owners (none: of all) and
// the next page's cursor (externalcontact/groupchat/list).
func (c *Client) Groups(ctx context.Context, owners []string, cursor string) ([]string, string, error) {
	in := map[string]any{"status_filter": 0, "cursor": cursor, "limit": 100}
	if len(owners) > 0 {
		in["owner_filter"] = map[string]any{"userid_list": owners}
	}
	var out struct {
		Groups []struct {
			ChatID string `json:"chat_id"`
		} `json:"group_chat_list"`
		Next string `json:"next_cursor"`
	}
	err := c.c.Post(ctx, "externalcontact/groupchat/list", in, &out)
	ids := make([]string, len(out.Groups))
	for i, g := range out.Groups {
		ids[i] = g.ChatID
	}
	return ids, out.Next, err
}

// Group returns a group with its members (externalcontact/groupchat/get).
func (c *Client) Group(ctx context.Context, chatID string) (Group, error) {
	var out struct {
		Group Group `json:"group_chat"`
	}
	err := c.c.Post(ctx, "externalcontact/groupchat/get", map[string]any{"chat_id": chatID, "need_name": 1}, &out)
	return out.Group, err
}

// TransferGroups hands groups of owners who have left to another member and
// returns those that could not be (externalcontact/groupchat/transfer).
func (c *Client) TransferGroups(ctx context.Context, chatIDs []string, to string) ([]Refusal, error) {
	var out struct {
		Failed []Refusal `json:"failed_chat_list"`
	}
	err := c.c.Post(ctx, "externalcontact/groupchat/transfer", map[string]any{"chat_id_list": chatIDs, "new_owner": to}, &out)
	return out.Failed, err
}

// Refusal is a group that could not be handed over.
type Refusal struct {
	ChatID  string `json:"chat_id"`
	Code    int    `json:"errcode"`
	Message string `json:"errmsg"`
}

// JoinWay is a way into groups: what is behind a group code.
type JoinWay struct {
	ConfigID   string   `json:"config_id,omitempty"`
	Scene      int      `json:"scene,omitempty"`  // 1 mini program, 2 QR
	Remark     string   `json:"remark,omitempty"` // at most 30 characters
	AutoCreate int      `json:"auto_create_room"` // 1: a further group is made when all are full
	BaseName   string   `json:"room_base_name,omitempty"`
	BaseID     int64    `json:"room_base_id,omitempty"`
	Groups     []string `json:"chat_id_list"` // at most 5
	State      string   `json:"state,omitempty"`
	QRCode     string   `json:"qr_code,omitempty"` // in answers
}

// MaxJoinGroups is how many groups a join way takes.
const MaxJoinGroups = 5

// AddJoinWay makes a way and returns its id (externalcontact/groupchat/add_join_way).
func (c *Client) AddJoinWay(ctx context.Context, w JoinWay) (string, error) {
	var out JoinWay
	err := c.c.Post(ctx, "externalcontact/groupchat/add_join_way", w, &out)
	return out.ConfigID, err
}

// JoinWay returns a way with its QR picture (externalcontact/groupchat/get_join_way).
func (c *Client) JoinWay(ctx context.Context, configID string) (JoinWay, error) {
	var out struct {
		Way JoinWay `json:"join_way"`
	}
	err := c.c.Post(ctx, "externalcontact/groupchat/get_join_way", map[string]string{"config_id": configID}, &out)
	return out.Way, err
}

// UpdateJoinWay changes a way (externalcontact/groupchat/update_join_way).
func (c *Client) UpdateJoinWay(ctx context.Context, w JoinWay) error {
	w.QRCode = ""
	return c.c.Post(ctx, "externalcontact/groupchat/update_join_way", w, nil)
}

// DeleteJoinWay ends a way (externalcontact/groupchat/del_join_way).
func (c *Client) DeleteJoinWay(ctx context.Context, configID string) error {
	return c.c.Post(ctx, "externalcontact/groupchat/del_join_way", map[string]string{"config_id": configID}, nil)
}
