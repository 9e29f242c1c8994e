package predicate

import "bytes"

// The limits of a predicate. What is beyond them is refused before it is
// looked at closely.
const (
	MaxDepth    = 64       // of and, or, not and parentheses within each other
	MaxNodes    = 1000     // parts in a tree
	MaxItems    = 1000     // entries of one list
	MaxText     = 64 << 10 // bytes of the text form
	MaxJSON     = 256 << 10
	MaxValue    = 1000 // characters of one text
	MaxDecimals = 4    // of a number
)

// Expr is a predicate as written: one of the pointer types below. Trees are
// not changed once made.
type Expr interface{ at() span }

// span is where in the text something was written: bytes, end not included.
// Both are 0 in trees that do not come from text.
type span struct{ from, to int }

func (s span) at() span { return s }

type (
	// And is everybody whom all of Of describe; Or any of them.
	And struct {
		span
		Of []Expr
	}
	// Or is everybody whom any of Of describes.
	Or struct {
		span
		Of []Expr
	}
	// Not is everybody in the pool whom Of does not describe.
	Not struct {
		span
		Of Expr
	}
	// Everyone is the whole pool, Nobody is no one.
	Everyone struct{ span }
	// Nobody describes no one.
	Nobody struct{ span }
	// Compare compares a field with values: none for set and unset, two for
	// between, one or more for the lists, otherwise one.
	Compare struct {
		span
		Field  Field
		Is     Op
		Values []Value
	}
	// During says that a date lies in a window.
	During struct {
		span
		Field  Field
		Window Window
	}
	// Anniversary says that the day of the year of a date lies in a window.
	Anniversary struct {
		span
		Field  Field
		Window Window
	}
	// Tag is who has any of the tags.
	Tag struct {
		span
		Any []TagRef
	}
	// Segment is who is a member of another segment.
	Segment struct {
		span
		Ref Ref
	}
	// List is who is on a list made by hand.
	List struct {
		span
		Ref Ref
	}
	// Random is a share of the pool by chance, in basis points; see
	// plan.Share.
	Random struct {
		span
		From, To int // 0 ≤ From < To ≤ 10,000
		Salt     string
	}
	// Identity is who has an identity of a kind.
	Identity struct {
		span
		Kind string
	}
	// Reachable is who can be reached over a carrier, over any when empty.
	Reachable struct {
		span
		Carrier string
	}
	// Consent is who granted or withdrew consent to a purpose, or said nothing.
	Consent struct {
		span
		Purpose string
		State   string // granted, withdrawn, none
	}
	// Did compares how many events of a kind somebody has, or what a property
	// of them comes to. Is empty means at least once.
	Did struct {
		span
		Event    string
		Where    []Condition // all must hold
		Measure  string      // "" or count; sum, min, max, avg
		Property string      // of Measure; "" for count
		Is       Op          // =, !=, <, <=, >, >=, between
		Values   []Value
		Window   *Window // nil: always
	}
	// Edge says when the first or last event of a kind occurred.
	Edge struct {
		span
		Last   bool
		Event  string
		Where  []Condition
		Window Window
	}
)

// Field names something known of a person. A built-in field and a trait may
// have the same name.
type Field struct {
	span
	Name  string // of a trait: its key, or before Compile its label
	Trait bool
}

// Condition is one condition on a property of an event.
type Condition struct {
	span
	Property string
	Is       Op
	Values   []Value
}

// Ref refers to a thing by its id, its name, or both. The id decides.
type Ref struct {
	span
	ID, Name string
}

// TagRef refers to a tag by id, or by name, within Group when there is one;
// with neither, to every tag of Group.
type TagRef struct {
	Ref
	Group string
}

// Kind is the kind of a value.
type Kind uint8

// The kinds. Dates are texts of the form YYYY-MM-DD.
const (
	TextValue   Kind = iota + 1
	NumberValue      // Text is the decimal, without exponent or needless zeros
	BoolValue        // Text is true or false
	RefValue         // a thing that has an id, such as a member of staff
)

// Value is what something is compared with.
type Value struct {
	span
	Kind Kind
	Text string // of RefValue: the name, if known
	ID   string // of RefValue
}

// Text makes a text value.
func Text(s string) Value { return Value{Kind: TextValue, Text: s} }

// Op is how values are compared.
type Op string

// The operators.
const (
	Equal      Op = "="
	NotEqual   Op = "!="
	Less       Op = "<"
	AtMost     Op = "<="
	Greater    Op = ">"
	AtLeast    Op = ">="
	Between    Op = "between" // both ends included
	In         Op = "in"
	NotIn      Op = "not in"
	Contains   Op = "contains"
	StartsWith Op = "starts with"
	Set        Op = "set"
	Unset      Op = "unset"
	HasAny     Op = "has any"
	HasAll     Op = "has all"
	HasNone    Op = "has none"
)

// values gives how many values an operator takes: from least to most.
func (o Op) values() (least, most int, ok bool) {
	switch o {
	case Equal, NotEqual, Less, AtMost, Greater, AtLeast, Contains, StartsWith:
		return 1, 1, true
	case Between:
		return 2, 2, true
	case In, NotIn, HasAny, HasAll, HasNone:
		return 1, MaxItems, true
	case Set, Unset:
		return 0, 0, true
	}
	return 0, 0, false
}

// Same reports whether two trees say the same in the same words. Where they
// were written does not matter.
func Same(a, b Expr) bool { return bytes.Equal(Encode(a), Encode(b)) }
