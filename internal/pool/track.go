package pool

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/timeline"
)

// TrackEvent is a fact that the outside reports.
type TrackEvent struct {
	Kind           string          `json:"kind" doc:"noun.verbed, as page.viewed"`
	Identities     []Identity      `json:"identities,omitempty" doc:"Whom it concerns; somebody new is made"`
	PersonID       string          `json:"person_id,omitempty" doc:"Instead of identities"`
	OccurredAt     time.Time       `json:"occurred_at,omitzero" doc:"RFC 3339; now when missing"`
	Data           json.RawMessage `json:"data,omitempty" doc:"An object of at most 32 KiB"`
	IdempotencyKey string          `json:"idempotency_key,omitempty" doc:"The same key of the same source is recorded once"`
	Source         string          `json:"source,omitempty" doc:"Which system reports; track when missing"`
}

// Tracked is what became of reported events.
type Tracked struct {
	Accepted   int        `json:"accepted" doc:"Recorded now"`
	Duplicates int        `json:"duplicates" doc:"Recorded before, by their idempotency key"`
	Rejected   []Rejected `json:"rejected" nullable:"false"`
}

// Rejected is an event that was not recorded, and why.
type Rejected struct {
	Index   int    `json:"index" doc:"Place in the call, from 0"`
	Message string `json:"message"`
	err     *errs.Error
}

// reason is the most exact text there is.
func (r Rejected) reason() i18n.Text {
	if len(r.err.Fields) > 0 {
		return r.err.Fields[0].Text
	}
	return r.err.Text
}

const (
	maxTrackEvents = 500
	maxTrackData   = 32 << 10
	maxTrackDepth  = 10
	maxTrackKey    = 128
	maxTrackSource = 40
)

// Nouns whose events only the modules write: they tell of state, and a
// projection would believe them.
var reservedNouns = []string{"person", "identity", "tag", "note", "consent", "stage", "trait", "merge", "import", "org", "staff"}

// trackItem is a reported event that was understood.
type trackItem struct {
	index  int
	person string // as given; empty: by identities
	fact   timeline.Fact
	who    prepared
}

// Track records reported events. What is wrong with one of them does not
// touch the others; the answer says which and why, in the language of ctx.
// When it returns, what was accepted is on disk.
//
// There is no cache from identity to person: a merge on another node would
// make it lie. One query a kind of identity finds all persons of a call.
func (s *Service) Track(ctx context.Context, raws []json.RawMessage) (out Tracked, err error) {
	a, _ := access.From(ctx)
	if len(raws) > maxTrackEvents {
		return out, errs.TooLarge(i18n.T("一次最多 %d 个事件", "At most %d events at once", maxTrackEvents))
	}
	var set Settings
	if err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
		set, err = s.orgs.PoolSettings(ctx, tx, a.OrgID)
		return err
	}); err != nil {
		return out, err
	}
	items, rejected := make([]trackItem, 0, len(raws)), []Rejected{}
	p := trackParser{now: s.now(), region: set.phoneRegion()}
	for i, raw := range raws {
		item, problem := p.parse(raw)
		if !problem.IsZero() {
			rejected = append(rejected, Rejected{Index: i, err: errs.InvalidField("body", problem)})
			continue
		}
		item.index = i
		items = append(items, item)
	}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		out, err = s.record(ctx, tx, a, items)
		return err
	})
	if err != nil {
		return Tracked{}, err
	}
	out.Rejected = append(out.Rejected, rejected...)
	slices.SortFunc(out.Rejected, func(x, y Rejected) int { return x.Index - y.Index })
	lang := i18n.From(ctx)
	for i := range out.Rejected {
		out.Rejected[i].Message = out.Rejected[i].reason().In(lang)
	}
	return out, nil
}

func (s *Service) record(ctx context.Context, tx *db.Tx, a access.Actor, items []trackItem) (out Tracked, err error) {
	out.Rejected = []Rejected{}
	named := map[string]string{}
	var who []prepared
	for _, it := range items {
		if it.person != "" {
			named[it.person] = ""
		} else {
			who = append(who, it.who)
		}
	}
	if len(named) > 0 {
		if err := s.lookUp(ctx, tx, a, named); err != nil {
			return out, err
		}
	}
	found, err := s.resolve(ctx, tx, a.OrgID, who)
	if err != nil {
		return out, err
	}
	facts := make([]timeline.Fact, 0, len(items))
	for _, it := range items {
		f := it.fact
		if it.person == "" {
			f.PersonID, found = found[0].PersonID, found[1:]
		} else if f.PersonID = named[it.person]; f.PersonID == "" {
			out.Rejected = append(out.Rejected, Rejected{Index: it.index, err: errs.As(errNoPerson())})
			continue
		}
		facts = append(facts, f)
	}
	fresh, err := s.log.Append(ctx, tx, a.OrgID, facts...)
	if err != nil {
		return out, err
	}
	for _, f := range fresh {
		if f {
			out.Accepted++
		} else {
			out.Duplicates++
		}
	}
	return out, nil
}

