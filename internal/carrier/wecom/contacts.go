package wecom

import (
	"context"
	"net/url"
	"slices"
)

// External is a customer as the platform describes them.
type External struct {
	ID       string `json:"external_userid"`
	Name     string `json:"name"`
	Avatar   string `json:"avatar"`
	Type     int    `json:"type"`   // 1 WeChat, 2 WeCom
	Gender   int    `json:"gender"` // 0 unknown, 1 male, 2 female
	UnionID  string `json:"unionid"`
	Position string `json:"position"`
	CorpName string `json:"corp_name"`
}

// Follow is a customer's tie to one member.
type Follow struct {
	UserID      string   `json:"userid"`
	Remark      string   `json:"remark"`
	Description string   `json:"description"`
	CreatedAt   int64    `json:"createtime"` // seconds since 1970
	Mobiles     []string `json:"remark_mobiles"`
	AddWay      int      `json:"add_way"`
	State       string   `json:"state"`
	TagIDs      []string `json:"tag_id"` // in batch answers: tags of the corp only
	Tags        []struct {
		ID    string `json:"tag_id"`
		Group string `json:"group_name"`
		Name  string `json:"tag_name"`
		Type  int    `json:"type"` // 1 the corp's, 2 the member's own
	} `json:"tags"`
}

// CorpTags are the ids of the corp's tags on the customer, however the answer
// gives them. The members' own tags have no id and stay out.
func (f Follow) CorpTags() []string {
	out := slices.Clone(f.TagIDs)
	for _, t := range f.Tags {
		if t.ID != "" && t.Type != 2 {
			out = append(out, t.ID)
		}
	}
	return out
}

// Contact is a customer with one tie.
type Contact struct {
	External External `json:"external_contact"`
	Follow   Follow   `json:"follow_info"`
}

// Followers lists the members who may use customer contact
// (externalcontact/get_follow_user_list).
func (c *Client) Followers(ctx context.Context) ([]string, error) {
	var out struct {
		Users []string `json:"follow_user"`
	}
	err := c.c.Get(ctx, "externalcontact/get_follow_user_list", nil, &out)
	return out.Users, err
}

// CustomersOf lists the ids of a member's customers (externalcontact/list).
func (c *Client) CustomersOf(ctx context.Context, userID string) ([]string, error) {
	var out struct {
		IDs []string `json:"external_userid"`
	}
	err := c.c.Get(ctx, "externalcontact/list", url.Values{"userid": {userID}}, &out)
	return out.IDs, err
}

// Customer returns a customer and all ties to members; more than 500 come in
// pages (externalcontact/get).
func (c *Client) Customer(ctx context.Context, externalID string) (External, []Follow, error) {
	var who External
	var ties []Follow
	for cursor := ""; ; {
		var out struct {
			External External `json:"external_contact"`
			Follows  []Follow `json:"follow_user"`
			Next     string   `json:"next_cursor"`
		}
		if err := c.c.Get(ctx, "externalcontact/get", url.Values{"external_userid": {externalID}, "cursor": {cursor}}, &out); err != nil {
			return who, nil, err
		}
		if cursor == "" {
			who = out.External
		}
		ties = append(ties, out.Follows...)
		if out.Next == "" || out.Next == cursor {
			return who, ties, nil
		}
		cursor = out.Next
	}
}

// CustomerPage returns up to 100 customers of up to 100 members and the cursor
// of the next page, empty after the last (externalcontact/batch/get_by_user).
func (c *Client) CustomerPage(ctx context.Context, users []string, cursor string) ([]Contact, string, error) {
	var out struct {
		Contacts []Contact `json:"external_contact_list"`
		Next     string    `json:"next_cursor"`
	}
	err := c.c.Post(ctx, "externalcontact/batch/get_by_user", map[string]any{"userid_list": users, "cursor": cursor, "limit": 100}, &out)
	return out.Contacts, out.Next, err
}

// Remark is what a member notes about a customer; nil leaves as it is.
type Remark struct {
	UserID      string   `json:"userid"`
	ExternalID  string   `json:"external_userid"`
	Remark      *string  `json:"remark,omitempty"`      // at most 20 characters
	Description *string  `json:"description,omitempty"` // at most 150
	Mobiles     []string `json:"remark_mobiles,omitempty"`
}

// Remark changes a member's remark (externalcontact/remark).
func (c *Client) Remark(ctx context.Context, r Remark) error {
	return c.c.Post(ctx, "externalcontact/remark", r, nil)
}

// MarkTags puts tags of the corp on a member's customer and takes others off
// (externalcontact/mark_tag).
func (c *Client) MarkTags(ctx context.Context, userID, externalID string, add, remove []string) error {
	in := map[string]any{"userid": userID, "external_userid": externalID}
	if len(add) > 0 {
		in["add_tag"] = add
	}
	if len(remove) > 0 {
		in["remove_tag"] = remove
	}
	return c.c.Post(ctx, "externalcontact/mark_tag", in, nil)
}

// Tag is one of the corp's tags for customers.
type Tag struct {
	ID      string `json:"id,omitempty"`
	Name    string `json:"name"`
	Created int64  `json:"create_time,omitempty"` // seconds since 1970
	Order   int64  `json:"order,omitempty"`
	Deleted bool   `json:"deleted,omitempty"`
}

// TagGroup is a group of tags.
type TagGroup struct {
	ID      string `json:"group_id,omitempty"`
	Name    string `json:"group_name,omitempty"`
	Order   int64  `json:"order,omitempty"`
	Deleted bool   `json:"deleted,omitempty"`
	Tags    []Tag  `json:"tag"`
}

// Tags lists all tags of the corp (externalcontact/get_corp_tag_list).
func (c *Client) Tags(ctx context.Context) ([]TagGroup, error) {
	var out struct {
		Groups []TagGroup `json:"tag_group"`
	}
	err := c.c.Post(ctx, "externalcontact/get_corp_tag_list", struct{}{}, &out)
	return out.Groups, err
}

// AddTags makes tags in a group, which is made when it has no id and no group
// of that name exists (externalcontact/add_corp_tag).
func (c *Client) AddTags(ctx context.Context, g TagGroup) (TagGroup, error) {
	var out struct {
		Group TagGroup `json:"tag_group"`
	}
	err := c.c.Post(ctx, "externalcontact/add_corp_tag", g, &out)
	return out.Group, err
}

// RenameTag renames a tag or a group (externalcontact/edit_corp_tag).
func (c *Client) RenameTag(ctx context.Context, id, name string) error {
	return c.c.Post(ctx, "externalcontact/edit_corp_tag", map[string]string{"id": id, "name": name}, nil)
}

// DeleteTags deletes tags and groups (externalcontact/del_corp_tag).
func (c *Client) DeleteTags(ctx context.Context, tags, groups []string) error {
	in := map[string][]string{}
	if len(tags) > 0 {
		in["tag_id"] = tags
	}
	if len(groups) > 0 {
		in["group_id"] = groups
	}
	return c.c.Post(ctx, "externalcontact/del_corp_tag", in, nil)
}
