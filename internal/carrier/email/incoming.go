package email

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding/htmlindex"
)

// MaxMail is how many bytes a mail may have that somebody writes to us.
const MaxMail = 28 << 20 // files of 20 MB in base64, and the rest

const (
	mailDepth   = 8
	mailParts   = 100
	maxMailText = 64 << 10
	maxMailHTML = 1 << 20
	maxFiles    = 20
	maxFileSize = 20 << 20
	maxRefs     = 50
)

// File came along with a mail.
type File struct {
	Name    string
	Type    string // media type
	Content []byte
}

// Incoming is a mail that somebody wrote. All of it is hostile text.
type Incoming struct {
	ID        string // of its Message-ID, without brackets; empty: it has none
	From      mail.Address
	To        []string // addresses in To, Cc and Delivered-To
	Subject   string
	Text      string   // what was written, without the mail that it answers
	Refs      []string // ids of the mails that it answers, the nearest first
	Automatic bool     // a machine wrote it: out of office, a list, a receipt
	At        time.Time
	Files     []File
	Left      int // files that were left out: too many, or too large
}

// ParseIncoming reads a mail. Text is preferred to HTML, which is reduced to
// text; characters come out as UTF-8 whatever they came in.
func ParseIncoming(data []byte) (Incoming, error) {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return Incoming{}, errors.Join(ErrReport, err)
	}
	from, err := mailParser.ParseList(m.Header.Get("From"))
	if err != nil || len(from) == 0 {
		return Incoming{}, errors.Join(ErrReport, errors.New("email: nobody wrote it"))
	}
	r := incoming{left: mailParts}
	r.From, r.ID, r.Subject = *from[0], bare(m.Header.Get("Message-Id")), heading(m.Header.Get("Subject"))
	r.From.Address = strings.ToLower(r.From.Address)
	r.From.Name = short(r.From.Name)
	for _, field := range []string{"To", "Cc", "Delivered-To", "X-Original-To"} {
		list, err := mailParser.ParseList(m.Header.Get(field))
		if err != nil {
			continue // what cannot be read names nobody
		}
		for _, a := range list {
			if len(r.To) < maxRefs {
				r.To = append(r.To, strings.ToLower(a.Address))
			}
		}
	}
	refs := ids(m.Header.Get("References"))
	for i := len(refs) - 1; i >= 0; i-- { // the nearest comes last
		r.Refs = append(r.Refs, refs[i])
	}
	r.Refs = append(ids(m.Header.Get("In-Reply-To")), r.Refs...)
	r.Automatic = automatic(m.Header)
	if at, err := m.Header.Date(); err == nil {
		r.At = at.UTC()
	}
	r.walk(textproto.MIMEHeader(m.Header), m.Body, 0)
	if r.Text = r.plain; strings.TrimSpace(r.Text) == "" {
		r.Text = fromHTML(r.html)
	}
	r.Text = answer(r.Text)
	return r.Incoming, nil
}

var (
	mailParser = mail.AddressParser{WordDecoder: decoder}
	decoder    = &mime.WordDecoder{CharsetReader: charset}
	messageIDs = regexp.MustCompile(`<([^<>\s]{3,250})>`)
)

// ids are the message ids in a field.
func ids(v string) (out []string) {
	if len(v) > 16<<10 {
		v = v[len(v)-16<<10:]
	}
	for _, m := range messageIDs.FindAllStringSubmatch(v, -1) {
		out = append(out, m[1])
	}
	if len(out) > maxRefs {
		out = out[len(out)-maxRefs:]
	}
	return out
}

func heading(v string) string {
	if plain, err := decoder.DecodeHeader(v); err == nil {
		v = plain
	}
	return short(v)
}

// automatic recognises what machines write (RFC 3834), so that nobody answers
// it by a machine.
func automatic(h mail.Header) bool {
	auto := strings.ToLower(strings.TrimSpace(h.Get("Auto-Submitted")))
	if auto != "" && !strings.HasPrefix(auto, "no") {
		return true
	}
	switch strings.ToLower(strings.TrimSpace(h.Get("Precedence"))) {
	case "bulk", "junk", "list", "auto_reply":
		return true
	}
	for _, field := range []string{"X-Autoreply", "X-Autorespond", "List-Id", "List-Unsubscribe", "X-Loop", "Feedback-Id"} {
		if h.Get(field) != "" {
			return true
		}
	}
	if s := strings.ToLower(h.Get("X-Auto-Response-Suppress")); strings.Contains(s, "all") || strings.Contains(s, "autoreply") {
		return true
	}
	if back, given := h["Return-Path"]; given && strings.TrimSpace(strings.Join(back, "")) == "<>" {
		return true
	}
	from := strings.ToLower(h.Get("From"))
	return strings.Contains(from, "mailer-daemon@") || strings.Contains(from, "postmaster@") || strings.Contains(from, "noreply@") || strings.Contains(from, "no-reply@")
}

