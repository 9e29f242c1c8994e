package segment

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
)

// Vocabulary is what predicates of an org can speak about, for pickers.
// Counts are of those whom the caller may see.
type Vocabulary struct {
	Fields         []VocabularyField `json:"fields" nullable:"false"`
	Traits         []VocabularyTrait `json:"traits" nullable:"false"`
	Tags           []VocabularyTag   `json:"tags" nullable:"false"`
	Events         []VocabularyEvent `json:"events" nullable:"false"`
	Segments       []Sized           `json:"segments" nullable:"false" doc:"size is null for who sees only their own customers, and until it is known"`
	Lists          []Sized           `json:"lists" nullable:"false"`
	Staff          []Ref             `json:"staff" nullable:"false"`
	Channels       []Ref             `json:"channels" nullable:"false"`
	Identities     []string          `json:"identities" nullable:"false" doc:"Kinds"`
	Carriers       []string          `json:"carriers" nullable:"false"`
	Purposes       []string          `json:"purposes" nullable:"false" doc:"Of consent; empty: any"`
	Regions        []RegionCount     `json:"regions" nullable:"false" doc:"The largest first, at most 500; of a large pool without those that not one in 20,000 has"`
	Sources        []string          `json:"sources" nullable:"false"`
	TimeZone       string            `json:"time_zone"`
	Currency       string            `json:"currency"`
	CurrencyDigits int               `json:"currency_digits"`
	Limits         Limits            `json:"limits"`
}

// VocabularyField is a field that every org has.
type VocabularyField struct {
	Name   string   `json:"name"`
	Type   string   `json:"type" enum:"text,count,money,number,date,instant,boolean,list"`
	Label  string   `json:"label"`
	Values []string `json:"values" nullable:"false" doc:"The only ones there are; empty: any"`
	Refers string   `json:"refers" enum:",staff,channel" doc:"What its values are ids of"`
}

// VocabularyTrait is a declared trait.
type VocabularyTrait struct {
	Key     string   `json:"key"`
	Label   string   `json:"label"`
	Type    string   `json:"type" enum:"text,number,date,boolean,list"`
	Options []string `json:"options" nullable:"false"`
}

// VocabularyTag is a tag.
type VocabularyTag struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Group string `json:"group"`
	Count int64  `json:"count"`
}

// VocabularyEvent is a kind of event.
type VocabularyEvent struct {
	Kind       string               `json:"kind"`
	Label      string               `json:"label"`
	Open       bool                 `json:"open" doc:"There may be more properties"`
	Properties []VocabularyProperty `json:"properties" nullable:"false"`
}

// VocabularyProperty is a property of an event.
type VocabularyProperty struct {
	Name string `json:"name"`
	Type string `json:"type" enum:"text,count,money,number,date,instant,boolean,list"`
}

// Sized is a segment or list.
type Sized struct {
	Ref
	Size *int64 `json:"size"`
}

// RegionCount is how many persons a region has.
type RegionCount struct {
	Region string `json:"region"`
	Count  int64  `json:"count"`
}

// Limits of a predicate.
type Limits struct {
	Depth      int `json:"depth"`
	Conditions int `json:"conditions"`
	Items      int `json:"items" doc:"Entries of one list"`
	TextBytes  int `json:"text_bytes"`
	JSONBytes  int `json:"json_bytes"`
	Value      int `json:"value" doc:"Characters of one text"`
	Decimals   int `json:"decimals"`
}

var typeNames = map[plan.Type]string{plan.Text: "text", plan.Count: "count", plan.Money: "money", plan.Number: "number", plan.Date: "date",
	plan.Instant: "instant", plan.Bool: "boolean", plan.List: "list"}

