package officialaccount

import (
	"bytes"
	"encoding/json"
	"mime"
	"mime/multipart"
	"strings"
	"time"
)

// What an action of a follower lets through. Documentation page: 「客服消息」, 发送规则.
const (
	afterWord   = 48 * time.Hour // five messages after a word
	afterAction = time.Minute    // three after following or scanning
)

func (f *Follower) allow(now time.Time, span time.Duration, n int) {
	if span == afterWord {
		f.Windows = nil // a word renews everything
	}
	f.Windows = append(f.Windows, Window{Until: now.Add(span).Unix(), Left: n})
}

// spend takes one message out of an open window. It reports 0, or the platform's code:
// 45015 when no window is open, 45047 when all open ones are used up.
func (f *Follower) spend(now time.Time) int {
	code := 45015
	best := -1
	for i, w := range f.Windows {
		if w.Until < now.Unix() {
			continue
		}
		if w.Left == 0 {
			code = 45047
			continue
		}
		if best < 0 || w.Until < f.Windows[best].Until { // the one that closes first
			best = i
		}
	}
	if best < 0 {
		return code
	}
	f.Windows[best].Left--
	return 0
}

var customKinds = map[string]bool{"text": true, "image": true, "voice": true, "video": true, "music": true, "news": true, "mpnews": true, "mpnewsarticle": true,
	"msgmenu": true, "wxcard": true, "miniprogrampage": true, "link": true}

// customSend answers 「发送客服消息」.
func customSend(c *call) (any, error) {
	var in struct {
		To   string `json:"touser"`
		Kind string `json:"msgtype"`
		Text struct {
			Content string `json:"content"`
		} `json:"text"`
		Image struct {
			MediaID string `json:"media_id"`
		} `json:"image"`
		Mini struct {
			Title string `json:"title"`
			Page  string `json:"pagepath"`
		} `json:"miniprogrampage"`
		News struct {
			Articles []struct {
				Title string `json:"title"`
				URL   string `json:"url"`
			} `json:"articles"`
		} `json:"news"`
		Menu struct {
			Head string `json:"head_content"`
		} `json:"msgmenu"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	var whole map[string]json.RawMessage
	_ = json.Unmarshal(c.body, &whole)
	f := c.a.Followers[in.To]
	switch {
	case f == nil:
		return nil, fail(40003)
	case !customKinds[in.Kind]:
		return nil, fail(40008)
	case len(whole[in.Kind]) == 0:
		return nil, fail(44004)
	case in.Kind == "text" && in.Text.Content == "":
		return nil, fail(44004)
	case len(in.Text.Content) > 2048:
		return nil, fail(45002)
	case in.Kind == "image" && (c.a.Media[in.Image.MediaID] == nil || c.a.Media[in.Image.MediaID].Expires <= c.at.Unix()):
		return nil, fail(40007)
	case c.a.Kind == Official && !f.Following:
		return nil, fail(45015)
	}
	if code := f.spend(c.at); code != 0 {
		return nil, fail(code)
	}
	line := Line{From: "account", Kind: in.Kind, Text: in.Text.Content + in.Mini.Title + in.Menu.Head, URL: in.Mini.Page}
	for _, a := range in.News.Articles {
		line.Text, line.URL = a.Title, a.URL
	}
	c.w.say(f, line)
	return nil, nil
}

const linesKept = 200

func (w *World) say(f *Follower, l Line) {
	l.At = w.Clock().UnixMicro()
	if f.Lines = append(f.Lines, l); len(f.Lines) > linesKept {
		f.Lines = f.Lines[len(f.Lines)-linesKept:]
	}
}

// mediaUpload answers 「新增临时素材」.
func mediaUpload(c *call) (any, error) {
	kind := c.q.Get("type")
	if kind != "image" && kind != "voice" && kind != "video" && kind != "thumb" {
		return nil, fail(40004)
	}
	_, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return nil, fail(41005)
	}
	form, err := multipart.NewReader(bytes.NewReader(c.body), params["boundary"]).ReadForm(maxBody)
	if err != nil || len(form.File["media"]) == 0 {
		return nil, fail(41005)
	}
	head := form.File["media"][0]
	f, err := head.Open()
	if err != nil {
		return nil, fail(41005)
	}
	defer f.Close()
	var data bytes.Buffer
	if _, err := data.ReadFrom(f); err != nil {
		return nil, fail(41005)
	}
	m := &Media{ID: random(64), Kind: kind, Name: strings.TrimSpace(head.Filename), Data: data.Bytes(), Expires: c.at.Add(72 * time.Hour).Unix()}
	c.a.Media[m.ID] = m
	return reply{"type": kind, "media_id": m.ID, "created_at": c.at.Unix()}, nil
}
