package insight

import (
	"slices"
	"strconv"
	"strings"

	"fishpond/internal/insight/stream"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// EventCondition is something that an event's property must meet.
type EventCondition struct {
	Property string   `json:"property" minLength:"1" maxLength:"40" doc:"As in the event's data; sku and product are those of its items"`
	Is       string   `json:"is" enum:"=,!=,>,>=,<,<=,between" doc:"!= also needs the property to be there. Of several values, as SKUs, one must meet it; for != all"`
	Values   []string `json:"values" minItems:"1" maxItems:"100" nullable:"false" doc:"Texts or numbers; = and != take several, between takes two, both included. Texts have up to 64 characters, numbers up to four decimals, money is in minor units"`
	compiled *compiledCondition
}

type compiledCondition struct {
	texts   []string
	numbers []int64
}

// compile reads the values. A value that reads as a number is compared with
// numbers and texts, any other with texts only.
func (c *EventCondition) compile(field string) error {
	bad := func(m i18n.Text) error { return errs.InvalidField(field+".values", m) }
	c.compiled = &compiledCondition{}
	for _, v := range c.Values {
		v = strings.TrimSpace(v)
		if len([]rune(v)) > maxText {
			return bad(i18n.T("属性值最多 %d 个字", "A value has at most %d characters", maxText))
		}
		c.compiled.texts = append(c.compiled.texts, v)
		if _, err := strconv.ParseFloat(v, 64); err == nil {
			if n, ok := number(v); ok {
				c.compiled.numbers = append(c.compiled.numbers, n)
			}
		}
	}
	ordered := c.Is != "=" && c.Is != "!="
	switch {
	case ordered && len(c.compiled.numbers) != len(c.Values):
		return bad(i18n.T("比较大小需要填数字", "Only numbers can be compared by size"))
	case c.Is == "between" && len(c.Values) != 2:
		return bad(i18n.T("“介于”需要两个数字", "between takes two numbers"))
	case ordered && c.Is != "between" && len(c.Values) != 1:
		return bad(i18n.T("“%s”只能填一个数字", "%s takes one number", c.Is))
	case c.Is == "between" && c.compiled.numbers[0] > c.compiled.numbers[1]:
		return bad(i18n.T("“介于”的第一个数字不能大于第二个", "The first number of between must not be greater than the second"))
	}
	return nil
}

func (c *EventCondition) number(v int64) bool {
	n := c.compiled.numbers
	switch c.Is {
	case "=":
		return slices.Contains(n, v)
	case "!=":
		return !slices.Contains(n, v)
	case ">":
		return v > n[0]
	case ">=":
		return v >= n[0]
	case "<":
		return v < n[0]
	case "<=":
		return v <= n[0]
	}
	return v >= n[0] && v <= n[1]
}

func (c *EventCondition) text(s string) bool {
	switch c.Is {
	case "=":
		return slices.Contains(c.compiled.texts, s)
	case "!=":
		return !slices.Contains(c.compiled.texts, s)
	}
	return false
}

// all tells that every value must meet the condition, not just one.
func (c *EventCondition) all() bool { return c.Is == "!=" }

// holds tells whether an event with these values meets the condition.
func (c *EventCondition) holds(values []stream.Value) bool {
	some := false
	for _, v := range values {
		if v.Name != c.Property {
			continue
		}
		ok := v.Number && c.number(v.Num) || !v.Number && c.text(v.Text)
		if ok && !c.all() {
			return true
		}
		if !ok && c.all() {
			return false
		}
		some = some || ok
	}
	return some
}

// mark sets in each row of a part the bits of the conditions that it meets: bit i
// is that of conds[i]. A column is read once, however many conditions look at it.
func mark(conds []EventCondition, columns map[stream.Column][]byte, mask []uint64) error {
	failed := map[int]uint64{} // of conditions that all values must meet, those that one does not
	for col, data := range columns {
		some, all := uint64(0), uint64(0) // conditions on this column
		for bit := range conds {
			switch c := &conds[bit]; {
			case c.Property != col.Name:
			case c.all():
				all |= 1 << bit
			default:
				some |= 1 << bit
			}
		}
		if some|all == 0 {
			continue
		}
		add := func(row int, met uint64) {
			if row >= len(mask) {
				return
			}
			mask[row] |= met
			if left := all &^ met; left != 0 {
				failed[row] |= left
			}
		}
		each := func(meets func(*EventCondition) bool) (met uint64) {
			for bit := range conds {
				if (some|all)>>bit&1 == 1 && meets(&conds[bit]) {
					met |= 1 << bit
				}
			}
			return met
		}
		var fits []uint64 // by the code of a text
		if err := stream.ReadColumn(data, col, func(dict []string) {
			fits = make([]uint64, len(dict))
			for i, s := range dict {
				fits[i] = each(func(c *EventCondition) bool { return c.text(s) })
			}
		}, func(row int, v int64) { add(row, each(func(c *EventCondition) bool { return c.number(v) })) }, func(row, code int) { add(row, fits[code]) }); err != nil {
			return err
		}
	}
	for row, bits := range failed {
		mask[row] &^= bits
	}
	return nil
}
