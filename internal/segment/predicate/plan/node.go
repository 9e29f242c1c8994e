package plan

import "math"

// Type says what kind of value an attribute or a property has.
type Type uint8

// The types.
const (
	Text    Type = iota + 1
	Count        // whole number
	Money        // minor units of the org's currency
	Number       // decimal, in ten-thousandths
	Date         // a day, without time or zone
	Instant      // UTC microseconds
	Bool
	List // of texts
)

// Ordered reports whether values of the type are int64 that [Range] tests.
func (t Type) Ordered() bool { return t >= Count && t <= Instant }

var typeNames = [...]string{"", "text", "count", "money", "number", "date", "instant", "boolean", "list"}

// String is the type's name as people read it.
func (t Type) String() string { return typeNames[t] }

// Attr names something known of a person: a built-in attribute or a trait.
type Attr struct {
	Name  string // of a trait: its key
	Trait bool
	Type  Type
}

// Span is a closed interval; Lo ≤ Hi.
type Span struct{ Lo, Hi int64 }

// The ends of spans that are open.
const (
	Min = math.MinInt64
	Max = math.MaxInt64
)

// Node is one of the types below. Plans are not changed once made.
type Node interface{ node() }

type (
	// All is everybody in the pool.
	All struct{}
	// None is nobody.
	None struct{}
	// And is who is in all of Of.
	And struct{ Of []Node }
	// Or is who is in any of Of.
	Or struct{ Of []Node }
	// Not is everybody in the pool who is not in Of.
	Not struct{ Of Node }

	// IsSet is who has a value of Attr.
	IsSet struct{ Attr Attr }
	// Texts is whose text is one of Values (sorted, at least one, none empty).
	Texts struct {
		Attr   Attr
		Values []string
	}
	// Match is whose text contains Text or, with Prefix, starts with it. Text
	// is not empty.
	Match struct {
		Attr   Attr
		Prefix bool
		Text   string
	}
	// Range is whose value lies in one of Spans (sorted, apart from each
	// other, at least one). The type of Attr is ordered. Who has no value is in
	// no span, however wide.
	Range struct {
		Attr  Attr
		Spans []Span
	}
	// Flag is whose boolean is Want.
	Flag struct {
		Attr Attr
		Want bool
	}
	// Has is whose list holds any of Values (sorted, at least one).
	Has struct {
		Attr   Attr
		Values []string
	}
	// Days is whose date lies in one of Spans of the year, whatever the year.
	// Lo and Hi are month·100+day, from 101 to 1231; Lo ≤ Hi. 29 February is
	// in a span only if a span says so: it needs no rule of its own here.
	Days struct {
		Attr  Attr
		Spans []Span
	}

	// Tagged is who has any of the tags.
	Tagged struct {
		IDs    []string // sorted; at least one
		Groups []string // of which all the present tags are in IDs
	}
	// Identity is who has an identity of the kind.
	Identity struct{ Kind string }
	// Reachable is who can be reached over the carrier; empty: over any.
	Reachable struct{ Carrier string }
	// Consent is whose last word on the purpose is State: granted, withdrawn,
	// or none when they have said nothing.
	Consent struct{ Purpose, State string }
	// InSegment is who is a member of another segment.
	InSegment struct{ ID string }
	// InList is who is on a list that was made by hand.
	InList struct{ ID string }
	// Random is whose [Random.Hash] lies from Lo up to, not including, Hi.
	Random struct {
		A, B, C, D int64 // made of the salt
		Lo, Hi     int64
	}

	// Measure is whose events measure up: see the package comment. Value must
	// lie in one of Spans (as in Range).
	Measure struct {
		Kind   string // of event
		Where  []Cond // all must hold
		Window Window
		Of     Quantity
		Prop   Prop // for Sum, Least, Greatest, Average
		Spans  []Span
	}
)

func (All) node()       {}
func (None) node()      {}
func (And) node()       {}
func (Or) node()        {}
func (Not) node()       {}
func (IsSet) node()     {}
func (Texts) node()     {}
func (Match) node()     {}
func (Range) node()     {}
func (Flag) node()      {}
func (Has) node()       {}
func (Days) node()      {}
func (Tagged) node()    {}
func (Identity) node()  {}
func (Reachable) node() {}
func (Consent) node()   {}
func (InSegment) node() {}
func (InList) node()    {}
func (Random) node()    {}
func (Measure) node()   {}

// Window says which events count by when they occurred. The zero Window is
// not "always": see [Always].
type Window struct {
	From, To int64 // UTC microseconds, From included, To not; Min and Max when open
	// Joined further asks that the event occurred no earlier than the
	// person's created; who has no created has no such event.
	Joined bool
	// Within, with Joined and when above 0, asks that it occurred less than so
	// many microseconds after created.
	Within int64
}

// Always is the window that every event is in.
var Always = Window{From: Min, To: Max}

// Quantity is what is measured of events.
type Quantity uint8

// The quantities.
const (
	HowMany  Quantity = iota // how many there are
	Sum                      // of Prop; values beyond ±MaxSummand are left out
	Least                    // smallest Prop
	Greatest                 // greatest Prop
	Average                  // sum / number of the values summed, cut towards zero
	First                    // when the earliest occurred, UTC microseconds
	Last                     // when the latest occurred
)

// Prop is a property of an event.
type Prop struct {
	// Path leads to it in the event's JSON data: names joined by dots; a name
	// that ends in [] is a list, of which every element is looked at (only
	// with type List). Names are letters, digits and underscores.
	Path string
	Type Type // Text, Count, Money, Number, Bool or List; 0, only with IsThere: any that is not null
}

// Cond is a condition on one property of an event. A property that is not
// there (or null, or not of the type) meets no condition but "not set".
type Cond struct {
	Prop   Prop
	Test   Test
	Not    bool     // there, and the test fails; with IsThere: not there
	Values []string // OneOf, Contains and Prefix (one value)
	Spans  []Span   // Within
	Want   bool     // Is
}

// Test is how a condition looks at a property.
type Test uint8

// The tests.
const (
	IsThere  Test = iota // set: an empty text or list is not
	OneOf                // the text is one of Values, or any element of the list is
	Contains             // the text contains Values[0]
	Prefix               // the text starts with Values[0]
	Within               // the value is in one of Spans
	Is                   // the boolean is Want
)
