package wecom

import "context"

// Text is plain text, at most 4,000 bytes.
type Text struct {
	Content string `json:"content"`
}

// Attachment is one part of a message that is not text; exactly the field that
// MsgType names is set.
type Attachment struct {
	MsgType     string       `json:"msgtype"` // image, link, miniprogram, video, file
	Image       *Image       `json:"image,omitempty"`
	Link        *Article     `json:"link,omitempty"`
	MiniProgram *MiniProgram `json:"miniprogram,omitempty"`
	Video       *Media       `json:"video,omitempty"`
	File        *Media       `json:"file,omitempty"`
}

// Image is a picture, by media id or by the address that media/uploadimg gave.
type Image struct {
	MediaID string `json:"media_id,omitempty"`
	URL     string `json:"pic_url,omitempty"`
}

// Media is an uploaded video or file.
type Media struct {
	MediaID string `json:"media_id"`
}

// Article is a link with a title (at most 128 bytes) and a few words (512).
type Article struct {
	Title  string `json:"title"`
	PicURL string `json:"picurl,omitempty"`
	Words  string `json:"desc,omitempty"`
	URL    string `json:"url"`
}

// MiniProgram is a mini program's card; the title has at most 64 bytes.
type MiniProgram struct {
	Title      string `json:"title"`
	PicMediaID string `json:"pic_media_id"`
	AppID      string `json:"appid"`
	Page       string `json:"page"`
}

// Message is a text and at most nine attachments.
type Message struct {
	Text        *Text        `json:"text,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
}

// SendWelcome sends the welcome message, once per code and within 20 seconds
// of the event (externalcontact/send_welcome_msg). See the CodeWelcome codes.
func (c *Client) SendWelcome(ctx context.Context, code string, m Message) error {
	return c.c.Post(ctx, "externalcontact/send_welcome_msg", struct {
		Code string `json:"welcome_code"`
		Message
	}{code, m}, nil)
}
