package carrier

import (
	"context"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// kfClosed is why nothing can be sent by us in a state of a session.
var kfClosed = map[int]i18n.Text{
	wecom.KfQueue:  i18n.T("会话在企业微信的接待队列里，请在企业微信里接待", "The session waits in WeCom's queue; take it there"),
	wecom.KfServed: i18n.T("有同事正在企业微信里接待这位客户，请在企业微信里回复", "A colleague is serving them in WeCom; answer there"),
	wecom.KfEnded:  i18n.T("会话已结束，客户再发消息后才能回复", "The session has ended; it begins again when they write"),
}

const kfWrongState = 95018

// sendKf sends the parts one after the other, each under an id of ours: a try
// that is made again sends no part twice.
func (s *Service) sendKf(ctx context.Context, a *account, m *sending) error {
	c, desk := s.wecomOf(a, slotContact, impatient), a.settings["open_kfid"]
	if err := s.openKf(ctx, a, c, m.To); err != nil {
		return err
	}
	for n := m.done; n < int64(len(m.Parts)); n++ {
		out := wecom.KfOut{Desk: desk, External: m.To, ID: kfMessageID(m.id, n)}
		var err error
		if out.Kind, out.Content, err = s.kfContent(ctx, a, c, m.Parts[n]); err != nil {
			return err
		}
		if err := c.SendKf(ctx, out); err != nil {
			return err
		}
		m.platformID = out.ID
		if err := s.advance(ctx, a, m); err != nil { // taken; when it is tried again the platform knows it
			return errs.Unavailable(i18n.T("数据库繁忙，请重试", "The database is busy; try again"), err)
		}
	}
	return nil
}

// openKf takes a session to the state in which we may send: served over the
// API. What members or the queue have stays theirs.
func (s *Service) openKf(ctx context.Context, a *account, c *wecom.Client, external string) error {
	desk := a.settings["open_kfid"]
	state, user, err := c.Session(ctx, desk, external)
	if err != nil {
		return err
	}
	if state == wecom.KfNew {
		if err := c.MoveSession(ctx, desk, external, wecom.KfAssistant, ""); err == nil {
			state = wecom.KfAssistant
		} else if wire.KindOf(err) != wire.Other { // it has moved meanwhile: sending tells
			return err
		}
	}
	if err := s.db.Write(context.WithoutCancel(ctx), a.org, func(tx *db.Tx) error {
		return saveKfSession(ctx, tx, a, external, kfSession{state, user, clock.Micros(s.now())})
	}); err != nil {
		return errs.Unavailable(i18n.T("数据库繁忙，请重试", "The database is busy; try again"), err)
	}
	if why, shut := kfClosed[state]; shut {
		return &wire.APIError{API: "kf/send_msg", Code: kfWrongState, Message: "state", Kind: wire.Other, Text: why}
	}
	return nil
}

// kfContent puts a part into the platform's form.
func (s *Service) kfContent(ctx context.Context, a *account, c *wecom.Client, p Part) (kind string, content any, err error) {
	switch p.Kind {
	case PartText:
		return "text", map[string]string{"content": p.Text}, nil
	case PartLink:
		cover := ""
		if p.MediaID != "" {
			cover, err = s.platformMedia(ctx, a, Part{Kind: PartImage, MediaID: p.MediaID}, c.Upload)
		}
		if err != nil || cover == "" { // a card needs a cover there: without it, the link is text
			return "text", map[string]string{"content": plain([]Part{p})}, err
		}
		return "link", map[string]string{"title": cut(p.Title, 128), "desc": cut(p.Text, 512), "url": p.URL, "thumb_media_id": cover}, nil
	}
	id, err := s.platformMedia(ctx, a, p, c.Upload)
	if err != nil {
		return "", nil, err
	}
	if p.Kind == PartMiniProgram {
		return "miniprogram", map[string]string{"title": cut(p.Title, 64), "appid": p.AppID, "pagepath": p.Page, "thumb_media_id": id}, nil
	}
	return p.Kind, map[string]string{"media_id": id}, nil
}
