package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"fishpond/internal/campaign/wording"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// content is what a campaign says, read and ready for many people.
type content struct {
	arms                []*arm // at least one
	uses                map[string]bool
	traits              []string
	region              bool
	id, purpose, secret string
	decided             bool     // the test of variants is over, or there is none
	chosen              string   // what the rest get; empty: each what they were dealt
	links               []target // of one that is frozen
	tracked             bool
	code                string
	pool                string // of coupon codes; empty: no text names one
	files               []string
	sms                 *smsText // nil: nothing
	route               string
	local               bool // each by their own clock
	start               int64
	zones               sync.Mutex
	known               map[string]*time.Location // by name; guarded by zones
}

// arm is one of the ways in which a campaign says it.
type arm struct {
	name                string
	subject, text, html *wording.Template // html is nil without a page
	writers             sync.Pool         // of *writers
}

// writers make one person's message; each is used by one goroutine at a time.
type writers struct{ subject, text, html *wording.Writer }

func newContent(r *row, links []target) (*content, error) {
	c := &content{id: r.id, purpose: r.purpose, secret: r.secret, uses: map[string]bool{}, decided: r.opt.Winner == nil || r.decided > 0, chosen: r.chosen,
		links: links, tracked: r.opt.tracks() && r.code != "", code: r.code, route: r.opt.Route, files: r.opt.Attachments, local: r.opt.LocalTime, start: r.start, known: map[string]*time.Location{}}
	var err error
	if c.sms, err = newSMS(r.opt.SMS); err != nil {
		return nil, err
	}
	if c.local {
		c.traits = append(c.traits, zoneKey)
	}
	if c.route == RoutePreferred {
		c.traits = append(c.traits, carrierKey)
	}
	for _, t := range r.texts() {
		if len(links) > 0 {
			t.text, t.html = c.marked(t.text, false), c.marked(t.html, true)
		}
		a, err := newArm(t)
		if err != nil {
			return nil, err
		}
		c.arms = append(c.arms, a)
		c.use(a.subject, a.text, a.html)
	}
	if c.sms != nil {
		c.use(c.sms.parameters...)
	}
	if c.uses[couponName] {
		c.pool = r.opt.CouponPoolID
	}
	c.region = c.uses["region"]
	return c, nil
}

// use notes which values texts hold.
func (c *content) use(all ...*wording.Template) {
	for _, t := range all {
		if t == nil {
			continue
		}
		for _, use := range t.Uses() {
			c.uses[use] = true
			if key, ok := strings.CutPrefix(use, "trait."); ok && !slices.Contains(c.traits, key) {
				c.traits = append(c.traits, key)
			}
		}
	}
}

func newArm(t said) (a *arm, err error) {
	a = &arm{name: t.name}
	if a.subject, err = wording.Parse(t.subject); err != nil {
		return nil, fmt.Errorf("campaign: subject: %w", err)
	}
	if a.text, err = wording.Parse(t.text); err != nil {
		return nil, fmt.Errorf("campaign: text: %w", err)
	}
	if strings.TrimSpace(t.html) != "" {
		if a.html, err = wording.ParseHTML(t.html); err != nil {
			return nil, fmt.Errorf("campaign: html: %w", err)
		}
	}
	return a, nil
}

// arm is the way of a name; the first for one that there is not.
func (c *content) arm(name string) *arm {
	for _, a := range c.arms {
		if a.name == name {
			return a
		}
	}
	return c.arms[0]
}

