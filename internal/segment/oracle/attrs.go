package oracle

import "fishpond/internal/segment/predicate/plan"

// column is a built-in attribute: its expression, and the condition under
// which it is set; empty: always.
type column struct{ value, set string }

var columns = map[string]column{
	"stage":    text("stage"),
	"region":   text("region"),
	"gender":   text("gender"),
	"owner":    text("owner"),
	"name":     text("name"),
	"channel":  text("channel"),
	"source":   text("source"),
	"birthday": {"p.birthday", "p.birthday_md <> 0"},

	"orders":   {"p.orders", ""},
	"refunds":  {"p.refunds", ""},
	"gmv":      {"p.gmv_minor", ""},
	"refunded": {"p.refunded_minor", ""},
	// Cut towards zero on both engines. Never a division by 0, in whatever
	// order conditions are tried.
	"average_order": {"(p.gmv_minor / CASE WHEN p.orders = 0 THEN 1 ELSE p.orders END)", "p.orders <> 0"},

	"first_order":   nonzero("first_order_at"),
	"last_order":    nonzero("last_order_at"),
	"created":       nonzero("created_at"),
	"rfm.recency":   nonzero("rfm_recency"),
	"rfm.frequency": nonzero("rfm_frequency"),
	"rfm.monetary":  nonzero("rfm_monetary"),
}

func text(name string) column { return column{"p." + name, "p." + name + " <> ''"} }

func nonzero(name string) column { return column{"p." + name, "p." + name + " <> 0"} }

// attr is whether an attribute is set and, if test is not nil, meets it; test
// writes a condition on the value.
func (b *builder) attr(a plan.Attr, test func(value func())) {
	if a.Trait {
		b.trait(a, test)
		return
	}
	c, ok := columns[a.Name]
	switch {
	case !ok:
		b.put("FALSE")
	case test == nil && c.set == "":
		b.put("TRUE")
	case test == nil:
		b.put(c.set)
	default:
		b.put("(")
		if c.set != "" {
			b.put(c.set + " AND ")
		}
		test(func() { b.put(c.value) })
		b.put(")")
	}
}

// trait asks for a row that has the trait and meets a test.
func (b *builder) trait(a plan.Attr, test func(value func())) {
	if !storable(a.Name) {
		b.put("FALSE")
		return
	}
	end := b.sub("segment_trait t", "t.seq")
	b.org("t.org_id")
	b.put(" AND t.trait_key = ")
	b.text(a.Name)
	value := "t.num"
	switch a.Type {
	case plan.Text:
		value = "t.txt"
		b.put(" AND t.txt <> ''")
	case plan.List:
		value = "t.txt"
	}
	if test != nil {
		b.put(" AND ")
		test(func() { b.put(value) })
	}
	end()
}

// days is whether a date's month and day lie in spans.
func (b *builder) days(n plan.Days) {
	if !n.Attr.Trait {
		if n.Attr.Name != "birthday" {
			b.put("FALSE")
			return
		}
		b.spans(func() { b.put("p.birthday_md") }, n.Spans)
		return
	}
	b.trait(n.Attr, func(value func()) {
		b.spans(func() {
			if b.pg {
				b.put("to_char(DATE '1970-01-01' + ")
				value()
				b.put("::int, 'MMDD')::bigint")
				return
			}
			b.put("CAST(strftime('%m%d', ")
			value()
			b.put(" * 86400, 'unixepoch') AS INTEGER)")
		}, n.Spans)
	})
}