// charset makes UTF-8 of text in another encoding.
func charset(name string, r io.Reader) (io.Reader, error) {
	e, err := htmlindex.Get(strings.ToLower(strings.Trim(name, `"' `)))
	if err != nil {
		return r, nil //nolint:nilerr // unknown: what is UTF-8 in it stays
	}
	return e.NewDecoder().Reader(r), nil
}

// incoming is a mail while it is read.
type incoming struct {
	Incoming
	left        int
	plain, html string
}

func (r *incoming) walk(h textproto.MIMEHeader, body io.Reader, depth int) {
	if r.left--; r.left < 0 {
		return
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	switch strings.ToLower(strings.TrimSpace(h.Get("Content-Transfer-Encoding"))) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable": // multipart.Reader has taken it away from what it read
		body = quotedprintable.NewReader(body)
	}
	if strings.HasPrefix(kind, "multipart/") {
		if depth >= mailDepth || params["boundary"] == "" {
			return
		}
		parts := multipart.NewReader(body, params["boundary"])
		for r.left > 0 {
			p, err := parts.NextPart()
			if err != nil { // the end, or a broken one: what was read counts
				return
			}
			r.walk(p.Header, p, depth+1)
		}
		return
	}
	disposition, named, err := mime.ParseMediaType(h.Get("Content-Disposition"))
	if err != nil {
		disposition = ""
	}
	name := heading(named["filename"])
	if name == "" {
		name = heading(params["name"])
	}
	if disposition != "attachment" && name == "" && (kind == "text/plain" || kind == "text/html") {
		r.text(kind, params["charset"], body)
		return
	}
	r.file(kind, name, body)
}

func (r *incoming) text(kind, set string, body io.Reader) {
	if set != "" {
		body, _ = charset(set, body) // it has no error
	}
	into, most := &r.plain, int64(maxMailText)
	if kind == "text/html" {
		into, most = &r.html, maxMailHTML
	}
	if *into != "" {
		return
	}
	b, _ := io.ReadAll(io.LimitReader(body, most)) // broken text: what was read counts
	*into = strings.ToValidUTF8(string(b), "")
}

func (r *incoming) file(kind, name string, body io.Reader) {
	if len(r.Files) >= maxFiles {
		r.Left++
		return
	}
	b, _ := io.ReadAll(io.LimitReader(body, maxFileSize+1)) // broken: what was read counts
	if len(b) > maxFileSize || len(b) == 0 {
		r.Left++
		return
	}
	if name == "" && kind == "message/rfc822" {
		name = "mail.eml"
	}
	r.Files = append(r.Files, File{Name: name, Type: kind, Content: b})
}

// fromHTML is the text of a page: nothing in it runs, and nothing of it is markup.
func fromHTML(page string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(page))
	silent := 0
	for {
		switch z.Next() {
		case html.ErrorToken: // the end, or what nobody can read
			return b.String()
		case html.TextToken:
			if silent == 0 {
				b.WriteString(strings.Join(strings.FieldsFunc(string(z.Text()), unicode.IsSpace), " "))
				if b.Len() > maxMailText {
					return b.String()
				}
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "script", "style", "head", "title", "noscript", "template":
				silent++
			case "br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote", "table":
				b.WriteByte('\n')
			case "td", "th":
				b.WriteByte(' ')
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "script", "style", "head", "title", "noscript", "template":
				silent = max(0, silent-1)
			case "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote":
				b.WriteByte('\n')
			}
		}
	}
}

var quoted = regexp.MustCompile(`(?i)^(?:on .{5,200} wrote:|-{2,} ?(?:original message|原始邮件|forwarded message|转发邮件) ?-{2,}|_{20,}|.{0,200}(?:写道|来信)[:：]|发件人[:：].{0,200})$`)

// answer is what somebody wrote, without the mail below that they answer.
func answer(text string) string {
	var out []string
	blank := 0
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		line = strings.TrimRightFunc(strings.Map(func(r rune) rune {
			if r != '\t' && unicode.IsControl(r) || r == utf8.RuneError || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				return -1
			}
			return r
		}, line), unicode.IsSpace)
		bare := strings.TrimSpace(line)
		if quoted.MatchString(bare) && len(out) > 0 {
			break
		}
		if strings.HasPrefix(bare, ">") {
			continue
		}
		if bare == "" {
			if blank++; blank > 1 {
				continue
			}
		} else {
			blank = 0
		}
		out = append(out, line)
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}
