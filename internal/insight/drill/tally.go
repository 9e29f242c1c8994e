package drill

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// The kinds of units that can vanish.
const (
	ByAccount  = "account"
	ByStaff    = "staff"
	ByPlatform = "platform"
)

// Totals are about everybody.
type Totals struct {
	Persons     int64 `json:"persons"`
	Reachable   int64 `json:"reachable" doc:"Over at least one way"`
	Direct      int64 `json:"direct" doc:"Of them, whom we can write to first"`
	Waiting     int64 `json:"waiting" doc:"Of them, whom we can only answer once they come"`
	Unreachable int64 `json:"unreachable"`
	OneAccount  int64 `json:"one_account" doc:"Reachable over exactly one account"`
	OnePlatform int64 `json:"one_platform" doc:"Reachable over exactly one platform: at risk"`

	Valued           int64  `json:"valued" doc:"Persons whose value is known: those who have bought"`
	ValueMinor       *int64 `json:"value_minor" doc:"Expected of everybody; null: not known"`
	ReachableMinor   *int64 `json:"reachable_minor"`
	OneAccountMinor  *int64 `json:"one_account_minor"`
	OnePlatformMinor *int64 `json:"one_platform_minor"`

	Why  []Barred `json:"why" nullable:"false" doc:"Why the unreachable are: one reason each"`
	Ways []Next   `json:"ways" nullable:"false" doc:"The best way to each who is reachable"`
}

// Barred is how many are tied, and cannot be reached, for a reason.
type Barred struct {
	Why     string `json:"why" enum:"do_not_contact,consent,account_off,account_ill,bounced,member_left,unconfirmed,not_friend,no_tie"`
	Persons int64  `json:"persons"`
}

// Next is how many would be reached over an account: each the best way that is
// left to them.
type Next struct {
	AccountID  string `json:"account_id"`
	Name       string `json:"name"`
	Carrier    string `json:"carrier"`
	Waits      bool   `json:"waits" doc:"They must come first"`
	Other      bool   `json:"other" doc:"Over another member of the same account"`
	Persons    int64  `json:"persons"`
	ValueMinor *int64 `json:"value_minor" doc:"Null: not known"`
}

// Unit is something that could vanish tonight, and what would be left.
type Unit struct {
	Kind      string `json:"kind" enum:"account,staff,platform"`
	ID        string `json:"id" doc:"Of the account or staff member; account/member for who is nobody here; the platform's key"`
	Name      string `json:"name" doc:"Empty for platforms: they are named by their key"`
	Carrier   string `json:"carrier" doc:"The kind of account; empty where there are several"`
	AccountID string `json:"account_id,omitempty" doc:"Of a member who is nobody here"`
	Off       string `json:"off,omitempty" enum:"account_off,account_ill" doc:"Why nothing goes over the account today"`

	Persons int64 `json:"persons" doc:"Reached over it today"`
	Direct  int64 `json:"direct" doc:"Of them, whom we can write to first"`
	Lost    int64 `json:"lost" doc:"Would have no way left"`
	Muted   int64 `json:"muted" doc:"Would have only ways on which they must come first"`
	Kept    int64 `json:"kept" doc:"Would be reached as well as today"`

	ValueMinor *int64 `json:"value_minor" doc:"Expected of those reached over it; null: not known"`
	LostMinor  *int64 `json:"lost_minor" doc:"Of those who would be lost"`
	MutedMinor *int64 `json:"muted_minor"`
	LostValued int64  `json:"lost_valued" doc:"How many of the lost have a value"`

	Next   []Next   `json:"next" nullable:"false" doc:"How those who are not lost would be reached, the preferred first"`
	Barred []Barred `json:"barred" nullable:"false" doc:"Tied to it, and not reached over it"`
}

// Value says whether what people are worth is known.
type Value struct {
	Known    bool   `json:"known"`
	WhyZH    string `json:"why_zh,omitempty"`
	WhyEN    string `json:"why_en,omitempty"`
	Currency string `json:"currency"`
	FittedAt int64  `json:"fitted_at"` // UTC microseconds
}

// figures are all that a run found.
type figures struct {
	Totals   Totals    `json:"totals"`
	Units    []Unit    `json:"units"`
	Steps    []Step    `json:"steps"`
	Rest     Rest      `json:"rest"`
	Value    Value     `json:"value"`
	Accounts []Account `json:"accounts"`
}

// unit is a Unit with the people behind it.
type unit struct {
	kind, id, name, carrier, account, off string
	ways                                  []*way
	persons, direct, lost, muted          *roaring.Bitmap
}

