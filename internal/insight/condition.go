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

// mark sets the bit of each row of a part that meets the condition.
func (c *EventCondition) mark(columns map[stream.Column][]byte, mask []uint16, bit uint16) error {
	var failed map[int]bool // rows with a value that does not meet it
	add := func(row int, ok bool) {
		if row >= len(mask) {
			return
		}
		if ok {
			mask[row] |= bit
		} else if c.all() {
			if failed == nil {
				failed = map[int]bool{}
			}
			failed[row] = true
		}
	}
	for col, data := range columns {
		if col.Name != c.Property {
			continue
		}
		var fits []bool
		err := stream.ReadColumn(data, col, func(dict []string) {
			fits = make([]bool, len(dict))
			for i, s := range dict {
				fits[i] = c.text(s)
			}
		}, func(row int, v int64) { add(row, c.number(v)) }, func(row, code int) { add(row, fits[code]) })
		if err != nil {
			return err
		}
	}
	for row := range failed {
		mask[row] &^= bit
	}
	return nil
}
