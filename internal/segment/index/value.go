package index

import (
	"encoding/json"
	"math"
	"strconv"

	"fishpond/internal/segment/predicate/plan"
)

// ordered reads a JSON value as an ordered type, as plan.Eval does.
func ordered(t plan.Type, v any) (int64, bool) {
	switch t {
	case plan.Count, plan.Money:
		if n, ok := v.(int64); ok {
			return n, true
		}
		f, ok := float(v)
		return int64(f), ok && f == math.Trunc(f) && math.Abs(f) <= plan.MaxMoney
	case plan.Number:
		if n, ok := v.(int64); ok {
			return plan.Fixed(float64(n))
		}
		if f, ok := float(v); ok {
			return plan.Fixed(f)
		}
	case plan.Date:
		s, _ := v.(string)
		d, ok := plan.ParseDay(s)
		return int64(d), ok
	case plan.Instant:
		n, ok := v.(int64)
		return n, ok && n != 0
	}
	return 0, false
}

func float(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case json.Number:
		f, err := strconv.ParseFloat(string(n), 64)
		return f, err == nil
	}
	return 0, false
}

// elements are the texts of a list.
func elements(v any) (out []string) {
	switch l := v.(type) {
	case []string:
		return l
	case []any:
		for _, e := range l {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}
