package wecom

import (
	"context"
	"encoding/json"
	"net/url"

	"fishpond/internal/carrier/wire"
)

// KfEvent is the callback that tells that a customer service account has
// something to be fetched.
const KfEvent = "kf_msg_or_event"

// Desk is a customer service account (kf/account/list).
type Desk struct {
	ID      string `json:"open_kfid"`
	Name    string `json:"name"`
	Managed bool   `json:"manage_privilege"` // the secret may send and receive for it
}

// Desks lists all customer service accounts that the secret may see.
func (c *Client) Desks(ctx context.Context) (all []Desk, err error) {
	for {
		var out struct {
			Desks []Desk `json:"account_list"`
		}
		if err := c.c.Post(ctx, "kf/account/list", map[string]int{"offset": len(all), "limit": desksAtOnce}, &out); err != nil {
			return nil, err
		}
		if all = append(all, out.Desks...); len(out.Desks) < desksAtOnce {
			return all, nil
		}
	}
}

const desksAtOnce = 100

// DeskLink makes the address at which people enter a customer service account
// from a scene (up to 32 letters, digits, - and _). What a page adds to it as
// scene_param comes back with who enters (kf/add_contact_way).
func (c *Client) DeskLink(ctx context.Context, desk, scene string) (string, error) {
	var out struct {
		URL string `json:"url"`
	}
	return out.URL, c.c.Post(ctx, "kf/add_contact_way", map[string]string{"open_kfid": desk, "scene": scene}, &out)
}

// Servicer is a member who serves a customer service account.
type Servicer struct {
	UserID string `json:"userid"` // empty: a department
	Status int    `json:"status"` // 0 serving, 1 not
}

// Servicers lists who serves an account (kf/servicer/list).
func (c *Client) Servicers(ctx context.Context, desk string) ([]Servicer, error) {
	var out struct {
		List []Servicer `json:"servicer_list"`
	}
	return out.List, c.c.Get(ctx, "kf/servicer/list", url.Values{"open_kfid": {desk}}, &out)
}

// Who a message of a customer service account is from.
const (
	KfFromCustomer = 3
	KfFromSystem   = 4 // an event
	KfFromServicer = 5 // a member, in their WeCom
)

// KfMessage is one message or event of a customer service account. Only what
// belongs to its kind is filled.
type KfMessage struct {
	ID       string `json:"msgid"`
	Desk     string `json:"open_kfid"`
	External string `json:"external_userid"`
	Sent     int64  `json:"send_time"` // seconds since 1970
	Origin   int    `json:"origin"`
	Servicer string `json:"servicer_userid"`
	Type     string `json:"msgtype"`

	Text struct {
		Content string `json:"content"`
		MenuID  string `json:"menu_id"`
	} `json:"text"`
	Image    KfMedia `json:"image"`
	Voice    KfMedia `json:"voice"`
	Video    KfMedia `json:"video"`
	File     KfMedia `json:"file"`
	Location struct {
		Latitude  json.Number `json:"latitude"`
		Longitude json.Number `json:"longitude"`
		Name      string      `json:"name"`
		Address   string      `json:"address"`
	} `json:"location"`
	Link struct {
		Title string `json:"title"`
		Words string `json:"desc"`
		URL   string `json:"url"`
	} `json:"link"`
	Card struct {
		UserID string `json:"userid"`
	} `json:"business_card"`
	MiniProgram struct {
		Title string `json:"title"`
		AppID string `json:"appid"`
		Page  string `json:"pagepath"`
		Thumb string `json:"thumb_media_id"`
	} `json:"miniprogram"`
	Menu struct {
		Head string `json:"head_content"`
	} `json:"msgmenu"`
	Product struct {
		Title string `json:"title"`
		ID    string `json:"product_id"`
	} `json:"channels_shop_product"`
	Order struct {
		ID     string `json:"order_id"`
		Titles string `json:"product_titles"`
	} `json:"channels_shop_order"`
	Channels struct {
		Name  string `json:"nickname"`
		Title string `json:"title"`
	} `json:"channels"`
	Merged struct {
		Title string `json:"title"`
	} `json:"merged_msg"`
	Event KfHappening `json:"event"`
}

// KfMedia is a file of a message, to be had for three days.
type KfMedia struct {
	MediaID string `json:"media_id"`
}

// What happens at a customer service account.
const (
	KfEntered       = "enter_session"
	KfSendFailed    = "msg_send_fail"
	KfServicer      = "servicer_status_change"
	KfSession       = "session_status_change"
	KfUserRecalled  = "user_recall_msg"
	KfStaffRecalled = "servicer_recall_msg"
)