// survey knows a ground's units.
type survey struct {
	*ground
	units      []*unit
	byAccount  *cover
	byPlatform *cover
	within     map[int][2]*cover // of an account, by who is behind its ways: direct, any
	direct     *cover            // by account
	waits      *cover
}

func (g *ground) survey() *survey {
	account := func(w *way) string { return g.accounts[w.account].ID }
	platformOf := func(w *way) string { return platform(g.accounts[w.account].Kind) }
	v := &survey{ground: g, within: map[int][2]*cover{}, byAccount: newCover(g.ways, account, either), byPlatform: newCover(g.ways, platformOf, either),
		direct: newCover(g.ways, account, direct), waits: newCover(g.ways, account, waits)}
	var list []*unit
	for _, a := range g.accounts {
		list = append(list, &unit{kind: ByAccount, id: a.ID, name: a.Name, carrier: a.Kind, off: off(&a)})
	}
	v.units = g.cut(list, account)
	list = nil
	seen := map[string]bool{}
	for _, i := range g.inOrder() {
		if p := platform(g.accounts[i].Kind); !seen[p] {
			seen[p] = true
			list = append(list, &unit{kind: ByPlatform, id: p})
		}
	}
	v.units = append(v.units, g.cut(list, platformOf)...)
	if seen["wecom"] && seen["official_account"] {
		v.units = append(v.units, g.cut([]*unit{{kind: ByPlatform, id: WeChat}}, func(w *way) string {
			if ofWeChat(g.accounts[w.account].Kind) {
				return WeChat
			}
			return platformOf(w)
		})...)
	}
	v.units = append(v.units, g.cut(g.staff(), g.staffKey)...)
	return v
}

// staff are the units of those behind ways.
func (g *ground) staff() (out []*unit) {
	seen := map[string]bool{}
	for _, w := range g.ways {
		k := g.staffKey(w)
		if w.seat == "" || seen[k] {
			continue
		}
		seen[k] = true
		a := &g.accounts[w.account]
		u := &unit{kind: ByStaff, id: k, name: w.seat, carrier: a.Kind}
		if i := slices.IndexFunc(a.Members, func(m Member) bool { return m.UserID == w.seat }); i >= 0 {
			u.name = a.Members[i].Name
		}
		if k == a.ID+"/"+w.seat {
			u.account = a.ID
		}
		out = append(out, u)
	}
	return out
}

// cut counts units into which the ways fall apart; each way is of one key.
func (g *ground) cut(units []*unit, key func(*way) string) []*unit {
	any, first := newCover(g.ways, key, either), newCover(g.ways, key, direct)
	of := map[string][]*way{}
	for _, w := range g.ways {
		of[key(w)] = append(of[key(w)], w)
	}
	for _, u := range units {
		u.ways = of[u.id]
		u.persons, u.direct, u.lost = any.part(u.id), first.part(u.id), any.only(u.id)
		u.muted = roaring.AndNot(first.only(u.id), u.lost)
	}
	return units
}

// behind are the covers of an account's ways by who is behind them.
func (v *survey) behind(account int) [2]*cover {
	if c, ok := v.within[account]; ok {
		return c
	}
	var of []*way
	for _, w := range v.ways {
		if w.account == account {
			of = append(of, w)
		}
	}
	c := [2]*cover{newCover(of, v.staffKey, direct), newCover(of, v.staffKey, either)}
	v.within[account] = c
	return c
}

// next tells by which way each of who would be reached without a unit (nil: as
// things are): direct ways before those that wait, in the order of preference.
func (v *survey) next(who *roaring.Bitmap, without *unit, tell func(account int, waits, other bool, who *roaring.Bitmap)) {
	mine := map[int]*roaring.Bitmap{}
	if without != nil {
		for _, w := range without.ways {
			if mine[w.account] == nil {
				mine[w.account] = roaring.New()
			}
			mine[w.account].Or(w.all())
		}
	}
	rest := who.Clone()
	for pass, c := range []*cover{v.direct, v.waits} {
		for _, i := range v.inOrder() {
			if rest.IsEmpty() {
				return
			}
			here := roaring.And(rest, c.part(v.accounts[i].ID))
			other := false
			if gone := mine[i]; gone != nil {
				if without.kind != ByStaff {
					continue
				}
				// Of those who were reached through the unit here, who has somebody else here.
				left := roaring.And(roaring.And(here, gone), v.behind(i)[pass].twice)
				here.AndNot(gone)
				here.Or(left)
				other = true
			}
			if here.IsEmpty() {
				continue
			}
			rest.AndNot(here)
			tell(i, pass == 1, other, here)
		}
	}
}

