package email

import (
	"bufio"
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
	"unicode"
)

// The kinds of reports.
const (
	Bounce    = "bounce"    // it could not be delivered
	Complaint = "complaint" // the recipient called it spam
	Delay     = "delay"     // it is still being tried
	Other     = "other"     // nothing to learn: an automatic reply, a receipt
)

// Report is what a mail that came back says (RFC 3464, RFC 5965, and what
// servers write that keep to neither). Everything in it is hostile text, cut to
// one short line.
type Report struct {
	Kind      string
	Hard      bool   // bounce: it will not be delivered later either
	Status    string // 5.1.1 (RFC 3463); empty when none was given
	Reason    string // the server's words
	Recipient string // to whom it could not be delivered, as the server knows them
	MessageID string // of the mail that was sent, without brackets
	Return    string // where that mail said it comes back to
}

// ErrReport: this is no mail.
var ErrReport = errors.New("email: not a readable mail")

// MaxReport is how many bytes of a report are of interest.
const MaxReport = 1 << 20

const (
	maxDepth  = 4
	maxParts  = 30
	maxBlock  = 64 << 10
	maxFields = 200
	maxWords  = 8 << 10
)

var (
	statusCode = regexp.MustCompile(`\b([245])\.([0-9]{1,3})\.([0-9]{1,3})\b`)
	nobody     = regexp.MustCompile(`(?i)user unknown|unknown user|no such user|no mailbox here|mailbox (?:not found|unavailable|does not exist)|does not exist|address rejected|invalid recipient|recipient (?:not found|unknown)|account (?:is )?disabled|用户不存在|收件人不存在|无此用户`)
	undelivery = regexp.MustCompile(`(?i)undeliver|delivery (?:status|failure|has failed)|failure notice|returned mail|mail delivery failed|退信|投递失败`)
)

// ParseReport reads a mail that came back.
func ParseReport(data []byte) (Report, error) {
	if len(data) > MaxReport {
		data = data[:MaxReport]
	}
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return Report{}, errors.Join(ErrReport, err)
	}
	r := reading{left: maxParts}
	r.walk(textproto.MIMEHeader(m.Header), m.Body, 0)
	r.conclude(m.Header)
	return r.Report, nil
}

// reading is a report while it is read.
type reading struct {
	Report
	left     int
	words    string   // of the first text
	blocks   []fields // of the delivery status: the message's, then one a recipient
	feedback fields
	original bool
}

type fields map[string]string

// walk reads a part and the parts in it.
func (r *reading) walk(h textproto.MIMEHeader, body io.Reader, depth int) {
	if r.left--; r.left < 0 {
		return
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	switch strings.ToLower(h.Get("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable": // multipart.Reader has taken it away from what it read
		body = quotedprintable.NewReader(body)
	}
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		if depth >= maxDepth || params["boundary"] == "" {
			return
		}
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextPart()
			if err != nil { // the end, or a broken one: what was read counts
				return
			}
			if r.left <= 0 {
				return
			}
			r.walk(p.Header, p, depth+1)
		}
	case kind == "message/delivery-status" || kind == "message/global-delivery-status":
		if r.blocks == nil {
			r.blocks = readBlocks(body)
		}
	case kind == "message/feedback-report":
		if b := readBlocks(body); r.feedback == nil && len(b) > 0 {
			r.feedback = b[0]
		}
	case kind == "message/rfc822" || kind == "message/global" || kind == "text/rfc822-headers" || kind == "message/global-headers":
		if b := readBlocks(body); !r.original && len(b) > 0 { // no further: a mail in the mail is not what came back
			r.original = true
			r.MessageID, r.Return = bare(b[0]["message-id"]), bare(b[0]["return-path"])
		}
	case strings.HasPrefix(kind, "text/") && r.words == "":
		b, _ := io.ReadAll(io.LimitReader(body, maxWords)) // broken text: what was read counts
		r.words = string(b)
	}
}

// readBlocks reads groups of header fields with empty lines between them. It
// forgives what is no field.
func readBlocks(body io.Reader) (out []fields) {
	s := bufio.NewScanner(io.LimitReader(body, maxBlock))
	s.Buffer(make([]byte, 0, 4096), maxBlock+1)
	var block fields
	last, count := "", 0
	for s.Scan() && count < maxFields {
		line := strings.TrimRight(s.Text(), "\r")
		switch {
		case strings.TrimSpace(line) == "":
			if block != nil {
				out = append(out, block)
			}
			block, last = nil, ""
		case (line[0] == ' ' || line[0] == '\t') && last != "":
			block[last] += " " + strings.TrimSpace(line)
		default:
			k, v, ok := strings.Cut(line, ":")
			if !ok || strings.ContainsAny(k, " \t") {
				last = ""
				continue
			}
			if block == nil {
				block = fields{}
			}
			last = strings.ToLower(k)
			count++
			if _, had := block[last]; had { // the first counts
				last = ""
				continue
			}
			block[last] = strings.TrimSpace(v)
		}
	}
	if block != nil {
		out = append(out, block)
	}
	return out
}

