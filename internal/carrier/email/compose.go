package email

import (
	"encoding/base64"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"time"
)

const (
	boundaryMixed       = "=_fishpond_mixed"
	boundaryAlternative = "=_fishpond_alternative" // need not be random: nothing that is written between ever looks like it
	boundaryBegins      = "=_fishpond"
)

// Attachment is a file that goes along with mails. It is encoded once, however many they are, and
// never copied. It is safe for concurrent use.
type Attachment struct{ wire []byte }

// NewAttachment encodes a file: its name, media type and content, which is not kept.
func NewAttachment(name, kind string, content []byte) (*Attachment, error) {
	named := mime.FormatMediaType(kind, map[string]string{"name": name})
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": name})
	if named == "" || disposition == "" || strings.ContainsAny(named+disposition, "\r\n") {
		return nil, errMessage
	}
	b := make([]byte, 0, int(EncodedSize(int64(len(content))))+len(named)+len(disposition)+100)
	b = append(append(append(b, "Content-Type: "...), named...), "\r\nContent-Disposition: "...)
	b = append(append(b, disposition...), "\r\nContent-Transfer-Encoding: base64\r\n\r\n"...)
	return &Attachment{appendLines(b, content)}, nil
}

// EncodedSize is how many bytes a file of so many has in a mail, without its
// headers: base64 in lines makes it 37 % longer.
func EncodedSize(n int64) int64 { return (n+2)/3*4 + (n+perLine-1)/perLine*2 }

// Size is how many bytes it has in a mail.
func (f *Attachment) Size() int64 { return int64(len(f.wire)) }

// wired is a mail as it goes over the line: what is its own, and the files that
// many share.
type wired struct {
	own  []byte
	cuts []cut
}

// cut is a file that goes out before own[at:].
type cut struct {
	at   int
	file *Attachment
}

// each gives the pieces of a mail in their order.
func (w *wired) each(give func([]byte) error) error {
	at := 0
	for _, c := range w.cuts {
		if err := give(w.own[at:c.at]); err != nil {
			return err
		}
		if err := give(c.file.wire); err != nil {
			return err
		}
		at = c.at
	}
	return give(w.own[at:])
}

// Build returns the mail as it is read (RFC 5322), CRLF included.
func Build(m Message) ([]byte, error) {
	w := &wired{}
	if err := w.mail(&m, false); err != nil {
		return nil, err
	}
	var out []byte
	err := w.each(func(piece []byte) error {
		out = append(out, piece...)
		return nil
	})
	return out, err
}

// mail appends a mail, signed when it shall be. With dots, those at the
// beginning of lines are doubled, as it goes over the line after DATA; its end
// is the caller's.
func (w *wired) mail(m *Message, dots bool) error {
	if m.Sign != nil {
		signature, err := m.Sign.signature(m)
		if err != nil {
			return err
		}
		w.own = append(w.own, signature...)
	}
	return w.unsigned(m, dots)
}

func (w *wired) unsigned(m *Message, dots bool) error {
	if err := m.check(); err != nil {
		return err
	}
	b := appendHeaders(w.own, m)
	if len(m.Files) == 0 {
		w.own = appendBody(b, m, dots)
		return nil
	}
	b = append(b, "Content-Type: multipart/mixed; boundary=\""+boundaryMixed+"\"\r\n\r\n--"+boundaryMixed+"\r\n"...)
	b = appendBody(b, m, dots)
	for _, f := range m.Files {
		b = append(b, "\r\n--"+boundaryMixed+"\r\n"...)
		w.cuts = append(w.cuts, cut{len(b), f})
	}
	w.own = append(b, "\r\n--"+boundaryMixed+"--\r\n"...)
	return nil
}

// check tells what is wrong with a mail.
func (m *Message) check() error {
	for _, a := range []string{m.From.Address, m.To.Address, m.Return, m.ReplyTo} {
		if a != "" && !plainAddress(a) {
			if p, err := mail.ParseAddress("<" + a + ">"); err != nil || p.Address != a || strings.ContainsAny(a, "\r\n") {
				return errAddress
			}
		}
	}
	if m.From.Address == "" || m.To.Address == "" {
		return errAddress
	}
	if m.Text == "" || m.ID == "" || strings.ContainsAny(m.ID, "\r\n<> \t") || strings.ContainsAny(m.InReplyTo, "\r\n<> \t") || strings.ContainsAny(m.Unsubscribe, "\r\n<> \t") {
		return errMessage
	}
	return nil
}