// KfHappening is an event of a customer service account.
type KfHappening struct {
	Type        string `json:"event_type"`
	Desk        string `json:"open_kfid"`
	External    string `json:"external_userid"`
	Scene       string `json:"scene"`       // of the link that was used
	SceneParam  string `json:"scene_param"` // what the page added to it
	WelcomeCode string `json:"welcome_code"`
	FailID      string `json:"fail_msgid"`
	FailType    int    `json:"fail_type"`
	Servicer    string `json:"servicer_userid"`
	Status      int    `json:"status"`      // of a servicer: 1 serving, 2 not
	Change      int    `json:"change_type"` // of a session: 1 taken from the queue, 2 handed over, 3 ended, 4 taken up again
	OldServicer string `json:"old_servicer_userid"`
	NewServicer string `json:"new_servicer_userid"`
	MessageCode string `json:"msg_code"`
	RecallID    string `json:"recall_msgid"`
}

// KfPage is a part of what happened at a customer service account.
type KfPage struct {
	Cursor   string      `json:"next_cursor"`
	More     int         `json:"has_more"`
	Messages []KfMessage `json:"msg_list"`
}

// Fetch returns what happened after a cursor, in order; after none, of the last
// three days. token is what the callback brought, good for ten minutes: without
// it the platform answers less often (kf/sync_msg).
func (c *Client) Fetch(ctx context.Context, desk, cursor, token string, most int) (p KfPage, err error) {
	in := map[string]any{"open_kfid": desk, "limit": most, "voice_format": 0}
	if cursor != "" {
		in["cursor"] = cursor
	}
	if token != "" {
		in["token"] = token
	}
	return p, c.c.Post(ctx, "kf/sync_msg", in, &p)
}

// Patron is a customer of customer service (kf/customer/batchget).
type Patron struct {
	ID      string `json:"external_userid"`
	Name    string `json:"nickname"`
	Gender  int    `json:"gender"`
	UnionID string `json:"unionid"`
}

// Patrons tells who up to 100 customers are; those whom the platform does not
// know are left out.
func (c *Client) Patrons(ctx context.Context, ids []string) ([]Patron, error) {
	var out struct {
		List []Patron `json:"customer_list"`
	}
	return out.List, c.c.Post(ctx, "kf/customer/batchget", map[string]any{"external_userid_list": ids}, &out)
}

// The states of a session.
const (
	KfNew       = 0
	KfAssistant = 1 // served over the API
	KfQueue     = 2
	KfServed    = 3 // by a member, in their WeCom
	KfEnded     = 4
)

// Session tells the state of a session and who serves it (kf/service_state/get).
func (c *Client) Session(ctx context.Context, desk, external string) (state int, servicer string, err error) {
	var out struct {
		State    int    `json:"service_state"`
		Servicer string `json:"servicer_userid"`
	}
	err = c.c.Post(ctx, "kf/service_state/get", map[string]string{"open_kfid": desk, "external_userid": external}, &out)
	return out.State, out.Servicer, err
}

// MoveSession takes a session to another state (kf/service_state/trans).
func (c *Client) MoveSession(ctx context.Context, desk, external string, state int, servicer string) error {
	in := map[string]any{"open_kfid": desk, "external_userid": external, "service_state": state}
	if servicer != "" {
		in["servicer_userid"] = servicer
	}
	return c.c.Post(ctx, "kf/service_state/trans", in, nil)
}

// KfOut is one message to a customer; Kind says what Content is.
type KfOut struct {
	Desk, External string
	ID             string // ours, up to 32 letters, digits, - and _: the platform sends the same no second time
	Kind           string // text, image, voice, video, file, link, miniprogram, msgmenu
	Content        any
}

// SendKf sends a message to a customer who has written within 48 hours; up to
// five after each word of theirs (kf/send_msg). That it was sent before is no error.
func (c *Client) SendKf(ctx context.Context, m KfOut) error {
	err := c.c.Post(ctx, "kf/send_msg", map[string]any{"touser": m.External, "open_kfid": m.Desk, "msgid": m.ID, "msgtype": m.Kind, m.Kind: m.Content}, nil)
	if wire.KindOf(err) == wire.Done {
		return nil
	}
	return err
}

// AnswerKfEvent sends a text to who entered, with the code of the event, within
// 20 seconds (kf/send_msg_on_event).
func (c *Client) AnswerKfEvent(ctx context.Context, code, id, text string) error {
	return c.c.Post(ctx, "kf/send_msg_on_event", map[string]any{"code": code, "msgid": id, "msgtype": "text", "text": map[string]string{"content": text}}, nil)
}
