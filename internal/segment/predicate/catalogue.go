package predicate

import (
	"slices"
	"time"

	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/predicate/plan"
)

// Definitions are what the predicates of an org can speak about.
type Definitions struct {
	Zone           *time.Location // of the org; nil: UTC
	CurrencyDigits int            // of the org's currency behind the point: 2 for CNY, 0 for JPY
	Traits         []Trait
	Tags           []TagDef
	Events         []Event
	Segments       []Named
	Lists          []Named
	Staff          []Named
	Channels       []Named
	Identities     []string // kinds
	Carriers       []string
	Purposes       []string // of consent; empty: any
}

// Trait is a declared trait.
type Trait struct {
	Key, Label string
	Type       plan.Type // Text, Number, Date, Bool or List
	Options    []string  // the only values, if not empty; for Text and List
}

// TagDef is a tag. Names are unique within a group.
type TagDef struct{ ID, Name, Group string }

// Named is a thing with an id and a name.
type Named struct {
	ID, Name string
	// Below are further ids that are meant when this one is, such as those of the
	// channels below a channel.
	Below []string
}

// Event is a kind of event and what is known of its data.
type Event struct {
	Kind       string
	Properties []Property
	// Open: there may be more properties; their type follows what they are
	// compared with.
	Open bool
}

// Property is a property of an event as people name it.
type Property struct {
	Name string
	Path string // as in plan.Prop; empty: Name
	Type plan.Type
}

// Thing is a kind of thing that is referred to by id.
type Thing uint8

// The things.
const (
	NoThing Thing = iota
	Segments
	Lists
	Staff
	Channel
)

var thingText = map[Thing]i18n.Text{
	Segments: i18n.T("人群", "segment"), Lists: i18n.T("名单", "list"), Staff: i18n.T("员工", "member of staff"), Channel: i18n.T("渠道", "channel"),
}

// Catalogue looks up what is defined. It is not changed once made, and safe
// for use by many at once.
type Catalogue struct {
	def    Definitions
	zone   *time.Location
	traits map[string]*Trait // by key
	labels map[string][]*Trait
	tagIDs map[string]TagDef
	tags   map[string][]TagDef // by name
	groups map[string][]string // ids by group
	events map[string]*Event
	ids    map[Thing]map[string]string   // id → name
	named  map[Thing]map[string][]string // name → ids
	below  map[string][]string           // by id: what is meant besides
}

// NewCatalogue prepares definitions for looking up.
func NewCatalogue(def Definitions) *Catalogue {
	c := &Catalogue{def: def, zone: def.Zone, traits: map[string]*Trait{}, labels: map[string][]*Trait{}, tagIDs: map[string]TagDef{},
		tags: map[string][]TagDef{}, groups: map[string][]string{}, events: map[string]*Event{}, ids: map[Thing]map[string]string{}, named: map[Thing]map[string][]string{}, below: map[string][]string{}}
	if c.zone == nil {
		c.zone = time.UTC
	}
	for i := range def.Traits {
		t := &def.Traits[i]
		c.traits[t.Key] = t
		c.labels[t.Label] = append(c.labels[t.Label], t)
	}
	for _, t := range def.Tags {
		c.tagIDs[t.ID] = t
		c.tags[t.Name] = append(c.tags[t.Name], t)
		if t.Group != "" {
			c.groups[t.Group] = append(c.groups[t.Group], t.ID)
		}
	}
	for i := range def.Events {
		c.events[def.Events[i].Kind] = &def.Events[i]
	}
	for thing, all := range map[Thing][]Named{Segments: def.Segments, Lists: def.Lists, Staff: def.Staff, Channel: def.Channels} {
		ids, named := map[string]string{}, map[string][]string{}
		for _, n := range all {
			if len(n.Below) > 0 {
				c.below[n.ID] = n.Below
			}
			ids[n.ID] = n.Name
			named[n.Name] = append(named[n.Name], n.ID)
		}
		c.ids[thing], c.named[thing] = ids, named
	}
	return c
}

// TraitLabel is what a trait is called; its key where it has no label.
func (c *Catalogue) TraitLabel(key string) string {
	if t := c.traits[key]; t != nil && t.Label != "" {
		return t.Label
	}
	return key
}

// Zone is the org's time zone.
func (c *Catalogue) Zone() *time.Location { return c.zone }

// trait finds a trait by its key, else by its label.
func (c *Catalogue) trait(name string) (*Trait, i18n.Text) {
	if t := c.traits[name]; t != nil {
		return t, i18n.Text{}
	}
	switch same := c.labels[name]; {
	case len(same) == 1:
		return same[0], i18n.Text{}
	case len(same) > 1:
		return nil, with(i18n.T("有几个属性都叫 %s", "several traits are called %s", short(name)), same[0].Key, same[1].Key)
	}
	if f, ok := alike[fold(name)]; ok {
		return nil, with(i18n.T("没有 %s 这个字段或属性", "there is no field or trait %s", short(name)), f)
	}
	var known []string
	for _, f := range BuiltIns {
		known = append(known, f.Name)
	}
	for i := range c.def.Traits {
		known = append(known, c.def.Traits[i].Key, c.def.Traits[i].Label)
	}
	return nil, with(i18n.T("没有 %s 这个字段或属性", "there is no field or trait %s", short(name)), nearest(name, known)...)
}