// eventNames are how the house's own events are called in pickers.
var eventNames = map[string]i18n.Text{
	"order.paid": i18n.T("下单（已付款）", "Order paid"), "order.refunded": i18n.T("退款", "Order refunded"), "page.viewed": i18n.T("浏览页面", "Page viewed"),
	"message.sent": i18n.T("发出消息", "Message sent"), "message.received": i18n.T("收到客户消息", "Message received"), "message.opened": i18n.T("打开消息", "Message opened"),
	"friend.added": i18n.T("加为好友", "Friend added"), "channel.arrived": i18n.T("经渠道到达", "Came through a channel"), "person.created": i18n.T("成为客户", "Became known"), "stage.changed": i18n.T("生命周期阶段变化", "Stage changed"),
	"tag.added": i18n.T("打上标签", "Tag added"), "tag.removed": i18n.T("去掉标签", "Tag removed"), "identity.added": i18n.T("新增身份", "Identity added"),
	"identity.removed": i18n.T("移除身份", "Identity removed"), "note.added": i18n.T("写下备注", "Note added"), "consent.granted": i18n.T("同意授权", "Consent granted"),
	"consent.withdrawn": i18n.T("撤回授权", "Consent withdrawn"), "survey.answered": i18n.T("答完问卷", "Survey answered"), "survey.started": i18n.T("开始填问卷", "Survey begun"),
	"survey.declined": i18n.T("不想再收到问卷", "Wants no more surveys"), "survey.retracted": i18n.T("问卷回答被删除", "Survey answer deleted"),
	"material.opened": i18n.T("打开素材", "Material opened"), "material.read": i18n.T("阅读素材", "Material read"), "material.forwarded": i18n.T("素材被转发打开", "Material passed on"),
	"link.clicked": i18n.T("点开群发里的链接", "Link of a campaign followed"), "coupon.redeemed": i18n.T("核销优惠码", "Coupon redeemed"),
}

// Vocabulary tells what predicates can speak about.
func (s *Service) Vocabulary(ctx context.Context) (out Vocabulary, err error) {
	a, _ := access.From(ctx)
	lang := i18n.From(ctx)
	var def predicate.Definitions
	var sizes map[string]recorded
	var set OrgSettings
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if def, err = s.definitions(ctx, tx, a.OrgID); err != nil {
			return err
		}
		if set, err = s.orgs.Settings(ctx, tx, a.OrgID); err != nil {
			return err
		}
		sizes, err = recordedOf(ctx, tx, a.OrgID)
		return err
	})
	if err != nil {
		return out, err
	}
	seen, err := s.values(ctx, a)
	if err != nil {
		return out, err
	}
	out = Vocabulary{Fields: fields(lang), Traits: []VocabularyTrait{}, Tags: []VocabularyTag{}, Events: []VocabularyEvent{}, Segments: []Sized{}, Lists: []Sized{},
		Staff: refs(def.Staff), Channels: refs(def.Channels), Identities: strings0(def.Identities), Carriers: strings0(def.Carriers), Purposes: strings0(def.Purposes),
		Regions: []RegionCount{}, Sources: strings0(seen.sources), TimeZone: zone(def).String(), Currency: set.Currency, CurrencyDigits: set.Digits,
		Limits: Limits{predicate.MaxDepth, predicate.MaxNodes, predicate.MaxItems, predicate.MaxText, predicate.MaxJSON, predicate.MaxValue, predicate.MaxDecimals}}
	for _, t := range def.Traits {
		out.Traits = append(out.Traits, VocabularyTrait{t.Key, t.Label, typeNames[t.Type], strings0(t.Options)})
	}
	for _, e := range def.Events {
		v := VocabularyEvent{Kind: e.Kind, Label: eventNames[e.Kind].In(lang), Open: e.Open, Properties: []VocabularyProperty{}}
		v.Label = cmp.Or(v.Label, e.Kind)
		for _, p := range e.Properties {
			v.Properties = append(v.Properties, VocabularyProperty{p.Name, typeNames[p.Type]})
		}
		out.Events = append(out.Events, v)
	}
	for _, n := range def.Segments {
		v := Sized{Ref: Ref{n.ID, n.Name}}
		if r, ok := sizes[n.ID]; ok && r.version > 0 && !a.OwnOnly {
			v.Size = &r.size
		}
		out.Segments = append(out.Segments, v)
	}
	return out, s.counted(ctx, a, def, seen, &out)
}

