package carrier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// massTypes are the files that mass messages and moments take, and massSizes
// how many bytes they have at most.
var (
	massTypes = map[string][]string{PartImage: {"image/png", "image/jpeg"}, PartVideo: {"video/mp4"}, PartMiniProgram: {"image/png", "image/jpeg"}}
	massSizes = map[string]int64{PartImage: 10 << 20, PartVideo: 10 << 20, PartFile: 20 << 20, PartMiniProgram: 10 << 20}
)

// CheckMass tells what is wrong with a mass message of WeCom, within tx: an
// errs.CodeInvalid error that names the part, nil when it can be sent.
func CheckMass(ctx context.Context, tx *db.Tx, orgID string, parts []Part) error {
	if _, err := massMessage(parts); err != nil {
		return err
	}
	return checkFiles(ctx, tx, orgID, parts)
}

// checkFiles tells whether the files of a message are there and such as the
// platform takes.
func checkFiles(ctx context.Context, tx *db.Tx, orgID string, parts []Part) error {
	for i, p := range parts {
		if !ours(p.MediaID) {
			continue
		}
		at := fmt.Sprintf("parts[%d].media_id", i)
		m, err := mediaByID(ctx, tx, orgID, p.MediaID)
		if errs.Is(err, errs.CodeNotFound) {
			return errs.InvalidField(at, i18n.T("文件已不存在，请重新上传", "The file is not there any more; upload it again"))
		}
		if err != nil {
			return err
		}
		if most := massSizes[p.Kind]; most > 0 && m.Bytes > most {
			return errs.InvalidField(at, i18n.T("平台最多接受 %d MB", "The platform takes %d MB at most", most>>20))
		}
		if list := massTypes[p.Kind]; list != nil && !slices.Contains(list, m.Type) {
			return errs.InvalidField(at, i18n.T("平台不接受 %s：图片要 PNG 或 JPEG，视频要 MP4", "The platform does not take %s: pictures are PNG or JPEG, videos MP4", m.Type))
		}
	}
	return nil
}

// massMessage puts parts into the form of a mass message: texts are joined, the
// rest are attachments. Files keep our ids.
func massMessage(parts []Part) (m wecom.Message, err error) {
	var words []string
	for i, p := range parts {
		at := fmt.Sprintf("parts[%d]", i)
		if err := p.massComplete(at); err != nil {
			return m, err
		}
		a := wecom.Attachment{}
		switch p.Kind {
		case PartText:
			words = append(words, p.Text)
			continue
		case PartImage:
			a.MsgType, a.Image = "image", &wecom.Image{MediaID: p.MediaID, URL: p.PicURL}
		case PartLink:
			a.MsgType, a.Link = "link", &wecom.Article{Title: cut(p.Title, 128), Words: cut(p.Text, 512), URL: p.URL, PicURL: p.PicURL}
		case PartMiniProgram:
			a.MsgType, a.MiniProgram = "miniprogram", &wecom.MiniProgram{Title: cut(p.Title, 64), PicMediaID: p.MediaID, AppID: p.AppID, Page: p.Page}
		case PartVideo:
			a.MsgType, a.Video = "video", &wecom.Media{MediaID: p.MediaID}
		case PartFile:
			a.MsgType, a.File = "file", &wecom.Media{MediaID: p.MediaID}
		default:
			return m, errs.InvalidField(at+".kind", i18n.T("群发不支持这种内容", "Mass messages cannot hold this"))
		}
		m.Attachments = append(m.Attachments, a)
	}
	text := strings.Join(words, "\n")
	switch {
	case len(text) > maxTextBytes:
		return m, errs.InvalidField("parts", i18n.T("文字最多 4000 字节（约 1300 个汉字）", "At most 4,000 bytes of text"))
	case len(m.Attachments) > maxAttachments:
		return m, errs.InvalidField("parts", i18n.T("最多 9 个附件", "At most 9 attachments"))
	case text == "" && len(m.Attachments) == 0:
		return m, errs.InvalidField("parts", i18n.T("消息是空的", "The message is empty"))
	}
	if text != "" {
		m.Text = &wecom.Text{Content: text}
	}
	return m, nil
}

// massComplete tells whether a part has what it must have.
func (p Part) massComplete(at string) error {
	need := func(ok bool, field, zh, en string) error {
		if ok {
			return nil
		}
		return errs.InvalidField(at+"."+field, i18n.Text{ZH: zh, EN: en})
	}
	switch p.Kind {
	case PartText:
		return need(strings.TrimSpace(p.Text) != "", "text", "文字不能为空", "The text is empty")
	case PartImage:
		return need(p.MediaID != "" || secure(p.PicURL), "media_id", "图片要先上传", "Upload the picture first")
	case PartVideo, PartFile:
		return need(p.MediaID != "", "media_id", "文件要先上传", "Upload the file first")
	case PartLink:
		return errors.Join(need(p.Title != "", "title", "链接要有标题", "A link needs a title"), need(webLink(p.URL), "url", "链接的地址不对", "The address of the link is not right"))
	case PartMiniProgram:
		return need(p.AppID != "" && p.Page != "" && p.MediaID != "" && p.Title != "", "app_id", "小程序卡片要有标题、AppID、页面和封面", "A mini program card needs a title, an app id, a page and a cover")
	}
	return nil
}

// uploaded puts the files of a mass message on the platform, as far as they are
// not there, and fills their ids in.
func (s *Service) uploaded(ctx context.Context, a *account, c *wecom.Client, parts []Part) ([]Part, error) {
	out := slices.Clone(parts)
	for i, p := range out {
		if p.MediaID == "" {
			continue
		}
		id, err := s.platformMedia(ctx, a, p, c.Upload)
		if err != nil {
			return nil, err
		}
		out[i].MediaID = id
	}
	return out, nil
}

// forgetUploads has the files of a message uploaded anew: the platform says
// that it does not have them.
func (s *Service) forgetUploads(ctx context.Context, a *account, parts []Part) error {
	return s.db.Write(ctx, a.org, func(tx *db.Tx) error {
		for _, p := range parts {
			if _, err := tx.Exec(ctx, "DELETE FROM carrier_media_upload WHERE org_id = ? AND account_id = ? AND media_id = ?", a.org, a.id, p.MediaID); err != nil {
				return err
			}
		}
		return nil
	})
}
