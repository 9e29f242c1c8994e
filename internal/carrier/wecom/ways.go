package wecom

import "context"

// ContactWay is a way to reach members: what is behind a live code.
type ContactWay struct {
	ConfigID   string   `json:"config_id,omitempty"`
	Type       int      `json:"type,omitempty"`  // 1 one member, 2 several
	Scene      int      `json:"scene,omitempty"` // 1 mini program, 2 QR
	Style      int      `json:"style,omitempty"`
	Remark     string   `json:"remark,omitempty"` // at most 30 characters
	SkipVerify bool     `json:"skip_verify"`
	State      string   `json:"state,omitempty"` // at most 30 characters
	User       []string `json:"user,omitempty"`
	Party      []int64  `json:"party,omitempty"`
	IsTemp     bool     `json:"is_temp,omitempty"`
	ExpiresIn  int64    `json:"expires_in,omitempty"` // seconds, for temporary ones
	QRCode     string   `json:"qr_code,omitempty"`    // in answers
}

// AddContactWay makes a way and returns its id and the address of its QR
// picture (externalcontact/add_contact_way).
func (c *Client) AddContactWay(ctx context.Context, w ContactWay) (configID, qrURL string, err error) {
	var out ContactWay
	err = c.c.Post(ctx, "externalcontact/add_contact_way", w, &out)
	return out.ConfigID, out.QRCode, err
}

// ContactWay returns a way (externalcontact/get_contact_way).
func (c *Client) ContactWay(ctx context.Context, configID string) (ContactWay, error) {
	var out struct {
		Way ContactWay `json:"contact_way"`
	}
	err := c.c.Post(ctx, "externalcontact/get_contact_way", map[string]string{"config_id": configID}, &out)
	return out.Way, err
}

// UpdateContactWay changes who is behind a way, and its remark and state; type
// and scene stay (externalcontact/update_contact_way).
func (c *Client) UpdateContactWay(ctx context.Context, w ContactWay) error {
	w.Type, w.Scene, w.QRCode = 0, 0, ""
	return c.c.Post(ctx, "externalcontact/update_contact_way", w, nil)
}

// DeleteContactWay ends a way; its printed codes lead nowhere (externalcontact/del_contact_way).
func (c *Client) DeleteContactWay(ctx context.Context, configID string) error {
	return c.c.Post(ctx, "externalcontact/del_contact_way", map[string]string{"config_id": configID}, nil)
}

// ContactWays returns up to 1,000 ids of ways made between two times (seconds
// since 1970) and the next page's cursor (externalcontact/list_contact_way).
func (c *Client) ContactWays(ctx context.Context, from, to int64, cursor string) ([]string, string, error) {
	var out struct {
		Ways []struct {
			ConfigID string `json:"config_id"`
		} `json:"contact_way"`
		Next string `json:"next_cursor"`
	}
	err := c.c.Post(ctx, "externalcontact/list_contact_way", map[string]any{"start_time": from, "end_time": to, "cursor": cursor, "limit": 1000}, &out)
	ids := make([]string, len(out.Ways))
	for i, w := range out.Ways {
		ids[i] = w.ConfigID
	}
	return ids, out.Next, err
}

// Link is an acquisition link (获客链接): it opens WeChat and adds a member.
type Link struct {
	ID         string    `json:"link_id,omitempty"`
	Name       string    `json:"link_name,omitempty"` // at most 30 characters
	URL        string    `json:"url,omitempty"`
	Range      LinkRange `json:"range"`
	SkipVerify bool      `json:"skip_verify"`
}

// LinkRange is who is behind a link.
type LinkRange struct {
	Users       []string `json:"user_list,omitempty"`
	Departments []int64  `json:"department_list,omitempty"`
}

// AddLink makes a link and returns it with its address (customer_acquisition/create_link).
func (c *Client) AddLink(ctx context.Context, l Link) (Link, error) {
	var out struct {
		Link Link `json:"link"`
	}
	l.ID, l.URL = "", ""
	err := c.c.Post(ctx, "externalcontact/customer_acquisition/create_link", l, &out)
	l.ID, l.URL = out.Link.ID, out.Link.URL
	return l, err
}

// UpdateLink changes a link's name and members (customer_acquisition/update_link).
func (c *Client) UpdateLink(ctx context.Context, l Link) error {
	l.URL = ""
	return c.c.Post(ctx, "externalcontact/customer_acquisition/update_link", l, nil)
}

// DeleteLink ends a link (customer_acquisition/delete_link).
func (c *Client) DeleteLink(ctx context.Context, id string) error {
	return c.c.Post(ctx, "externalcontact/customer_acquisition/delete_link", map[string]string{"link_id": id}, nil)
}

// Links returns up to 100 ids of links and the next page's cursor
// (customer_acquisition/list_link).
func (c *Client) Links(ctx context.Context, cursor string) ([]string, string, error) {
	var out struct {
		IDs  []string `json:"link_id_list"`
		Next string   `json:"next_cursor"`
	}
	err := c.c.Post(ctx, "externalcontact/customer_acquisition/list_link", map[string]any{"cursor": cursor, "limit": 100}, &out)
	return out.IDs, out.Next, err
}

// LinkCustomer is somebody who came by a link.
type LinkCustomer struct {
	ExternalID string `json:"external_userid"`
	UserID     string `json:"userid"`
	ChatStatus int    `json:"chat_status"` // 0 has not written, 1 has written
	State      string `json:"state"`
}

// LinkCustomers returns up to 1,000 customers of a link (customer_acquisition/customer).
func (c *Client) LinkCustomers(ctx context.Context, id, cursor string) ([]LinkCustomer, string, error) {
	var out struct {
		Customers []LinkCustomer `json:"customer_list"`
		Next      string         `json:"next_cursor"`
	}
	err := c.c.Post(ctx, "externalcontact/customer_acquisition/customer", map[string]any{"link_id": id, "cursor": cursor, "limit": 1000}, &out)
	return out.Customers, out.Next, err
}

// LinkStatistic returns how many clicked and how many were added in a span of
// days (seconds since 1970) (customer_acquisition/statistic).
func (c *Client) LinkStatistic(ctx context.Context, id string, from, to int64) (clicks, added int64, err error) {
	var out struct {
		Clicks int64 `json:"click_link_customer_cnt"`
		Added  int64 `json:"new_customer_cnt"`
	}
	err = c.c.Post(ctx, "externalcontact/customer_acquisition/statistic", map[string]any{"link_id": id, "start_time": from, "end_time": to}, &out)
	return out.Clicks, out.Added, err
}