func appendHeaders(b []byte, m *Message) []byte {
	header := func(name, before, v, after string) {
		b = append(append(append(append(append(b, name...), ": "...), before...), v...), after...)
		b = append(b, "\r\n"...)
	}
	header("From", "", written(m.From), "")
	header("To", "", written(m.To), "")
	header("Subject", "", mime.BEncoding.Encode("utf-8", strings.Join(strings.Fields(m.Subject), " ")), "")
	b = append(m.At.AppendFormat(append(b, "Date: "...), time.RFC1123Z), "\r\n"...)
	header("Message-ID", "<", m.ID, ">")
	if m.Unsubscribe != "" {
		header("List-Unsubscribe", "<", m.Unsubscribe, ">")
		header("List-Unsubscribe-Post", "", "List-Unsubscribe=One-Click", "")
	}
	if m.ReplyTo != "" {
		header("Reply-To", "<", m.ReplyTo, ">")
	}
	if m.InReplyTo != "" {
		header("In-Reply-To", "<", m.InReplyTo, ">")
		header("References", "<", m.InReplyTo, ">")
	}
	return append(b, "MIME-Version: 1.0\r\n"...)
}

// appendBody appends what the mail says, with its headers.
func appendBody(b []byte, m *Message, dots bool) []byte {
	if m.HTML == "" {
		return closed(appendPart(b, "text/plain", m.Text, dots))
	}
	b = append(b, "Content-Type: multipart/alternative; boundary=\""+boundaryAlternative+"\"\r\n\r\n--"+boundaryAlternative+"\r\n"...)
	b = append(appendPart(b, "text/plain", m.Text, dots), "\r\n--"+boundaryAlternative+"\r\n"...)
	return append(appendPart(b, "text/html", m.HTML, dots), "\r\n--"+boundaryAlternative+"--\r\n"...)
}

// written is an address as it stands in a header.
func written(a mail.Address) string {
	if a.Name == "" && plainAddress(a.Address) {
		return "<" + a.Address + ">"
	}
	return a.String()
}

// plainAddress knows the addresses that nearly everybody has; what it does not
// know may still be one.
func plainAddress(a string) bool {
	at := strings.IndexByte(a, '@')
	if at < 1 || at > 64 || at == len(a)-1 || len(a) > 254 {
		return false
	}
	for i := range len(a) {
		c := a[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case i == at:
		case i < at && (c == '_' || c == '-' || c == '+'), i > at && c == '-':
		case c == '.' && i > 0 && i < len(a)-1 && a[i-1] != '.' && a[i-1] != '@' && a[i+1] != '@':
		default:
			return false
		}
	}
	return true
}

const (
	maxLine = 900 // how long lines may be that go as they are; the protocol allows 998
	perLine = 57  // bytes that make 76 characters of base64
)

// appendPart appends headers and content of a part: ASCII in short lines as it
// is, all else in base64.
func appendPart(b []byte, kind, text string, dots bool) []byte {
	b = append(append(append(b, "Content-Type: "...), kind...), "; charset=utf-8\r\n"...)
	if plainLines(text) {
		return appendText(append(b, "Content-Transfer-Encoding: 7bit\r\n\r\n"...), text, dots)
	}
	return appendLines(append(b, "Content-Transfer-Encoding: base64\r\n\r\n"...), text)
}

// appendLines appends base64 in lines that every server takes.
func appendLines[T string | []byte](b []byte, content T) []byte {
	b = slices.Grow(b, int(EncodedSize(int64(len(content)))))
	var line [perLine]byte
	for len(content) > 0 {
		n := copy(line[:], content)
		b, content = append(base64.StdEncoding.AppendEncode(b, line[:n]), "\r\n"...), content[n:]
	}
	return b
}

// plainLines tells whether a text goes over any line as it is. It looks at every
// byte of every mail: eight at once, as long as they are letters.
func plainLines(text string) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	line := 0 // where the line begins
	for i := 0; i < len(text); i++ {
		for len(text)-i >= 8 {
			t := text[i : i+8]
			w := uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 | uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
			// A byte is high; or becomes so when ' ' is taken from it; or when DEL is
			// made 0 and 1 is taken. What a byte borrows of the next may only make it
			// look odd, not plain.
			if odd := (w | (w - ones*' ') | ((w ^ ones*0x7f) - ones)) & high; odd != 0 {
				break
			}
			i += 8
		}
		if i == len(text) {
			break
		}
		switch c := text[i]; {
		case c == '\n':
			if i-line > maxLine {
				return false
			}
			line = i + 1
		case c == '\r':
			if i+1 == len(text) || text[i+1] != '\n' {
				return false
			}
		case c >= 0x7f, c < ' ' && c != '\t':
			return false
		}
	}
	return len(text)-line <= maxLine && !strings.Contains(text, boundaryBegins)
}

// appendText appends text with line ends as the protocol has them; with dots,
// those at the beginning of lines doubled.
func appendText(b []byte, text string, dots bool) []byte {
	for len(text) > 0 {
		if dots && text[0] == '.' {
			b = append(b, '.')
		}
		end := strings.IndexByte(text, '\n')
		if end < 0 {
			return append(b, text...)
		}
		b = append(append(b, strings.TrimSuffix(text[:end], "\r")...), "\r\n"...)
		text = text[end+1:]
	}
	return b
}

// closed ends a mail's last line.
func closed(b []byte) []byte {
	if n := len(b); n < 2 || b[n-2] != '\r' || b[n-1] != '\n' {
		b = append(b, "\r\n"...)
	}
	return b
}
