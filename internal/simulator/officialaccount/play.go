package officialaccount

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/simulator/delivery"
	"fishpond/internal/simulator/envelope"
	"fishpond/internal/simulator/people"
)

// ErrScan is what a person sees who scans a code that no longer works.
var ErrScan = errors.New("the code does not work")

// SetCallback asks the address to prove itself and keeps it (「接入指南」). An empty URL ends
// callbacks. With force the address is kept unasked.
func (w *World) SetCallback(ctx context.Context, appid string, cb Callback, force bool) error {
	if cb.Key != "" {
		if _, err := envelope.Key(cb.Key); err != nil {
			return fmt.Errorf("%w: %w", ErrArgument, err)
		}
	}
	if cb.URL != "" && !force {
		echo := strconv.FormatInt(w.Clock().UnixNano(), 10)
		query := signed(cb.Token, w.Clock())
		query.Set("echostr", echo)
		if err := w.Dispatcher.Verify(ctx, cb.URL, query, echo); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.account(appid)
	if err != nil {
		return err
	}
	a.Callback = &cb
	if cb.URL == "" {
		a.Callback = nil
	}
	return nil
}

func signed(token string, now time.Time) url.Values {
	timestamp, nonce := strconv.FormatInt(now.Unix(), 10), strconv.FormatInt(now.UnixNano()%1e9, 10)
	return url.Values{"signature": {envelope.Sign(token, timestamp, nonce)}, "timestamp": {timestamp}, "nonce": {nonce}}
}

// send gives a message to the account's receiver and shows the follower the answer.
func (w *World) send(a *Account, f *Follower, name, kind, rest string) {
	if a.Callback == nil {
		return
	}
	cb, appid, original := *a.Callback, a.ID, a.Original
	plain := fmt.Sprintf("<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime><MsgType><![CDATA[%s]]></MsgType>%s</xml>",
		a.Original, f.OpenID, w.Clock().Unix(), kind, rest)
	w.Dispatcher.Send(delivery.Message{
		Scope: a.ID, Event: name, Key: f.OpenID, URL: cb.URL, Plain: plain,
		Build: func(now time.Time) (url.Values, []byte, error) {
			query := signed(cb.Token, now)
			query.Set("openid", f.OpenID)
			if cb.Key == "" {
				return query, []byte(plain), nil
			}
			seal, err := envelope.New(cb.Token, cb.Key, appid)
			if err != nil {
				return nil, nil, err
			}
			closed, err := seal.Encrypt([]byte(plain))
			if err != nil {
				return nil, nil, err
			}
			query.Set("encrypt_type", "aes")
			query.Set("msg_signature", seal.Signature(query.Get("timestamp"), query.Get("nonce"), closed))
			return query, []byte("<xml><ToUserName><![CDATA[" + original + "]]></ToUserName><Encrypt><![CDATA[" + closed + "]]></Encrypt></xml>"), nil
		},
		Answered: func(body []byte) { w.passive(appid, f.OpenID, cb, body) },
	})
}

// passive shows a follower what the receiver answered in place (「被动回复用户消息」).
func (w *World) passive(appid, openid string, cb Callback, body []byte) {
	var outer struct {
		Encrypt string `xml:"Encrypt"`
		passiveReply
	}
	if text := strings.TrimSpace(string(body)); text == "" || text == "success" || xml.Unmarshal(body, &outer) != nil {
		return
	}
	said := outer.passiveReply
	if outer.Encrypt != "" {
		seal, err := envelope.New(cb.Token, cb.Key, appid)
		if err != nil {
			return
		}
		inner, receiver, err := seal.Decrypt(outer.Encrypt)
		if err != nil || receiver != appid || xml.Unmarshal(inner, &said) != nil {
			return
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a := w.accounts[appid]
	if a == nil || a.Followers[openid] == nil || said.To != openid {
		return
	}
	line := Line{From: "account", Kind: said.Kind, Text: said.Content}
	if len(said.Articles) > 0 {
		line.Text, line.URL = said.Articles[0].Title, said.Articles[0].URL
	}
	w.say(a.Followers[openid], line)
}

type passiveReply struct {
	To       string `xml:"ToUserName"`
	Kind     string `xml:"MsgType"`
	Content  string `xml:"Content"`
	Articles []struct {
		Title string `xml:"Title"`
		URL   string `xml:"Url"`
	} `xml:"Articles>item"`
}

func cdata(name, text string) string {
	return "<" + name + "><![CDATA[" + strings.ReplaceAll(text, "]]>", "]]]]><![CDATA[>") + "]]></" + name + ">"
}

// do runs a verb on an account and a person with the world locked.
func (w *World) do(appid, person string, fn func(*Account, *Follower) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.account(appid)
	if err != nil {
		return err
	}
	if _, ok := w.People.Get(person); !ok {
		return fmt.Errorf("customer %q %w", person, ErrUnknown)
	}
	return fn(a, a.follower(person))
}

// Follow lets a person follow an account, found by searching. Documentation page:
// 「接收事件推送」, as for the verbs below.
func (w *World) Follow(appid, person string) error {
	return w.do(appid, person, func(a *Account, f *Follower) error { return w.follow(a, f, "ADD_SCENE_SEARCH", nil) })
}

func (w *World) follow(a *Account, f *Follower, scene string, q *QR) error {
	if a.Kind != Official {
		return fmt.Errorf("%w: %s is a mini program; nobody follows it", ErrArgument, a.ID)
	}
	if f.Following {
		return fmt.Errorf("%w: the customer follows the account already", ErrArgument)
	}
	f.Following, f.Since, f.Scene, f.QRScene, f.QRSceneStr = true, w.Clock().Unix(), scene, 0, ""
	rest := cdata("Event", "subscribe") + "<EventKey></EventKey>"
	if q != nil {
		f.QRScene, f.QRSceneStr = q.SceneID, q.Scene
		rest = cdata("Event", "subscribe") + cdata("EventKey", "qrscene_"+q.key()) + cdata("Ticket", q.Ticket)
	}
	f.allow(w.Clock(), afterAction, 3)
	w.send(a, f, "subscribe", "event", rest)
	return nil
}

func (q *QR) key() string {
	if q.Scene != "" {
		return q.Scene
	}
	return strconv.FormatInt(q.SceneID, 10)
}

// Unfollow lets a person stop following.
func (w *World) Unfollow(appid, person string) error {
	return w.do(appid, person, func(a *Account, f *Follower) error {
		if !f.Following {
			return fmt.Errorf("%w: the customer does not follow the account", ErrArgument)
		}
		f.Following, f.Windows = false, nil
		w.send(a, f, "unsubscribe", "event", cdata("Event", "unsubscribe")+"<EventKey></EventKey>")
		return nil
	})
}

// Say lets a person write to an account.
func (w *World) Say(appid, person, text string) error {
	return w.do(appid, person, func(a *Account, f *Follower) error {
		if a.Kind == Official && !f.Following {
			return fmt.Errorf("%w: the customer does not follow the account", ErrArgument)
		}
		f.allow(w.Clock(), afterWord, 5)
		w.say(f, Line{From: "customer", Kind: "text", Text: text})
		w.serial++
		id := strconv.FormatInt(w.Clock().Unix()<<20|w.serial&(1<<20-1), 10)
		w.send(a, f, "text", "text", cdata("Content", text)+"<MsgId>"+id+"</MsgId>")
		return nil
	})
}

// HasCode reports whether a code is of an account here.
func (w *World) HasCode(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, _ := w.find(id)
	return a != nil
}

func (w *World) find(id string) (*Account, *QR) {
	for _, a := range w.accounts {
		if a.ID == id {
			return a, nil // the account's own code
		}
		for _, q := range a.Codes {
			if q.ID == id {
				return a, q
			}
		}
	}
	return nil, nil
}

// Scan lets a person scan a code of an account: whoever does not follow follows, whoever
// does is told where they are. It returns the account and whether they are new.
func (w *World) Scan(person, id string) (appid string, fresh bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, q := w.find(id)
	switch {
	case a == nil:
		return "", false, fmt.Errorf("%w: it was deleted", ErrScan)
	case q != nil && q.Expires > 0 && q.Expires < w.Clock().Unix():
		return "", false, fmt.Errorf("%w: it has expired", ErrScan)
	}
	if _, ok := w.People.Get(person); !ok {
		return "", false, fmt.Errorf("customer %q %w", person, ErrUnknown)
	}
	f := a.follower(person)
	if !f.Following {
		return a.ID, true, w.follow(a, f, "ADD_SCENE_QR_CODE", q)
	}
	if q != nil {
		f.allow(w.Clock(), afterAction, 3)
		w.send(a, f, "SCAN", "event", cdata("Event", "SCAN")+cdata("EventKey", q.key())+cdata("Ticket", q.Ticket))
	}
	return a.ID, false, nil
}

// View is what a person and an account have with each other.
type View struct {
	AppID     string `json:"appid"`
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	OpenID    string `json:"openid"`
	Following bool   `json:"following"`
	Lines     []Line `json:"lines"`
}

// Views are the accounts that a person has met.
func (w *World) Views(person people.Person) []View {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []View{}
	for _, id := range w.order {
		a := w.accounts[id]
		if f := a.Followers[a.openid(person.ID)]; f != nil {
			out = append(out, View{AppID: a.ID, Name: a.Name, Kind: a.Kind, OpenID: f.OpenID, Following: f.Following, Lines: append([]Line{}, f.Lines...)})
		}
	}
	return out
}