// values are those of a person that the campaign uses.
func (c *content) values(o *one, org OrgSettings) wording.Values {
	v := wording.Values{}
	put := func(name string, value any) {
		if c.uses[name] && value != nil && value != "" {
			v[name] = value
		}
	}
	day := func(us int64) string {
		if us == 0 {
			return ""
		}
		return clock.Time(us).In(org.Zone).Format("2006-01-02")
	}
	put("name", o.Name)
	put("region", o.Region)
	put("stage", o.Stage)
	put("orders", o.Orders)
	put("spent", float64(o.GMVMinor)/math.Pow10(org.Digits))
	put("first_order", day(o.FirstOrder))
	put("last_order", day(o.LastOrder))
	put("birthday", o.Birthday)
	put("brand", org.Name)
	for key, value := range o.Traits {
		put("trait."+key, value)
	}
	return v
}

// recipient is a person as the outbox gets them: with what rendering needs, as it
// is now.
func (c *content) recipient(o *one, org OrgSettings) (Recipient, error) {
	r := Recipient{PersonID: o.ID, Addresses: o.addresses, Variant: o.arm, LeftOut: o.variant == Holdout || o.variant == Global}
	if c.local {
		r.NotBefore = c.notBefore(o, org)
	}
	tracked := c.tracked && len(c.links) > 0
	if r.LeftOut || len(c.uses) == 0 && !tracked || len(o.addresses) == 0 {
		return r, nil
	}
	v := c.values(o, org)
	if tracked {
		v[seqKey] = o.Seq
	}
	b, err := json.Marshal(v)
	r.Data = b
	return r, err
}

// seqKey is under which a person's number stands beside their values. No text can
// name it.
const seqKey = "#"

// along are the files that go along with a message over a carrier.
func (c *content) along(carrier string) []string {
	if carrier == overMail {
		return c.files
	}
	return nil
}

// notBefore is when the clock shows the campaign's time where a person is.
func (c *content) notBefore(o *one, org OrgSettings) time.Time {
	c.zones.Lock()
	zone := o.zoneOf(org, c.known)
	c.zones.Unlock()
	return wallOf(clock.Time(c.start).In(org.Zone)).in(zone)
}

// sampled are the values of a person with what they get only when they are planned.
func (c *content) sampled(o *one, org OrgSettings) wording.Values {
	v := c.values(o, org)
	if c.pool != "" {
		v[couponName] = sampleCode
	}
	return v
}

// The carriers over which a message is not simply its text.
const (
	overMail  = "email"
	overSMS   = "sms"
	overWecom = "wecom" // many get the same text; its links are nobody's in particular
)

// Message is what one person gets to read.
type Message struct {
	Subject string
	Text    string
	HTML    string
	Files   []string // that go along with it; of mails
	// Template and Parameters are of a message over SMS, which has no text.
	Template   string   `json:",omitempty"`
	Parameters []string `json:",omitempty"`
	// Unsubscribe is where the person says that they want no more; of mails that
	// one can say no to.
	Unsubscribe string
	Err         error // this one is held back; errs.CodeInvalid says why
}

// Reader is who gets a message.
type Reader struct {
	PersonID string
	Carrier  string          // over which it goes
	MaxText  int             // bytes that the carrier takes; 0: any number
	Variant  string          // of several texts, the one they were dealt
	Rest     bool            // they get what the test of variants found
	Data     json.RawMessage // that planning gave
}

