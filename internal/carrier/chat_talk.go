package carrier

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/web"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/timeline"
)

const (
	maxSaid       = 2000 // characters of a message
	maxPageVisits = 50   // pages that are remembered of somebody nobody knows
	chatPage      = 100  // messages an answer
	chatWait      = 25 * time.Second
	chatLook      = 5 * time.Second // how long a message that came through another node may go unseen
	keepVisits    = 30 * 24 * time.Hour
)

// chatSession makes up an id for a browser.
func (s *Service) chatSession(_ context.Context, c request) (any, error) {
	if err := c.decode(&struct{}{}); err != nil {
		return nil, err
	}
	if err := s.limit("session "+c.ip, 300, time.Minute); err != nil {
		return nil, err
	}
	return map[string]string{"token": web.Token(c.site.key, c.site.id, web.NewVisitor())}, nil
}

// chatVisit remembers a page that a browser has shown. Nobody is made a person
// for having looked.
func (s *Service) chatVisit(ctx context.Context, c request) (any, error) {
	var in struct {
		URL      string `json:"url"`
		Referrer string `json:"referrer"`
		Title    string `json:"title"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := s.limit("visit "+c.ip, 300, time.Minute); err != nil {
		return nil, err
	}
	if err := s.limit("visit "+c.visitor, 60, time.Minute); err != nil {
		return nil, err
	}
	v := visit{id: ids.New("vis"), at: s.micros(), data: carrierevent.Page{AccountID: c.site.id, URL: web.Page(in.URL, c.site.origins), Referrer: web.Referrer(in.Referrer), Title: oneLine(in.Title, 120)}}
	if v.data.URL == "" { // another site's page, or a file's: nothing to remember
		return nil, nil
	}
	return nil, s.db.Write(ctx, c.site.org, func(tx *db.Tx) error {
		if err := lockTies(ctx, tx, c.site.account, c.visitor); err != nil {
			return err
		}
		person, err := visitorPerson(ctx, tx, c.site.account, c.visitor)
		if err != nil {
			return err
		}
		if person != "" {
			return s.tellVisits(ctx, tx, c.site.org, person, []visit{v})
		}
		return keepVisit(ctx, tx, c.site.account, c.visitor, v)
	})
}

// chatWrite takes a message. The first makes the visitor a person.
func (s *Service) chatWrite(ctx context.Context, c request) (any, error) {
	var in struct {
		Text string `json:"text"`
		Key  string `json:"key"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	text, err := said(in.Text)
	if err != nil {
		return nil, err
	}
	if !messageKey.MatchString(in.Key) {
		return nil, errs.InvalidField("body.key", i18n.T("应为 8–64 个字母或数字", "8 to 64 letters and digits"))
	}
	if err := s.limit("write "+c.ip, 300, time.Minute); err != nil {
		return nil, err
	}
	if err := s.limit("write "+c.visitor, 20, time.Minute); err != nil {
		return nil, err
	}
	m := ChatMessage{From: fromVisitor, Parts: []Part{{Kind: PartText, Text: text}}, At: clock.Time(s.micros())}
	err = s.db.Write(ctx, c.site.org, func(tx *db.Tx) error {
		person, err := s.welcomeVisitor(ctx, tx, c)
		if err != nil {
			return err
		}
		fresh, err := keepMessage(ctx, tx, c.site.account, c.visitor, in.Key, &m)
		if err != nil || !fresh {
			return err
		}
		if err := heard(ctx, tx, c.site.account, c.visitor, clock.Micros(m.At)); err != nil {
			return err
		}
		_, err = s.log.Append(ctx, tx, c.site.org, timeline.Fact{Kind: carrierevent.MessageReceived, PersonID: person, OccurredAt: m.At, Source: KindWeb,
			DedupeKey: fmt.Sprint("message.received:", c.site.id, ":", c.visitor, ":", m.Seq),
			Data:      carrierevent.Message{AccountID: c.site.id, MessageID: fmt.Sprint(m.Seq), ExternalID: c.visitor, Type: "text", Text: text}})
		if err == nil {
			tx.OnCommit(func() { s.chat.bells.ring(c.site.id, c.visitor) }) // other tabs of the same browser
		}
		return err
	})
	return m, err
}

// welcomeVisitor returns the person of a browser, who is made when it is new,
// with the pages that it has seen before.
func (s *Service) welcomeVisitor(ctx context.Context, tx *db.Tx, c request) (person string, err error) {
	if err := lockTies(ctx, tx, c.site.account, c.visitor); err != nil {
		return "", err
	}
	if person, err = visitorPerson(ctx, tx, c.site.account, c.visitor); err != nil || person != "" {
		return person, err
	}
	if err := s.limit("new "+c.ip, 30, 10*time.Minute); err != nil {
		return "", err
	}
	persons, err := s.record(ctx, tx, c.site.account, []sighting{{external: c.visitor}})
	if err != nil {
		return "", err
	}
	visits, err := takeVisits(ctx, tx, c.site.account, c.visitor)
	if err != nil {
		return "", err
	}
	return persons[0], s.tellVisits(ctx, tx, c.site.org, persons[0], visits)
}

// chatRead returns the messages after one, and waits for some when there are
// none. after=0 is the latest page.
func (s *Service) chatRead(ctx context.Context, c request) (any, error) {
	after, err := c.number("after", math.MaxInt32)
	if err != nil {
		return nil, err
	}
	typing, err := c.number("typing", 1)
	if err != nil {
		return nil, err
	}
	seen, err := c.number("seen", math.MaxInt32)
	if err != nil {
		return nil, err
	}
	wait, err := c.number("wait", int64(chatWait/time.Second))
	if err != nil {
		return nil, err
	}
	if err := s.limit("read "+c.visitor, 240, time.Minute); err != nil {
		return nil, err
	}
	rest := time.Duration(wait) * time.Second
	leave := s.chat.places.Take(c.ip, 200, 5000)
	if leave == nil { // too many are waiting: this one comes again
		rest = 0
	} else {
		defer leave()
	}
	for {
		rung, silence := s.chat.bells.listen(c.site.id, c.visitor)
		items, mark, err := s.messages(ctx, c.site.account, c.visitor, after)
		types := s.chat.typists.typing(c.site.id+" "+c.visitor, s.now())
		if err != nil || len(items) > 0 || rest <= 0 || types != (typing == 1) || mark.staff > seen {
			silence()
			if err != nil {
				return nil, err
			}
			return s.chatAnswer(ctx, c, items, mark, after, types)
		}
		look := time.NewTimer(min(rest, chatLook))
		rest -= chatLook
		select {
		case <-rung: // or the process ends: then it stays rung until the rest is used up
		case <-look.C:
		case <-ctx.Done():
		}
		look.Stop()
		silence()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// chatAnswer is what a browser that asked is given; what of ours is in it has
// reached it.
func (s *Service) chatAnswer(ctx context.Context, c request, items []ChatMessage, mark chatMark, after int64, types bool) (any, error) {
	next, shown, last := after, make([]ChatMessage, len(items)), int64(0)
	for i, m := range items {
		next, shown[i] = m.Seq, c.site.forVisitor(c.visitor, m)
		if m.From == fromStaff {
			last = m.Seq
		}
	}
	if last > mark.delivered {
		if err := s.markChat(ctx, c.site.account, c.visitor, carrierevent.MessageDelivered, last); err != nil {
			s.logger.WarnContext(ctx, "that messages were delivered could not be noted", "account", c.site.id, "error", err)
		}
	}
	return map[string]any{"items": shown, "next": next, "typing": types, "seen": mark.staff}, nil
}

func (s *Service) messages(ctx context.Context, a *account, visitor string, after int64) (out []ChatMessage, mark chatMark, err error) {
	err = s.db.Read(ctx, a.org, func(tx *db.Tx) error {
		if out, err = messagesAfter(ctx, tx, a, visitor, after); err == nil {
			mark, err = markOf(ctx, tx, a, visitor)
		}
		return err
	})
	return out, mark, err
}

// messageKey is what a browser may call its message.
var messageKey = regexp.MustCompile(`^[A-Za-z0-9]{8,64}$`)

// said is hostile text as it is kept: its characters are those that people
// type, its lines stay.
func said(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", errs.InvalidField("body.text", i18n.T("文字编码不正确", "The text is not valid UTF-8"))
	}
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069) { // also what turns text around
			return -1
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n")))
	if text == "" {
		return "", errs.InvalidField("body.text", i18n.T("不能为空", "This is needed"))
	}
	if utf8.RuneCountInString(text) > maxSaid {
		return "", errs.InvalidField("body.text", i18n.T("最多 %d 个字符", "At most %d characters", maxSaid))
	}
	return text, nil
}

// The senders of messages.
const (
	fromVisitor = "visitor"
	fromStaff   = "staff"
)

// ChatMessage is a message of a chat on a web page.
type ChatMessage struct {
	Seq   int64     `json:"seq"` // from 1 within a visitor
	From  string    `json:"from"`
	Parts []Part    `json:"parts"`
	At    time.Time `json:"at"`
}

// visit is a page that somebody saw.
type visit struct {
	id   string
	at   int64
	data carrierevent.Page
}

func (s *Service) tellVisits(ctx context.Context, tx *db.Tx, orgID, person string, visits []visit) error {
	facts := make([]timeline.Fact, len(visits))
	for i, v := range visits {
		facts[i] = timeline.Fact{Kind: carrierevent.PageViewed, PersonID: person, OccurredAt: clock.Time(v.at), Source: KindWeb, DedupeKey: "page.viewed:" + v.id, Data: v.data}
	}
	_, err := s.log.Append(ctx, tx, orgID, facts...)
	return err
}

// visitorPerson is who a browser turned out to be; empty: nobody yet.
func visitorPerson(ctx context.Context, tx *db.Tx, a *account, visitor string) (person string, err error) {
	err = tx.QueryRow(ctx, "SELECT person_id FROM carrier_contact WHERE org_id = ? AND account_id = ? AND user_id = '' AND external_id = ?", a.org, a.id, visitor).Scan(&person)
	if db.IsNoRows(err) {
		return "", nil
	}
	return person, err
}

// keepVisit remembers a page; the oldest make place.
func keepVisit(ctx context.Context, tx *db.Tx, a *account, visitor string, v visit) error {
	if _, err := tx.Exec(ctx, "INSERT INTO carrier_web_visit (org_id, account_id, visitor, id, at, url, referrer, title) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		a.org, a.id, visitor, v.id, v.at, v.data.URL, v.data.Referrer, v.data.Title); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM carrier_web_visit WHERE org_id = ? AND account_id = ? AND visitor = ? AND id <= (
		SELECT id FROM carrier_web_visit WHERE org_id = ? AND account_id = ? AND visitor = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`, a.org, a.id, visitor, a.org, a.id, visitor, maxPageVisits)
	return err
}

// takeVisits returns what was remembered, the oldest first, and forgets it.
func takeVisits(ctx context.Context, tx *db.Tx, a *account, visitor string) (out []visit, err error) {
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		v := visit{data: carrierevent.Page{AccountID: a.id}}
		err := rows.Scan(&v.id, &v.at, &v.data.URL, &v.data.Referrer, &v.data.Title)
		out = append(out, v)
		return err
	}, "SELECT id, at, url, referrer, title FROM carrier_web_visit WHERE org_id = ? AND account_id = ? AND visitor = ? ORDER BY id", a.org, a.id, visitor); err != nil || len(out) == 0 {
		return nil, err
	}
	_, err = tx.Exec(ctx, "DELETE FROM carrier_web_visit WHERE org_id = ? AND account_id = ? AND visitor = ?", a.org, a.id, visitor)
	return out, err
}

// keepMessage stores a message under the next number, unless it is there; m
// then becomes what is. The caller holds lockTies.
func keepMessage(ctx context.Context, tx *db.Tx, a *account, visitor, key string, m *ChatMessage) (fresh bool, err error) {
	var parts string
	var at int64
	err = tx.QueryRow(ctx, "SELECT seq, parts, at FROM carrier_web_message WHERE org_id = ? AND account_id = ? AND visitor = ? AND sender = ? AND key = ?", a.org, a.id, visitor, m.From, key).Scan(&m.Seq, &parts, &at)
	if err == nil {
		m.At = clock.Time(at)
		return false, json.Unmarshal([]byte(parts), &m.Parts)
	}
	if !db.IsNoRows(err) {
		return false, err
	}
	b, err := json.Marshal(m.Parts)
	if err != nil {
		return false, err
	}
	if err := tx.QueryRow(ctx, "SELECT COALESCE(max(seq), 0) + 1 FROM carrier_web_message WHERE org_id = ? AND account_id = ? AND visitor = ?", a.org, a.id, visitor).Scan(&m.Seq); err != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, "INSERT INTO carrier_web_message (org_id, account_id, visitor, seq, sender, key, parts, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		a.org, a.id, visitor, m.Seq, m.From, key, string(b), clock.Micros(m.At))
	return true, err
}

// messagesAfter lists messages in order; after 0 the latest ones.
func messagesAfter(ctx context.Context, tx *db.Tx, a *account, visitor string, after int64) (out []ChatMessage, err error) {
	query := "SELECT seq, sender, parts, at FROM carrier_web_message WHERE org_id = ? AND account_id = ? AND visitor = ? AND seq > ? ORDER BY seq LIMIT ?"
	if after == 0 {
		query = "SELECT seq, sender, parts, at FROM (SELECT * FROM carrier_web_message WHERE org_id = ? AND account_id = ? AND visitor = ? AND seq > ? ORDER BY seq DESC LIMIT ?) AS latest ORDER BY seq"
	}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var m ChatMessage
		var parts string
		var at int64
		if err := rows.Scan(&m.Seq, &m.From, &parts, &at); err != nil {
			return err
		}
		m.At = clock.Time(at)
		out = append(out, m)
		return json.Unmarshal([]byte(parts), &out[len(out)-1].Parts)
	}, query, a.org, a.id, visitor, after, chatPage)
}
