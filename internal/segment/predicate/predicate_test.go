package predicate_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

// TestRoundTrips: text and JSON say the same as the tree they are made of,
// and what is read back means the same.
func TestRoundTrips(t *testing.T) {
	c := predicatetest.Catalogue()
	rapid.Check(t, func(t *rapid.T) {
		e := predicatetest.Trees(4).Draw(t, "tree")
		encoded := predicate.Encode(e)
		if !json.Valid(encoded) {
			t.Fatalf("not JSON: %s", encoded)
		}
		decoded, err := predicate.Decode(encoded)
		if err != nil || !predicate.Same(e, decoded) {
			t.Fatalf("%s came back as %s (%v)", encoded, predicate.Encode(orNobody(decoded)), err)
		}
		text := predicate.Format(e)
		parsed, err := predicate.Parse(text)
		if err != nil || !predicate.Same(e, parsed) {
			t.Fatalf("%s\nof %s\ncame back as %s (%v)", text, encoded, predicate.Encode(orNobody(parsed)), err)
		}
		compiled, err := predicate.Compile(e, c, predicatetest.Now)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		fromText, err := predicate.CompileText(text, c, predicatetest.Now)
		if err != nil || plan.Key(fromText.Plan) != plan.Key(compiled.Plan) {
			t.Fatalf("%s means %s, its text %s (%v)", encoded, plan.Key(compiled.Plan), plan.Key(fromText.Plan), err)
		}
		again, err := predicate.CompileText(predicate.Format(compiled.Expr), c, predicatetest.Now)
		if err != nil || !predicate.Same(again.Expr, compiled.Expr) {
			t.Fatalf("bound %s came back as %s (%v)", predicate.Encode(compiled.Expr), predicate.Encode(orNobody(again.Expr)), err)
		}
	})
}

func orNobody(e predicate.Expr) predicate.Expr {
	if e == nil {
		return &predicate.Nobody{}
	}
	return e
}