func (a *arm) writer() (*writers, error) {
	if w, ok := a.writers.Get().(*writers); ok {
		return w, nil
	}
	w := &writers{}
	var err error
	for _, part := range []struct {
		from *wording.Template
		to   **wording.Writer
	}{{a.subject, &w.subject}, {a.text, &w.text}, {a.html, &w.html}} {
		if part.from == nil {
			continue
		}
		if *part.to, err = part.from.NewWriter(); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// write makes one person's message.
func (a *arm) write(v wording.Values) (m Message) {
	w, err := a.writer()
	if err != nil {
		return Message{Err: err}
	}
	defer a.writers.Put(w)
	for _, part := range []struct {
		from *wording.Writer
		to   *string
	}{{w.subject, &m.Subject}, {w.text, &m.Text}, {w.html, &m.HTML}} {
		if part.from == nil {
			continue
		}
		if *part.to, err = part.from.Write(v); err != nil {
			return Message{Err: unwritten(err)}
		}
	}
	m.Subject = strings.Join(strings.Fields(m.Subject), " ") // a value may hold lines; a subject may not
	if strings.TrimSpace(m.Text) == "" {
		return Message{Err: errs.Invalid(i18n.T("对这位客户来说正文是空的", "For this person the text is empty"))}
	}
	return m
}

func unwritten(err error) error {
	if m, ok := errors.AsType[*wording.Missing](err); ok {
		if m.Of == couponName {
			return errs.Invalid(i18n.T("优惠码不够，没有轮到这位客户", "There were not enough coupon codes for this person"))
		}
		return errs.Invalid(i18n.T("这位客户没有“%s”，也没有写默认值", "This person has no “%s”, and there is no default", m.Of))
	}
	return errs.Invalid(i18n.T("这位客户的内容生成不了", "It cannot be written for this person")).Because(err)
}

// Render makes what people get to read, for the outbox: a message for each.
func (s *Service) Render(ctx context.Context, orgID, id string, to []Reader) ([]Message, error) {
	c, err := s.contentOf(ctx, orgID, id, slices.ContainsFunc(to, func(r Reader) bool { return r.Rest }))
	if err != nil {
		return nil, err
	}
	out := make([]Message, len(to))
	for i, r := range to {
		var v wording.Values
		if len(r.Data) > 0 {
			if err := json.Unmarshal(r.Data, &v); err != nil {
				out[i].Err = errs.Invalid(i18n.T("这位客户的内容生成不了", "It cannot be written for this person")).Because(err)
				continue
			}
		}
		variant := r.Variant
		if r.Rest && c.chosen != "" {
			variant = c.chosen
		}
		if r.Carrier == overSMS {
			out[i] = c.sms.write(v)
			continue
		}
		out[i] = c.arm(variant).write(v)
		var seq uint32
		if n, ok := v[seqKey].(float64); ok && r.Carrier != overWecom {
			seq = uint32(n)
		}
		out[i].Text, out[i].HTML = c.follow(out[i].Text, false, s.baseURL, orgID, seq), c.follow(out[i].HTML, true, s.baseURL, orgID, seq)
		if out[i].Err != nil {
			continue
		}
		out[i].Files = c.along(r.Carrier)
		if url := s.leaveURL(orgID, c, r.PersonID); url != "" && r.Carrier != overWecom && r.Carrier != "" {
			out[i].leaveBy(url, r.Carrier == overMail)
		}
		if err := tooLong(out[i].Text, r.MaxText); err != nil {
			out[i] = Message{Err: err}
		}
	}
	return out, nil
}

// tooLong refuses a text of more bytes than a carrier takes.
func tooLong(text string, most int) error {
	if most == 0 || len(text) <= most {
		return nil
	}
	return errs.Invalid(i18n.T("正文有 %d 字节，这种账号最多发 %d 字节（一个汉字 3 字节）", "The text has %d bytes; accounts of this kind send %d at most", len(text), most))
}

// keptTexts bounds how many campaigns' texts are kept ready.
const keptTexts = 64

// contentOf is what a campaign says. Once it is planned that does not change, but
// for what the rest get when there is a test.
func (s *Service) contentOf(ctx context.Context, orgID, id string, rest bool) (*content, error) {
	key := orgID + "/" + id
	s.mu.Lock()
	c := s.texts[key]
	s.mu.Unlock()
	if c != nil && (c.decided || !rest) {
		return c, nil
	}
	var r *row
	var links []target
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		if r, err = load(ctx, tx, orgID, id); err == nil {
			links, err = targetsOf(ctx, tx, orgID, id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if c, err = newContent(r, links); err != nil || r.frozen == 0 {
		return c, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.texts) >= keptTexts {
		clear(s.texts)
	}
	s.texts[key] = c
	return c, nil
}