// conclude says what it all means.
func (r *reading) conclude(h mail.Header) {
	r.Kind = Other
	if f := r.feedback; f != nil {
		if t := strings.ToLower(f["feedback-type"]); t != "not-spam" && t != "" {
			r.Kind = Complaint
			r.Reason, r.Recipient = short(t), address(f["original-rcpt-to"])
			if r.Return == "" {
				r.Return = bare(f["original-mail-from"])
			}
		}
		return
	}
	for _, b := range r.blocks {
		if b["action"] == "" && b["status"] == "" && b["final-recipient"] == "" {
			continue // the message's own
		}
		if r.fromBlock(b); r.Kind == Bounce {
			return
		}
	}
	if r.blocks == nil {
		r.guess(h)
	}
}

func (r *reading) fromBlock(b fields) {
	action := strings.ToLower(strings.TrimSpace(b["action"]))
	status := statusCode.FindString(b["status"])
	words := short(afterKind(b["diagnostic-code"]))
	if status == "" || strings.HasSuffix(status, ".0.0") { // the server's own words are better
		if told := statusCode.FindString(words); told != "" && (status == "" || told[0] == status[0]) {
			status = told
		}
	}
	switch {
	case action == "failed" || action == "" && strings.HasPrefix(status, "5"):
		r.Kind = Bounce
	case action == "delayed" || action == "" && strings.HasPrefix(status, "4"):
		r.Kind = Delay
	default:
		return
	}
	r.Status, r.Reason, r.Recipient = status, words, address(b["final-recipient"])
	if r.Recipient == "" {
		r.Recipient = address(b["original-recipient"])
	}
	r.Hard = r.Kind == Bounce && hard(status, words)
}

// guess reads what servers write that know no standard.
func (r *reading) guess(h mail.Header) {
	if a := strings.ToLower(h.Get("Auto-Submitted")); strings.HasPrefix(a, "auto-replied") || h.Get("X-Autoreply") != "" || h.Get("X-Auto-Response-Suppress") != "" {
		return
	}
	subject := h.Get("Subject")
	if s, err := new(mime.WordDecoder).DecodeHeader(subject); err == nil {
		subject = s
	}
	from := strings.ToLower(h.Get("From"))
	if !strings.Contains(from, "mailer-daemon") && !strings.Contains(from, "postmaster") && !undelivery.MatchString(subject) {
		return
	}
	r.Kind = Bounce
	r.Status = statusCode.FindString(r.words)
	r.Reason = short(nobody.FindString(r.words))
	if r.Reason == "" {
		r.Reason = short(subject)
	}
	if strings.HasPrefix(r.Status, "4") {
		r.Kind = Delay
		return
	}
	r.Hard = hard(r.Status, r.words)
}

// hard reports whether a failure is of the address itself. A full mailbox, a
// policy or a network may be well tomorrow.
func hard(status, words string) bool {
	m := statusCode.FindStringSubmatch(status)
	if m == nil || m[1] == "5" && m[2] == "0" {
		return nobody.MatchString(words)
	}
	if m[1] != "5" {
		return false
	}
	switch m[2] + "." + m[3] {
	case "1.0", "1.1", "1.2", "1.3", "1.6", "1.10", "2.1":
		return true
	}
	return false
}

// afterKind is what stands behind "smtp;" and the like.
func afterKind(v string) string {
	if _, rest, ok := strings.Cut(v, ";"); ok {
		return rest
	}
	return v
}

// address is the address in a field like "rfc822; a@b.example", empty when there is none.
func address(v string) string {
	v = bare(afterKind(v))
	if i := strings.LastIndexByte(v, '@'); i <= 0 || i == len(v)-1 || len(v) > 254 || strings.ContainsAny(v, " \t\"(),;:<>") {
		return ""
	}
	return v
}

// bare is a value without brackets.
func bare(v string) string {
	v = short(v)
	if i, j := strings.IndexByte(v, '<'), strings.LastIndexByte(v, '>'); i >= 0 && j > i {
		v = v[i+1 : j]
	}
	return v
}

// short makes one line of at most 300 bytes of hostile text.
func short(v string) string {
	v = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(v, ""), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if len(v) > 300 {
		v = strings.ToValidUTF8(v[:300], "")
	}
	return v
}
