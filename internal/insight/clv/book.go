package clv

import (
	"cmp"
	"slices"
	"time"

	"fishpond/internal/platform/i18n"
)

// Day is a date, counted in days since 1970-01-01.
type Day int32

// DayOf is the date that t shows on its own clock.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400) //nolint:gosec // years of four digits
}

// Time is midnight UTC of the date.
func (d Day) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String is the date as 2006-01-02.
func (d Day) String() string { return d.Time().Format(time.DateOnly) }

// Book collects what people bought. All that somebody buys on one day is one
// purchase, as in the publications; what comes back is taken off the value, not
// off the purchases.
type Book struct {
	lines   []bookLine
	refunds []bookLine
	sorted  bool
}

type bookLine struct {
	person int32
	day    Day
	amount float64
}

// NewBook is an empty book.
func NewBook() *Book { return &Book{} }

// Buy enters that a person, numbered from 0 without gaps, bought something on a
// day; amount is 0 where there are no amounts.
func (b *Book) Buy(person int32, day Day, amount float64) {
	b.lines = append(b.lines, bookLine{person, day, amount})
	b.sorted = false
}

// Refund enters that a person got an amount above 0 back on a day. Which purchase it was
// for is rarely known: it makes all of hers smaller in proportion.
func (b *Book) Refund(person int32, day Day, amount float64) {
	b.refunds = append(b.refunds, bookLine{person, day, amount})
	b.sorted = false
}

// settle sorts lines and makes one of each person's day.
func (b *Book) settle() {
	if b.sorted {
		return
	}
	order := func(x, y bookLine) int {
		return cmp.Or(cmp.Compare(x.person, y.person), cmp.Compare(x.day, y.day), cmp.Compare(x.amount, y.amount))
	}
	slices.SortFunc(b.lines, order) // by amount too: sums of floating numbers depend on their order
	slices.SortFunc(b.refunds, order)
	out := b.lines[:0]
	for _, l := range b.lines {
		if n := len(out); n > 0 && out[n-1].person == l.person && out[n-1].day == l.day {
			out[n-1].amount += l.amount
			continue
		}
		out = append(out, l)
	}
	b.lines = out
	b.sorted = true
}

// span is the first and the last day with a purchase.
func (b *Book) span() (first, last Day) {
	if len(b.lines) == 0 {
		return 0, 0
	}
	first, last = b.lines[0].day, b.lines[0].day
	for _, l := range b.lines {
		first, last = min(first, l.day), max(last, l.day)
	}
	return first, last
}

// gap refuses a book in which nobody bought for a long time: two shops in one
// file, or a date that is a slip of the pen.
func (b *Book) gap() error {
	days := make([]Day, len(b.lines))
	for i, l := range b.lines {
		days[i] = l.day
	}
	slices.Sort(days)
	days = slices.Compact(days)
	first, last := days[0], days[len(days)-1]
	for i := 1; i < len(days); i++ {
		wide := days[i] - days[i-1]
		if wide > longestGapDays || wide > shortestDays && wide > (last-first)/2 {
			before := 0
			for _, l := range b.lines {
				if l.day < days[i] {
					before++
				}
			}
			r := refuse(LongGap)
			more := i18n.T("（%s 之后到 %s 之前；之前有 %d 笔，之后有 %d 笔）", " (after %s and before %s; %d purchases before, %d since)", days[i-1], days[i], before, len(b.lines)-before)
			r.ZH += more.ZH
			r.EN += more.EN
			return r
		}
	}
	return nil
}

// Customer is one person as of a day.
type Customer struct {
	Row
	Person int32
	// Spend is of the purchases after the first, less refunds in proportion; X is 0
	// where there is nothing to tell a value from.
	Spend Spend
	First Day
	// Returned: all that she paid came back.
	Returned bool
}

// Customers is everybody who first bought until end, as of end. unitDays is that of
// the models that will be asked about them.
func (b *Book) Customers(end Day, unitDays float64) []Customer { return b.customers(end, unitDays) }

// customers is everybody who first bought until end, as of end. days is how many
// days the unit of time has.
func (b *Book) customers(end Day, days float64) []Customer {
	b.settle()
	var out []Customer
	k := 0
	for i := 0; i < len(b.lines); {
		j := i
		for j < len(b.lines) && b.lines[j].person == b.lines[i].person {
			j++
		}
		first := b.lines[i].day
		if first <= end {
			c := Customer{Person: b.lines[i].person, First: first}
			c.People = 1
			c.Age = float64(end-first) / days
			paid, later, valued := b.lines[i].amount, 0.0, 0
			for _, l := range b.lines[i+1 : j] {
				if l.day > end {
					break
				}
				c.X++
				c.Recency = float64(l.day-first) / days
				if l.amount > 0 {
					later += l.amount
					valued++
				}
			}
			paid += later
			back := 0.0
			for ; k < len(b.refunds) && b.refunds[k].person <= c.Person; k++ {
				if b.refunds[k].person == c.Person && b.refunds[k].day <= end {
					back += b.refunds[k].amount
				}
			}
			c.Returned = back > 0 && back >= paid
			if later > 0 && !c.Returned {
				c.Spend = Spend{X: valued, Mean: later / float64(valued) * (1 - back/paid)}
			}
			out = append(out, c)
		}
		i = j
	}
	return out
}

func rowsOf(customers []Customer) []Row {
	rows := make([]Row, len(customers))
	for i, c := range customers {
		rows[i] = c.Row
	}
	return Collapse(rows)
}

func spendsOf(customers []Customer) (spends []Spend) {
	for _, c := range customers {
		if c.Spend.X > 0 {
			spends = append(spends, c.Spend)
		}
	}
	return spends
}
