package wecom

import (
	"strings"
)

// Content is what a welcome message, a mass message or a moment says.
type Content struct {
	Text struct {
		Content string `json:"content"`
	} `json:"text"`
	Attachments []Attachment `json:"attachments"`
}

// Attachment is one thing attached to a message; MsgType says which.
type Attachment struct {
	MsgType string `json:"msgtype"`
	Image   struct {
		MediaID string `json:"media_id,omitempty"`
		PicURL  string `json:"pic_url,omitempty"`
	} `json:"image,omitzero"`
	Link struct {
		Title   string `json:"title"`
		PicURL  string `json:"picurl,omitempty"`
		MediaID string `json:"media_id,omitempty"`
		Desc    string `json:"desc,omitempty"`
		URL     string `json:"url"`
	} `json:"link,omitzero"`
	Mini struct {
		Title string `json:"title"`
		Pic   string `json:"pic_media_id"`
		AppID string `json:"appid"`
		Page  string `json:"page"`
	} `json:"miniprogram,omitzero"`
	Video struct {
		MediaID string `json:"media_id"`
	} `json:"video,omitzero"`
	File struct {
		MediaID string `json:"media_id"`
	} `json:"file,omitzero"`
}

// check applies the limits of 「发送新客户欢迎语」 and 「创建企业群发」: 4,000 bytes of text, 9
// attachments, each complete.
func (m *Content) check(c *call) error {
	switch {
	case m.Text.Content == "" && len(m.Attachments) == 0:
		return fail(40063, "text and attachments")
	case len(m.Text.Content) > 4000:
		return fail(45002, "text.content exceed max length 4000")
	case len(m.Attachments) > 9:
		return fail(41064, "")
	}
	for i := range m.Attachments {
		if err := m.Attachments[i].check(c); err != nil {
			return err
		}
	}
	return nil
}

func (a *Attachment) check(c *call) error {
	medium := func(id, kind string) error {
		m := c.media(id)
		switch {
		case m == nil:
			return fail(40007, "")
		case m.Kind != kind:
			return fail(40004, "media %s is %s", id, m.Kind)
		}
		return nil
	}
	switch a.MsgType {
	case "image":
		if a.Image.MediaID != "" {
			return medium(a.Image.MediaID, "image")
		}
		if a.Image.PicURL == "" {
			return fail(40063, "image.media_id and image.pic_url")
		}
	case "link":
		switch {
		case a.Link.Title == "" || a.Link.URL == "":
			return fail(40063, "link.title and link.url")
		case len(a.Link.Title) > 128:
			return fail(45002, "link.title exceed max length 128")
		case len(a.Link.Desc) > 512:
			return fail(45002, "link.desc exceed max length 512")
		case len(a.Link.URL) > 2048 || !strings.HasPrefix(a.Link.URL, "http://") && !strings.HasPrefix(a.Link.URL, "https://"):
			return fail(40035, "link.url")
		}
	case "miniprogram":
		switch {
		case a.Mini.Title == "" || a.Mini.AppID == "" || a.Mini.Page == "":
			return fail(40063, "miniprogram.title, appid and page")
		case len(a.Mini.Title) > 64:
			return fail(45002, "miniprogram.title exceed max length 64")
		}
		return medium(a.Mini.Pic, "image")
	case "video":
		return medium(a.Video.MediaID, "video")
	case "file":
		return medium(a.File.MediaID, "file")
	default:
		return fail(41065, "%q", a.MsgType)
	}
	return nil
}

// lines is the message as the customer sees it.
func (m *Content) lines(from, via string) []Line {
	var out []Line
	if m.Text.Content != "" {
		out = append(out, Line{From: from, Via: via, Kind: "text", Text: m.Text.Content})
	}
	for _, a := range m.Attachments {
		l := Line{From: from, Via: via, Kind: a.MsgType}
		switch a.MsgType {
		case "image":
			l.Media, l.URL = a.Image.MediaID, a.Image.PicURL
		case "link":
			l.Text, l.URL = a.Link.Title, a.Link.URL
		case "miniprogram":
			l.Text, l.URL = a.Mini.Title, a.Mini.AppID+"/"+a.Mini.Page
		case "video":
			l.Media = a.Video.MediaID
		case "file":
			l.Media = a.File.MediaID
		}
		out = append(out, l)
	}
	return out
}