// lookUp fills in who speaks for the persons, as far as the actor may see them.
func (s *Service) lookUp(ctx context.Context, tx *db.Tx, a access.Actor, named map[string]string) error {
	for _, id := range keys(named) {
		canonical, _, err := s.visible(ctx, tx, a, id)
		if errs.Is(err, errs.CodeNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		named[id] = canonical
	}
	return nil
}

type trackParser struct {
	now    time.Time
	region string
}

var oldest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

func (p trackParser) parse(raw []byte) (it trackItem, problem i18n.Text) {
	if !utf8.Valid(raw) {
		return it, i18n.T("文字编码不正确，应为 UTF-8", "The text is not UTF-8")
	}
	var e TrackEvent
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields() // a misspelt idempotency_key must not pass unnoticed
	if err := dec.Decode(&e); err != nil {
		return it, i18n.T("不是有效的事件：%v", "Not an event: %v", err)
	}
	if e.Source == "" {
		e.Source = "track"
	}
	noun, _, _ := strings.Cut(e.Kind, ".")
	at := e.OccurredAt
	if at.IsZero() {
		at = p.now
	}
	switch {
	case !timeline.ValidKind(e.Kind):
		return it, i18n.T("kind 应为 名词.动词 的形式，例如 page.viewed", "kind must be noun.verbed, as page.viewed")
	case slices.Contains(reservedNouns, noun):
		return it, i18n.T("%s 开头的事件由系统自己记录", "Events of %s are recorded by the system itself", noun)
	case !plain(e.Source, maxTrackSource):
		return it, i18n.T("source 最多 %d 字节，不能有控制字符", "source has at most %d bytes and no control characters", maxTrackSource)
	case !plain(e.IdempotencyKey, maxTrackKey):
		return it, i18n.T("idempotency_key 最多 %d 字节，不能有控制字符", "idempotency_key has at most %d bytes and no control characters", maxTrackKey)
	case at.Before(oldest) || at.After(p.now.Add(24*time.Hour)):
		return it, i18n.T("occurred_at 应在 1990 年之后，且不晚于明天", "occurred_at must be after 1990 and no later than tomorrow")
	case (e.PersonID == "") == (len(e.Identities) == 0):
		return it, i18n.T("person_id 和 identities 必须且只能给一个", "Give either person_id or identities")
	case !plain(e.PersonID, 64):
		return it, i18n.T("person_id 不正确", "person_id is not right")
	case len(e.Identities) > maxIdentities:
		return it, i18n.T("最多 %d 个身份", "At most %d identities", maxIdentities)
	}
	data, fallbackKey, problem := cleanData(e.Kind, e.Data)
	if !problem.IsZero() {
		return it, problem
	}
	it.person = e.PersonID
	it.who = prepared{seen: min(clock.Micros(at), clock.Micros(p.now)), source: e.Source}
	for _, id := range e.Identities {
		key, problem := normalise(id, p.region, e.Source)
		if !problem.IsZero() {
			return it, i18n.Text{ZH: id.Kind + "：" + problem.ZH, EN: id.Kind + ": " + problem.EN}
		}
		it.who.keys = append(it.who.keys, key)
	}
	it.fact = timeline.Fact{Kind: e.Kind, OccurredAt: at, Source: e.Source, Data: data}
	switch {
	case e.IdempotencyKey != "":
		it.fact.DedupeKey = "track:" + e.Source + ":" + e.IdempotencyKey
	case fallbackKey != "": // two colons: no caller's key comes out the same
		it.fact.DedupeKey = "track:" + e.Source + "::" + fallbackKey
	}
	return it, problem
}

// plain reports whether s is at most that many bytes, without control characters.
func plain(s string, most int) bool {
	return len(s) <= most && strings.IndexFunc(s, unicode.IsControl) < 0
}

// cleanData checks an event's data. Orders and refunds are believed by the
// whole house, so theirs is checked in full; key is then what makes the fact
// the same one when the caller gives no key.
func cleanData(kind string, raw json.RawMessage) (data json.RawMessage, key string, problem i18n.Text) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		raw = json.RawMessage("{}")
	}
	switch {
	case raw[0] != '{':
		return nil, "", i18n.T("data 应为对象", "data must be an object")
	case len(raw) > maxTrackData:
		return nil, "", i18n.T("data 最多 32 KiB", "data has at most 32 KiB")
	case depth(raw) > maxTrackDepth:
		return nil, "", i18n.T("data 嵌套太深，最多 %d 层", "data is nested too deep, at most %d levels", maxTrackDepth)
	}
	return cleanOrder(kind, raw)
}

// depth is how deep valid JSON is nested.
func depth(raw []byte) int {
	deepest, now, quoted := 0, 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest
}
