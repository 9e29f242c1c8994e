package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Chat is what one visitor of the brand's site says, in that order, and what
// is answered. An empty answer leaves them waiting.
type Chat struct {
	Says   []string
	Answer string
	Known  bool // they leave the phone number of somebody who bought before
}

// Chats are those of the brand's first day.
func Chats() []Chat {
	return []Chat{
		{[]string{"你好，在吗？", "想给长辈送茶，预算 500 左右，推荐哪款？"}, "", true},
		{[]string{"昨天买的小青柑，包装破了一角，能换吗？"}, "", true},
		{[]string{"明前龙井还有货吗？"}, "有的，100g 装今天还剩一些，需要给您留一份吗？", true},
		{[]string{"订单能改地址吗？", "刚下的单，想改寄到公司"}, "", true},
		{[]string{"水温多少合适？买的安吉白茶"}, "安吉白茶用 80℃ 左右的水，第一泡 20 秒就可以出汤。", true},
		{[]string{"可以开发票吗？抬头是单位"}, "可以的，请把抬头和税号发给我，今天开好发到您邮箱。", true},
		{[]string{"每月一茶怎么退订？"}, "", true},
		{[]string{"怀孕能喝茉莉花茶吗？"}, "", false},
		{[]string{"有没有小份装，想先尝尝"}, "有一周尝鲜组合，24 泡 19.9 元，八款茶都能尝到。", false},
		{[]string{"门店在杭州哪里？周末开吗？"}, "", false},
		{[]string{"什么时候发货？"}, "今天 16 点前下的单当天发出。", true},
		{[]string{"转人工"}, "", false},
	}
}

// Site is the brand's own site, where visitors use the chat as a browser does.
type Site struct {
	url  string // of the server
	http *http.Client
}

// NewSite returns the site of which the chat is served at url.
func NewSite(url string) *Site { return &Site{url: url, http: &http.Client{Timeout: 20 * time.Second}} }

// Talk has a new visitor of an account's chat write all says, and leave a phone
// number where there is one.
func (s *Site) Talk(ctx context.Context, accountID string, says []string, phone string) error {
	var session struct{ Token string }
	if err := s.call(ctx, accountID, "session", "", struct{}{}, &session); err != nil {
		return err
	}
	for i, text := range says {
		if err := s.call(ctx, accountID, "messages", session.Token, map[string]string{"text": text, "key": fmt.Sprintf("demo%08d", i)}, nil); err != nil {
			return err
		}
	}
	if phone == "" {
		return nil
	}
	return s.call(ctx, accountID, "identify", session.Token, map[string]string{"phone": phone}, nil)
}

func (s *Site) call(ctx context.Context, accountID, what, token string, in, out any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, "POST", s.url+"/w/"+accountID+"/"+what, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Origin", s.url)
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("X-Fishpond-Visitor", token)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("demo: %s: %d %s", what, resp.StatusCode, data)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(data, out)
}

// QuickReply is one that the brand's staff have at hand.
type QuickReply struct{ Folder, Title, Text string }

// QuickReplies are those that the brand begins with.
func QuickReplies() []QuickReply {
	return []QuickReply{
		{"开场", "问好", "{{person.name}}您好，我是{{staff.name}}，请问想了解哪款茶？"},
		{"开场", "稍等", "稍等，我帮您查一下，一两分钟回您。"},
		{"售前", "送长辈", "送长辈推荐四时礼盒，四款名茶各一罐，清淡不苦，礼袋随盒。"},
		{"售前", "冲泡水温", "绿茶 80℃，红茶和乌龙 95℃，普洱和老白茶用沸水。"},
		{"售后", "发货时间", "今天 16 点前下的单当天发出，江浙沪次日到。"},
		{"售后", "破损换新", "抱歉让您收到这样的包裹。请拍两张照片给我，今天给您补发一份。"},
		{"售后", "开发票", "可以的，请把抬头和税号发给我，今天开好发到您邮箱。"},
	}
}
