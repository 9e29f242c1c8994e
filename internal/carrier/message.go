package carrier

import (
	"unicode/utf8"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Part is one piece of a message to a person.
type Part struct {
	Kind    string `json:"kind" enum:"text,image,voice,video,file,link,mini_program"`
	Text    string `json:"text,omitempty" maxLength:"4000" doc:"The text, or the few words of a link"`
	Title   string `json:"title,omitempty" maxLength:"128"`
	URL     string `json:"url,omitempty" maxLength:"2048"`
	PicURL  string `json:"pic_url,omitempty" maxLength:"2048"`
	MediaID string `json:"media_id,omitempty" maxLength:"256" doc:"Of an uploaded picture, voice, video or file: one of POST /carriers/media, or the platform's own"`
	AppID   string `json:"app_id,omitempty" maxLength:"64"`
	Page    string `json:"page,omitempty" maxLength:"1024"`
}

// The kinds of parts.
const (
	PartText        = "text"
	PartImage       = "image"
	PartVoice       = "voice"
	PartVideo       = "video"
	PartFile        = "file"
	PartLink        = "link"
	PartMiniProgram = "mini_program"
)

const (
	maxTextBytes   = 4000
	maxAttachments = 9
)

// CheckWecom tells what is wrong with a message for WeCom: an errs.CodeInvalid
// error that names the part, nil when it can be sent.
func CheckWecom(parts []Part) error {
	_, err := wecomMessage(parts)
	return err
}

// wecomMessage puts parts into the platform's form: texts are joined, the rest
// are attachments.
func wecomMessage(parts []Part) (m wecom.Message, err error) {
	wrong := func(zh, en string) (wecom.Message, error) {
		return wecom.Message{}, errs.InvalidField("welcome", i18n.Text{ZH: zh, EN: en})
	}
	text := ""
	for _, p := range parts {
		a := wecom.Attachment{}
		switch p.Kind {
		case PartText:
			if text != "" {
				text += "\n"
			}
			text += p.Text
			continue
		case PartImage:
			if p.MediaID == "" && p.PicURL == "" {
				return wrong("图片还没有上传", "The picture has not been uploaded")
			}
			a.MsgType, a.Image = "image", &wecom.Image{MediaID: p.MediaID, URL: p.PicURL}
		case PartLink:
			if p.URL == "" || p.Title == "" {
				return wrong("链接要有标题和地址", "A link needs a title and an address")
			}
			a.MsgType, a.Link = "link", &wecom.Article{Title: cut(p.Title, 128), Words: cut(p.Text, 512), URL: p.URL, PicURL: p.PicURL}
		case PartMiniProgram:
			if p.AppID == "" || p.Page == "" || p.MediaID == "" {
				return wrong("小程序卡片要有 AppID、页面路径和封面图", "A mini program card needs an app id, a page and a cover")
			}
			a.MsgType, a.MiniProgram = "miniprogram", &wecom.MiniProgram{Title: cut(p.Title, 64), PicMediaID: p.MediaID, AppID: p.AppID, Page: p.Page}
		default:
			return wrong("不认识的消息类型", "An unknown kind of message")
		}
		m.Attachments = append(m.Attachments, a)
	}
	if len(text) > maxTextBytes {
		return wrong("文字最多 4000 字节（约 1300 个汉字）", "At most 4,000 bytes of text")
	}
	if len(m.Attachments) > maxAttachments {
		return wrong("最多 9 个附件", "At most 9 attachments")
	}
	if text != "" {
		m.Text = &wecom.Text{Content: text}
	}
	if m.Text == nil && len(m.Attachments) == 0 {
		return wrong("消息是空的", "The message is empty")
	}
	return m, nil
}

// cut shortens s to so many bytes without breaking a character.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