// counted adds what the index counts.
func (s *Service) counted(ctx context.Context, a access.Actor, def predicate.Definitions, seen values, out *Vocabulary) error {
	for _, t := range def.Tags {
		n, err := s.count(ctx, a, plan.Tagged{IDs: []string{t.ID}})
		if err != nil {
			return err
		}
		out.Tags = append(out.Tags, VocabularyTag{t.ID, t.Name, t.Group, n})
	}
	for _, l := range def.Lists {
		n, err := s.count(ctx, a, plan.InList{ID: l.ID})
		if err != nil {
			return err
		}
		out.Lists = append(out.Lists, Sized{Ref{l.ID, l.Name}, &n})
	}
	for _, r := range seen.regions {
		n, err := s.count(ctx, a, plan.Texts{Attr: plan.Attr{Name: "region", Type: plan.Text}, Values: []string{r}})
		if err != nil {
			return err
		}
		if n > 0 {
			out.Regions = append(out.Regions, RegionCount{r, n})
		}
	}
	slices.SortStableFunc(out.Regions, func(x, y RegionCount) int { return cmp.Compare(y.Count, x.Count) })
	return nil
}

func fields(lang i18n.Lang) []VocabularyField {
	out := make([]VocabularyField, len(predicate.BuiltIns))
	for i, b := range predicate.BuiltIns {
		out[i] = VocabularyField{Name: b.Name, Type: typeNames[b.Type], Label: b.Label.In(lang), Values: strings0(b.Values)}
		switch b.Refers {
		case predicate.Staff:
			out[i].Refers = "staff"
		case predicate.Channel:
			out[i].Refers = "channel"
		}
	}
	return out
}

func refs(named []predicate.Named) []Ref {
	out := make([]Ref, len(named))
	for i, n := range named {
		out[i] = Ref{n.ID, n.Name}
	}
	return out
}

// strings0 is [] and not null when empty.
func strings0(s []string) []string { return append([]string{}, s...) }

// values are those of texts that have few.
type values struct {
	at               time.Time
	regions, sources []string
}

// seenValues remembers the values of every org for a minute.
type seenValues struct {
	mu  sync.Mutex
	org map[string]values
}

const (
	maxValues   = 500
	valuesOf    = 20_000 // persons who are looked at to find values
	valuesStale = time.Minute
)

// values finds the values of texts, the most frequent first. Of a large pool
// it looks at persons from all over: what not one in 20,000 has may be missing.
func (s *Service) values(ctx context.Context, a access.Actor) (values, error) {
	s.seen.mu.Lock()
	found, ok := s.seen.org[a.OrgID]
	s.seen.mu.Unlock()
	if ok && s.now().Sub(found.at) < valuesStale {
		return found, nil
	}
	everybody, err := s.live.Eval(ctx, a.OrgID, plan.All{})
	if err != nil {
		return values{}, err
	}
	out := values{at: s.now()}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		in, arg := among(tx, spread(everybody.Members, valuesOf))
		for column, to := range map[string]*[]string{"region": &out.regions, "source": &out.sources} {
			var err error
			if *to, err = texts(ctx, tx, "SELECT "+column+" FROM segment_person WHERE org_id = ? AND "+column+" <> '' AND "+in+
				" GROUP BY "+column+" ORDER BY count(*) DESC, "+column+" LIMIT ?", a.OrgID, arg, maxValues); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return values{}, err
	}
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	if s.seen.org == nil {
		s.seen.org = map[string]values{}
	}
	s.seen.org[a.OrgID] = out
	return out, nil
}
