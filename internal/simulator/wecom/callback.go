package wecom

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/simulator/delivery"
	"fishpond/internal/simulator/envelope"
)

// Callback is where an app is told what happens.
type Callback struct {
	URL   string `json:"url"`
	Token string `json:"token"`
	Key   string `json:"key"` // EncodingAESKey, 43 characters
}

// SetCallback asks the address to prove itself and keeps it, as saving the form
// 「接收消息服务器配置」 does. An empty URL ends callbacks to the app. With force the
// address is kept unasked, for receivers that start later.
func (c *Corp) SetCallback(ctx context.Context, appID string, cb Callback, force bool) error {
	if cb.URL != "" && !force {
		if err := c.verify(ctx, cb); err != nil {
			return err
		}
	}
	return c.do(func() error {
		for _, a := range c.Apps {
			if a.ID != appID {
				continue
			}
			a.Callback = &cb
			if cb.URL == "" {
				a.Callback = nil
			}
			return nil
		}
		return unknown("app", appID)
	})
}

func (c *Corp) verify(ctx context.Context, cb Callback) error {
	seal, err := envelope.New(cb.Token, cb.Key, c.ID)
	if err != nil {
		return err
	}
	echo := strconv.FormatInt(c.now().UnixNano(), 10)
	closed, err := seal.Encrypt([]byte(echo))
	if err != nil {
		return err
	}
	query := signed(seal, c.now(), closed)
	query.Set("echostr", closed)
	return c.world.Dispatcher.Verify(ctx, cb.URL, query, echo)
}

func signed(seal *envelope.Seal, now time.Time, closed string) url.Values {
	timestamp, nonce := strconv.FormatInt(now.Unix(), 10), strings.ToLower(random(10))
	return url.Values{"msg_signature": {seal.Signature(timestamp, nonce, closed)}, "timestamp": {timestamp}, "nonce": {nonce}}
}

// event is the message of a callback, built in the order of the documentation.
type event struct {
	name string // of the event for the record: its ChangeType, or its Event
	key  string // messages with the same key keep their order
	text strings.Builder
}

// newEvent begins an event. from is sys, or the member who acts.
func (c *Corp) newEvent(kind, change, from string) *event {
	e := &event{name: change}
	if change == "" {
		e.name = kind
	}
	e.add("ToUserName", c.ID).add("FromUserName", from).number("CreateTime", c.now().Unix()).add("MsgType", "event").add("Event", kind)
	if change != "" {
		e.add("ChangeType", change)
	}
	return e
}

// add appends an element with text in CDATA; nothing when the text is empty.
func (e *event) add(name, text string) *event {
	if text != "" {
		fmt.Fprintf(&e.text, "<%s><![CDATA[%s]]></%s>", name, strings.ReplaceAll(text, "]]>", "]]]]><![CDATA[>"), name)
	}
	return e
}

func (e *event) number(name string, n int64) *event {
	fmt.Fprintf(&e.text, "<%s>%d</%s>", name, n, name)
	return e
}

// raw appends elements that are made elsewhere.
func (e *event) raw(text string) *event {
	e.text.WriteString(text)
	return e
}

// about says whom the event is about; the messages about one customer keep their order.
func (e *event) about(user, external string) *event {
	e.key = external
	return e.add("UserID", user).add("ExternalUserID", external)
}

// emit sends the event to the callbacks of the apps that want it. The corp is locked.
func (c *Corp) emit(e *event, wants func(*App) bool) {
	plain := "<xml>" + e.text.String() + "</xml>"
	for _, a := range c.Apps {
		if a.Callback != nil && wants(a) {
			c.send(a, e, plain)
		}
	}
}

// toCustomers is who hears of external contacts: customer contact and the apps that
// may call it and see the member.
func toCustomers(user string) func(*App) bool {
	return func(a *App) bool { return a.mayCustomers() && (user == "" || a.sees(user)) }
}

func toContacts(a *App) bool { return a.Kind == KindContacts }

func toKf(a *App) bool { return a.Kind == KindKf || a.Kind == KindAgent && a.Kf }

func toArchive(a *App) bool { return a.Kind == KindArchive }

func (c *Corp) send(a *App, e *event, plain string) {
	cb, agent := *a.Callback, ""
	if a.Kind == KindAgent {
		agent = strconv.FormatInt(a.AgentID, 10)
	}
	corp := c.ID
	c.world.Dispatcher.Send(delivery.Message{
		Scope: corp, Event: e.name, Key: e.key, URL: cb.URL, Plain: plain,
		Build: func(now time.Time) (url.Values, []byte, error) {
			seal, err := envelope.New(cb.Token, cb.Key, corp)
			if err != nil {
				return nil, nil, err
			}
			closed, err := seal.Encrypt([]byte(plain))
			if err != nil {
				return nil, nil, err
			}
			body, err := xml.Marshal(wrapper{To: cdata{corp}, Agent: cdata{agent}, Encrypt: cdata{closed}})
			return signed(seal, now, closed), body, err
		},
	})
}

// wrapper is the body of a POST.
type wrapper struct {
	XMLName xml.Name `xml:"xml"`
	To      cdata    `xml:"ToUserName"`
	Agent   cdata    `xml:"AgentID"`
	Encrypt cdata    `xml:"Encrypt"`
}

type cdata struct {
	Text string `xml:",cdata"`
}