// find looks a reference up: by id, else by name.
func (c *Catalogue) find(thing Thing, r Ref) (Ref, i18n.Text) {
	what := thingText[thing]
	if r.ID != "" {
		name, ok := c.ids[thing][r.ID]
		if !ok {
			return r, i18n.Text{ZH: "没有这个" + what.ZH + "：" + gone(r), EN: "there is no such " + what.EN + ": " + gone(r)}
		}
		r.Name = name
		return r, i18n.Text{}
	}
	ids := c.named[thing][r.Name]
	if len(ids) == 0 && c.ids[thing][r.Name] != "" {
		ids = []string{r.Name} // an id written where a name is expected
	}
	switch len(ids) {
	case 1:
		r.ID, r.Name = ids[0], c.ids[thing][ids[0]]
		return r, i18n.Text{}
	case 0:
		t := i18n.Text{ZH: "没有这个" + what.ZH + "：" + short(r.Name), EN: "there is no such " + what.EN + ": " + short(r.Name)}
		return r, with(t, c.near(r.Name, c.named[thing])...)
	}
	t := i18n.Text{ZH: "有几个" + what.ZH + "都叫 " + short(r.Name), EN: "there is more than one " + what.EN + " called " + short(r.Name)}
	return r, with(t, "#"+ids[0], "#"+ids[1])
}

// gone is how a thing that is no longer there is called: as it was when the
// predicate was bound, where that is known.
func gone(r Ref) string {
	if r.Name != "" {
		return short(r.Name)
	}
	return "#" + short(r.ID)
}

func (c *Catalogue) near(name string, named map[string][]string) []string {
	known := make([]string, 0, len(named))
	for n := range named {
		known = append(known, n)
	}
	slices.Sort(known)
	return nearest(name, known)
}

// tag looks a tag up: by id, else by group and name, else by name alone where
// that is clear.
func (c *Catalogue) tag(r TagRef) (TagRef, i18n.Text) {
	if r.ID != "" {
		t, ok := c.tagIDs[r.ID]
		if !ok {
			return r, i18n.T("没有这个标签：%s", "there is no such tag: %s", gone(r.Ref))
		}
		r.Name, r.Group = t.Name, t.Group
		return r, i18n.Text{}
	}
	var found []TagDef
	for _, t := range c.tags[r.Name] {
		if t.Group == r.Group { // also without a group: that is the one meant
			found = []TagDef{t}
			break
		}
		if r.Group == "" {
			found = append(found, t)
		}
	}
	switch len(found) {
	case 1:
		r.ID, r.Name, r.Group = found[0].ID, found[0].Name, found[0].Group
		return r, i18n.Text{}
	case 0:
		if r.Group != "" && c.groups[r.Group] == nil {
			return r, c.noGroup(r.Group)
		}
		return r, with(i18n.T("没有这个标签：%s", "there is no such tag: %s", short(r.Name)), c.nearTags(r.Name)...)
	}
	return r, with(i18n.T("有几个标签都叫 %s", "several tags are called %s", short(r.Name)),
		quote(found[0].Group)+"/"+quote(r.Name), quote(found[1].Group)+"/"+quote(r.Name))
}

func (c *Catalogue) noGroup(name string) i18n.Text {
	return with(i18n.T("没有这个标签分组：%s", "there is no such group of tags: %s", short(name)), c.near(name, c.groups)...)
}

func (c *Catalogue) nearTags(name string) []string {
	known := make([]string, 0, len(c.tags))
	for n := range c.tags {
		known = append(known, n)
	}
	slices.Sort(known)
	return nearest(name, known)
}

// event looks a kind of event up.
func (c *Catalogue) event(kind string) (*Event, i18n.Text) {
	if e := c.events[kind]; e != nil {
		return e, i18n.Text{}
	}
	var known []string
	for i := range c.def.Events {
		known = append(known, c.def.Events[i].Kind)
	}
	return nil, with(i18n.T("没有 %s 这种事件", "there is no event %s", short(kind)), nearest(kind, known)...)
}

// property looks a property up. Its type is 0 when the event is open and does
// not declare it.
func (e *Event) property(name string) (Property, i18n.Text) {
	var known []string
	for _, p := range e.Properties {
		if p.Name == name {
			if p.Path == "" {
				p.Path = p.Name
			}
			return p, i18n.Text{}
		}
		known = append(known, p.Name)
	}
	if e.Open && plainPath(name) {
		return Property{Name: name, Path: name}, i18n.Text{}
	}
	return Property{}, with(i18n.T("%[1]s 没有 %[2]s 这个字段", "%[1]s has no property %[2]s", e.Kind, short(name)), nearest(name, known)...)
}

// plainPath reports whether name can be a path into JSON without quoting:
// names of letters, digits and underscores, joined by dots.
func plainPath(name string) bool {
	start := true
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_':
			start = false
		case c >= '0' && c <= '9' && !start:
		case c == '.' && !start:
			start = true
		default:
			return false
		}
	}
	return !start && len(name) <= 128
}
