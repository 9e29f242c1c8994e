package segment

import (
	"fmt"

	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
)

// query is a question that is measured.
type query struct {
	name string
	text string // as an operator would type it
	plan plan.Node
}

// bigSpenders is the segment that the nested query refers to.
const bigSpenders = "gmv >= 1000 and orders >= 3 and not tag:易退款"

var texts = []struct{ name, text string }{
	{"attributes and tags", "stage = silent and region in (山东, 河南) and gmv > 500 and tag:母婴 and not tag:易退款"},
	{"the sentence", "stage = silent and region in (山东, 河南) and gmv > 500 and tag:母婴 and not tag:易退款 and did order.paid >= 2 in 90d and not did message.opened in 30d"},
	{"behaviour window", "did order.paid >= 2 in 90d"},
	{"never did", "not did message.opened in 30d"},
	{"birthday and tags", "birthday this week and (tag:会员 or tag:关注新品)"},
	{"broad range", "gmv between 100 and 2000"},
	{"nested", "segment:大客户 and region = 广东 and not tag:价格敏感"},
	{"sum of events", "did order.paid sum amount >= 500 in 90d"},
	{"since joining", "did order.paid within 7d of joining"},
	{"random tenth of reachable", "random 10% salt x and reachable sms and consent marketing granted"},
}

// queries compiles the questions for the present.
func queries() (out []query, nested plan.Node, err error) {
	c := predicate.NewCatalogue(definitions())
	big, err := predicate.CompileText(bigSpenders, c, present)
	if err != nil {
		return nil, nil, fmt.Errorf("bench: %s: %w", bigSpenders, err)
	}
	for _, t := range texts {
		compiled, err := predicate.CompileText(t.text, c, present)
		if err != nil {
			return nil, nil, fmt.Errorf("bench: %s: %w", t.text, err)
		}
		out = append(out, query{t.name, t.text, compiled.Plan})
	}
	return out, big.Plan, nil
}
