package predicate_test

import (
	"errors"
	"testing"
	"unicode/utf8"

	"fishpond/internal/platform/errs"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

// settled checks what must hold of every tree that was let in.
func settled(t *testing.T, e predicate.Expr) {
	t.Helper()
	text := predicate.Format(e)
	parsed, err := predicate.Parse(text)
	if len(text) > predicate.MaxText {
		return // JSON may hold more than a text
	}
	if err != nil {
		t.Fatalf("%q was written and is not understood: %v", text, err)
	}
	if again := predicate.Format(parsed); again != text {
		t.Fatalf("%q is written as %q the next time", text, again)
	}
	decoded, err := predicate.Decode(predicate.Encode(parsed))
	if err != nil || !predicate.Same(parsed, decoded) {
		t.Fatalf("%s does not come back: %v", predicate.Encode(parsed), err)
	}
	c := predicatetest.Catalogue()
	compiled, err := predicate.Compile(e, c, predicatetest.Now)
	if err != nil {
		refused(t, err)
		return
	}
	p := plan.Person{Seq: 1, Stage: "new"}
	plan.Eval(compiled.Plan, &p)
	again, err := predicate.Compile(compiled.Expr, c, predicatetest.Now)
	if err != nil || plan.Key(again.Plan) != plan.Key(compiled.Plan) {
		t.Fatalf("%s bound means %s, before %s (%v)", text, plan.Key(again.Plan), plan.Key(compiled.Plan), err)
	}
}

func refused(t *testing.T, err error) {
	t.Helper()
	var e *errs.Error
	if !errors.As(err, &e) || e.Code != errs.CodeInvalid || len(e.Fields) == 0 {
		t.Fatalf("refused without a reason: %v", err)
	}
	for _, f := range e.Fields {
		if f.Text.ZH == "" || f.Text.EN == "" || !utf8.ValidString(f.Text.ZH+f.Text.EN) || len(f.Text.EN) > 2000 {
			t.Fatalf("a reason that nobody can read: %+v", f)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`stage = silent and region in (山东, 河南) and gmv > 500 and tag:母婴 and not tag:易退款 and did order.paid >= 2 in 90d and not did message.opened in 30d`,
		`(birthday this week or anniversary of wedding in next 7 days) and age between 18 and 35`,
		`did order.paid where (sku has any of (A-1) and amount >= 99.5) sum amount > 1000 between 60d and 30d ago`,
		`first order.paid since 2026-01-01 or last order.paid before 90d ago or did order.paid within 7d of joining`,
		`tag in (#tag_1, 风险/*, 服务/投诉) and segment:"VIP (2026)" and not list:内测 or random from 10% to 20% salt "x"`,
		`consent marketing granted and reachable any and has identity phone and owner = #stf_1 and everyone`,
		`name = "say \"hi\" \\o/" or 昵称 starts with “它's” and trait:gmv != -1.5`,
		`not not (nobody)`, `interests has all of (茶，酒、"a")`, `did page.viewed where (n > 1 and s is set and b = true)`, "\ufeff", `"`, `-`, `1e5`, `！＝`, `x between 5 days and`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := predicate.Parse(text)
		if err != nil {
			refused(t, err)
			var e *errs.Error
			errors.As(err, &e)
			if at := e.Fields[0].Value.(predicate.Position); at.Offset < 0 || at.Offset+at.Length > len(text) || at.Line < 1 || at.Column < 1 {
				t.Fatalf("a place outside of the text: %+v", at)
			}
			return
		}
		settled(t, e)
	})
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"op":"and","of":[{"op":"compare","field":"stage","is":"=","value":"silent"},{"op":"not","of":{"op":"tag","any":[{"name":"母婴"},{"group":"风险"}]}}]}`,
		`{"op":"or","of":[{"op":"compare","trait":"score","is":"between","values":[1,2.5]},{"op":"compare","field":"owner","is":"=","value":{"id":"stf_1","name":"x"}}]}`,
		`{"op":"did","event":"order.paid","where":[{"property":"sku","is":"in","values":["A"]}],"measure":"sum","property":"amount","is":">","value":1e3,"window":{"from_ago":"60d","to_ago":"30d"}}`,
		`{"op":"first","event":"order.paid","window":{"since":"2026-01-01"}}`, `{"op":"anniversary","field":"birthday","window":{"next":"7d"}}`,
		`{"op":"random","from":100,"to":2000,"salt":"x"}`, `{"op":"segment","segment":{"id":"seg_1"}}`, `{"op":"reachable"}`, `[]`, `{"op":"everyone",}`, `{"a":"\ud800"}`, `-`, `"\`,
		`{"op":"did","event":"page.viewed","is":"between","values":[1,2],"window":{"since_joining":true}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := predicate.Decode(data)
		if err != nil {
			refused(t, err)
			return
		}
		settled(t, e)
		if parsed, err := predicate.Parse(predicate.Format(e)); err == nil && !hasBoth(e) && !predicate.Same(parsed, e) {
			t.Fatalf("%s is read back as %s", predicate.Encode(e), predicate.Encode(parsed))
		}
	})
}

// hasBoth reports whether a reference has an id and a name: the text keeps the
// name alone.
func hasBoth(e predicate.Expr) bool {
	both := func(r predicate.Ref) bool { return r.ID != "" && r.Name != "" }
	switch e := e.(type) {
	case *predicate.And:
		for _, x := range e.Of {
			if hasBoth(x) {
				return true
			}
		}
	case *predicate.Or:
		for _, x := range e.Of {
			if hasBoth(x) {
				return true
			}
		}
	case *predicate.Not:
		return hasBoth(e.Of)
	case *predicate.Tag:
		for _, r := range e.Any {
			if both(r.Ref) || r.ID != "" && r.Group != "" {
				return true
			}
		}
	case *predicate.Segment:
		return both(e.Ref)
	case *predicate.List:
		return both(e.Ref)
	case *predicate.Compare:
		return refs(e.Values)
	case *predicate.Did:
		return conditions(e.Where)
	case *predicate.Edge:
		return conditions(e.Where)
	}
	return false
}

func refs(values []predicate.Value) bool {
	for _, v := range values {
		if v.Kind == predicate.RefValue && v.Text != "" {
			return true
		}
	}
	return false
}

func conditions(where []predicate.Condition) bool {
	for _, c := range where {
		if refs(c.Values) {
			return true
		}
	}
	return false
}