func (v *survey) nexts(who *roaring.Bitmap, without *unit) []Next {
	out := []Next{}
	v.next(who, without, func(i int, waits, other bool, who *roaring.Bitmap) {
		n := Next{AccountID: v.accounts[i].ID, Name: v.accounts[i].Name, Carrier: v.accounts[i].Kind, Waits: waits, Other: other, Persons: size(who)}
		n.ValueMinor, _ = v.money(who)
		out = append(out, n)
	})
	return out
}

// money is what people are worth; nil where that is not known, of models or of
// any of them: who has never bought has no value, which is not nought.
func (v *survey) money(who *roaring.Bitmap) (minor *int64, valued int64) {
	if !v.stand.Known {
		return nil, 0
	}
	sum, n := v.worth(who)
	if n == 0 && !who.IsEmpty() {
		return nil, 0
	}
	return &sum, n
}

// barred are those tied to a unit whom it does not reach, one reason each.
func (v *survey) barred(u *unit) []Barred {
	out := []Barred{}
	v.eachBar(u, func(why string, who *roaring.Bitmap) { out = append(out, Barred{why, size(who)}) })
	return out
}

// eachBar tells them; of a unit of several accounts, who is reached over one of
// them is not barred.
func (v *survey) eachBar(u *unit, tell func(why string, who *roaring.Bitmap)) {
	told := u.persons.Clone()
	for _, why := range whys {
		who := roaring.New()
		for _, b := range v.bars {
			a := &v.accounts[b.account]
			if b.why != why || u.kind == ByAccount && a.ID != u.id || u.kind == ByStaff {
				continue
			}
			if u.kind == ByPlatform && platform(a.Kind) != u.id && (u.id != WeChat || !ofWeChat(a.Kind)) {
				continue
			}
			who.Or(b.who)
		}
		who.AndNot(told)
		if !who.IsEmpty() {
			told.Or(who)
			tell(why, who)
		}
	}
}

// unreachable tells why people have no way at all, one reason each.
func (v *survey) unreachable(tell func(why string, who *roaring.Bitmap)) {
	rest := roaring.AndNot(v.all, v.byAccount.any)
	for _, why := range whys {
		who := roaring.New()
		for _, b := range v.bars {
			if b.why == why {
				who.Or(b.who)
			}
		}
		who.And(rest)
		if !who.IsEmpty() {
			rest.AndNot(who)
			tell(why, who)
		}
	}
	if !rest.IsEmpty() {
		tell(WhyNoTie, rest)
	}
}

// once is who is reached over exactly one part.
func (c *cover) once() *roaring.Bitmap { return roaring.AndNot(c.any, c.twice) }

// tally counts all figures.
func (v *survey) tally() figures {
	reachable := v.byAccount.any
	t := Totals{Persons: size(v.all), Reachable: size(reachable), Direct: size(v.direct.any), Unreachable: size(v.all) - size(reachable), Valued: size(v.valued),
		OneAccount: size(v.byAccount.once()), OnePlatform: size(v.byPlatform.once()), Why: []Barred{}}
	t.Waiting = t.Reachable - t.Direct
	t.ValueMinor, _ = v.money(v.all)
	t.ReachableMinor, _ = v.money(reachable)
	t.OneAccountMinor, _ = v.money(v.byAccount.once())
	t.OnePlatformMinor, _ = v.money(v.byPlatform.once())
	v.unreachable(func(why string, who *roaring.Bitmap) { t.Why = append(t.Why, Barred{why, size(who)}) })
	t.Ways = v.nexts(reachable, nil)
	f := figures{Totals: t, Units: []Unit{}, Accounts: v.accounts, Value: Value{Known: v.stand.Known, WhyZH: v.stand.Why.ZH, WhyEN: v.stand.Why.EN, Currency: v.stand.Currency, FittedAt: v.stand.FittedAt}}
	for _, u := range v.units {
		out := Unit{Kind: u.kind, ID: u.id, Name: u.name, Carrier: u.carrier, AccountID: u.account, Off: u.off,
			Persons: size(u.persons), Direct: size(u.direct), Lost: size(u.lost), Muted: size(u.muted), Next: v.nexts(roaring.AndNot(u.persons, u.lost), u), Barred: v.barred(u)}
		out.Kept = out.Persons - out.Lost - out.Muted
		out.ValueMinor, _ = v.money(u.persons)
		out.LostMinor, out.LostValued = v.money(u.lost)
		out.MutedMinor, _ = v.money(u.muted)
		f.Units = append(f.Units, out)
	}
	return f
}
