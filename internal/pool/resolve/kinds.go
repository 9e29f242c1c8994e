// Package resolve decides which identities belong to one person. It is pure:
// the store loads what it knows into a Graph, asks, and writes down what came
// out; a bulk load of millions runs the same Graph from nothing. One set of
// rules, and so one answer.
package resolve

// Kind is the number of an identity kind. It is stored as a bit in
// pool_person.kinds, so a number is never given to another kind.
type Kind uint8

// The kinds of identities.
const (
	UnionID         Kind = 0
	WecomExternal   Kind = 1
	MemberNo        Kind = 2
	OpenID          Kind = 3
	CustomerNo      Kind = 4
	Phone           Kind = 5
	Email           Kind = 6
	EmailUnverified Kind = 7
	Device          Kind = 8
	Cookie          Kind = 9
)

// Rule is what may be concluded from a kind of identity.
type Rule struct {
	Kind Kind
	Name string // as in the API
	// Strong: two contacts with the same value are the same human.
	Strong bool
	// Single: a person has one such value at most. Two persons that each have
	// their own are not joined by another key, only by a human.
	Single bool
	// Finds, for weak kinds: a contact that brings nothing stronger is taken
	// for the one person who has this value. Without it, only for a person
	// who has no strong identity either.
	Finds bool
	Why   string
}

// Rules is every kind, the most trusted first: where the keys of one contact
// disagree, the first of them says who it is.
var Rules = []Rule{
	{UnionID, "unionid", true, true, false, "One WeChat account across a brand's apps. A second account of one human is rarer than a phone shared by a family or typed in by the shop assistant, so two of them are not joined by a phone."},
	{WecomExternal, "wecom_external_userid", true, true, false, "One WeChat account as this brand's WeCom sees it; single for the same reason as unionid."},
	{MemberNo, "member_no", true, true, false, "The brand gives one membership a person; two numbers under one phone are often two members of a family."},
	{OpenID, "openid", true, false, false, "One WeChat account within one app. A person has one for each app of the brand, so several are normal."},
	{CustomerNo, "customer_no", true, false, false, "An account in another system, written source:number. People open a second account with the same phone, so several are normal."},
	{Phone, "phone", true, false, false, "Held by one human at a time; people have more than one."},
	{Email, "email", true, false, false, "An address that the source verified or delivers to; people have more than one."},
	{EmailUnverified, "email_unverified", false, false, false, "Typed into a form and never confirmed: anybody can type anybody's address."},
	{Device, "device", false, false, true, "A phone or tablet is handed round in families and lies on shop counters."},
	{Cookie, "cookie", false, false, true, "A browser; shared like a device, and lost as easily."},
}

const maxKind = 16

// tables are Rules in the forms in which they are looked up.
var tables = tabulate()

type tabulated struct {
	byName         map[string]Kind
	rule           [maxKind]Rule
	rank           [maxKind]int8
	strong, single uint32 // bits
}

func tabulate() *tabulated {
	t := &tabulated{byName: map[string]Kind{}}
	for i, r := range Rules {
		t.byName[r.Name] = r.Kind
		t.rule[r.Kind], t.rank[r.Kind] = r, int8(i)
		if r.Strong {
			t.strong |= r.Kind.Bit()
		}
		if r.Single {
			t.single |= r.Kind.Bit()
		}
	}
	return t
}

// Lookup finds a kind by its name in the API.
func Lookup(name string) (Kind, bool) {
	k, ok := tables.byName[name]
	return k, ok
}

// Rule is what may be concluded from k.
func (k Kind) Rule() Rule { return tables.rule[k] }

// String is the kind's name in the API.
func (k Kind) String() string { return tables.rule[k].Name }

// Strong reports whether the same value means the same human.
func (k Kind) Strong() bool { return tables.rule[k].Strong }

// Bit is k's bit in a set of kinds.
func (k Kind) Bit() uint32 { return 1 << k }

// HasStrong reports whether a set of kinds holds a strong one.
func HasStrong(kinds uint32) bool { return kinds&tables.strong != 0 }
