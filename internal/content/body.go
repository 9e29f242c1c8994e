package content

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/plaintext"
)

// The kinds of materials.
const (
	Text        = "text"
	Picture     = "picture"
	Video       = "video"
	File        = "file"
	Link        = "link"
	MiniProgram = "mini_program"
	Article     = "article"
)

// briefcaseKind stands where a kind is asked for and it is a briefcase.
const briefcaseKind = "briefcase"

const (
	maxText    = 4000
	maxSummary = 300
	maxHTML    = 256 << 10
)

// Body is what a version of a material says. Which fields count depends on its kind.
type Body struct {
	Text    string `json:"text,omitempty" maxLength:"4000" doc:"text: what it says; picture, video, file: words that go with it"`
	Summary string `json:"summary,omitempty" maxLength:"300" doc:"link, article, mini_program: a few words for its card"`
	URL     string `json:"url,omitempty" maxLength:"2048" doc:"link: where it leads; mini_program: an address that opens it, if there is one"`
	FileID  string `json:"file_id,omitempty" maxLength:"64" doc:"picture, video, file: its content"`
	CoverID string `json:"cover_id,omitempty" maxLength:"64" doc:"A picture for its card"`
	AppID   string `json:"app_id,omitempty" maxLength:"64" doc:"mini_program"`
	Page    string `json:"page,omitempty" maxLength:"1024" doc:"mini_program: the page that it opens"`
	HTML    string `json:"html,omitempty" maxLength:"262144" doc:"article: rich text; what is not safe is taken out"`
}

// check makes a body fit to be kept for a kind.
func (b *Body) check(ctx context.Context, tx *db.Tx, orgID, kind string) error {
	b.Text, b.Summary = plaintext.Tidy(b.Text), plaintext.Line(b.Summary, 10*maxSummary)
	var fields []errs.Field
	wrong := func(field string, t i18n.Text) {
		fields = append(fields, errs.Field{Path: "body.body." + field, Text: t})
	}
	if utf8.RuneCountInString(b.Text) > maxText {
		wrong("text", i18n.T("文字最多 %d 个字", "A text may have %d characters at most", maxText))
	}
	if utf8.RuneCountInString(b.Summary) > maxSummary {
		wrong("summary", i18n.T("简介最多 %d 个字", "A summary may have %d characters at most", maxSummary))
	}
	keep := Body{CoverID: b.CoverID}
	switch kind {
	case Text:
		if keep.Text = b.Text; b.Text == "" {
			wrong("text", i18n.T("请填写文字", "Write the text"))
		}
		keep.CoverID = ""
	case Picture, Video, File:
		keep.Text, keep.FileID = b.Text, b.FileID
		if b.FileID == "" {
			wrong("file_id", i18n.T("请上传文件", "Upload a file"))
		}
		if kind == Picture {
			keep.CoverID = ""
		}
	case Link:
		keep.Summary = b.Summary
		u, err := webURL("body.body.url", b.URL)
		if err != nil {
			fields = append(fields, errs.As(err).Fields...)
		}
		keep.URL = u
	case MiniProgram:
		keep.Summary, keep.AppID, keep.Page = b.Summary, strings.TrimSpace(b.AppID), strings.TrimSpace(b.Page)
		if keep.AppID == "" || strings.Trim(keep.AppID, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
			wrong("app_id", i18n.T("请填写小程序的 AppID（wx 开头）", "Write the mini program's app id; it begins with wx"))
		}
		if keep.Page == "" || strings.ContainsAny(keep.Page, "<>\" \n\r\t") {
			wrong("page", i18n.T("请填写小程序页面路径，例如 pages/index", "Write the page of the mini program, such as pages/index"))
		}
		if strings.TrimSpace(b.URL) != "" {
			u, err := webURL("body.body.url", b.URL)
			if err != nil {
				fields = append(fields, errs.As(err).Fields...)
			}
			keep.URL = u
		}
	case Article:
		keep.Summary = b.Summary
		if len(b.HTML) > maxHTML {
			wrong("html", i18n.T("文章最大 %d KB", "An article may have %d KB at most", maxHTML>>10))
			break
		}
		if keep.HTML = cleanHTML(b.HTML); words(keep.HTML) == "" && len(picturesOf(keep.HTML)) == 0 {
			wrong("html", i18n.T("请填写文章内容", "Write the article"))
		}
	}
	*b = keep
	if len(fields) > 0 {
		return errs.Invalid(i18n.T("还有内容不对，请改正后再保存", "Something is not right yet; correct it and save again"), fields...)
	}
	return b.files(ctx, tx, orgID, kind)
}

// refs are the files that a body shows.
func (b *Body) refs() (out []string) {
	for _, id := range append([]string{b.FileID, b.CoverID}, picturesOf(b.HTML)...) {
		if id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// files demands that the files are there and of the right kind, and keeps them.
func (b *Body) files(ctx context.Context, tx *db.Tx, orgID, kind string) error {
	for _, id := range b.refs() {
		f, err := fileByID(ctx, tx, orgID, id)
		field, want := "html", Picture
		switch id {
		case b.FileID:
			field, want = "file_id", kind
		case b.CoverID:
			field = "cover_id"
		}
		if errs.Is(err, errs.CodeNotFound) {
			return errs.InvalidField("body.body."+field, i18n.T("没有这个文件，请重新上传", "There is no such file; upload it again"))
		}
		if err != nil {
			return err
		}
		if want != File && f.Kind != want {
			return errs.InvalidField("body.body."+field, i18n.T("文件的内容是“%[1]s”，不是图片或视频该有的样子；请换一个文件，或作为“文件”素材保存",
				"The content of the file is %[2]s, not the picture or video that is asked for; take another one, or save it as a file", kindNames[f.Kind].ZH, kindNames[f.Kind].EN))
		}
		if _, err := tx.Exec(ctx, "UPDATE content_file SET used = 1 WHERE org_id = ? AND id = ? AND used = 0", orgID, id); err != nil {
			return fmt.Errorf("content: keep %s: %w", id, err)
		}
	}
	return nil
}

// more is what a body is found by beside its title.
func (b *Body) more() string { return b.Summary + " " + b.Text }

var kindNames = map[string]i18n.Text{
	Text: i18n.T("文字", "text"), Picture: i18n.T("图片", "a picture"), Video: i18n.T("视频", "a video"), File: i18n.T("文件", "a file"), Link: i18n.T("链接", "a link"),
	MiniProgram: i18n.T("小程序", "a mini program"), Article: i18n.T("文章", "an article"), briefcaseKind: i18n.T("公文包", "a briefcase"),
}
