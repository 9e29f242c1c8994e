package predicate_test

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/predicatetest"
)

// schema is the part of JSON Schema that ours uses.
type schema struct {
	root map[string]any
}

func readSchema(t interface{ Fatal(...any) }) schema {
	var s schema
	if err := json.Unmarshal(predicate.Schema, &s.root); err != nil {
		t.Fatal(err)
	}
	return s
}

// check returns what is wrong with v, or "".
func (s schema) check(rule map[string]any, v any) string {
	for word, arg := range rule {
		if problem := s.word(rule, word, arg, v); problem != "" {
			return problem
		}
	}
	return ""
}

func (s schema) word(rule map[string]any, word string, arg, v any) string {
	object, isObject := v.(map[string]any)
	list, isList := v.([]any)
	text, isText := v.(string)
	number, isNumber := v.(float64)
	say := func(bad bool) string {
		if bad {
			return fmt.Sprintf("%v breaks %s %v", v, word, arg)
		}
		return ""
	}
	switch word {
	case "$schema", "$id", "$defs", "title", "description":
	case "$ref":
		name := strings.TrimPrefix(arg.(string), "#/$defs/")
		return s.check(s.root["$defs"].(map[string]any)[name].(map[string]any), v)
	case "type":
		_, isBool := v.(bool)
		return say(!map[string]bool{"object": isObject, "array": isList, "string": isText, "number": isNumber, "integer": isNumber && number == math.Trunc(number), "boolean": isBool}[arg.(string)])
	case "const":
		return say(v != arg)
	case "enum":
		return say(!slices.Contains(arg.([]any), v))
	case "minLength":
		return say(isText && utf8.RuneCountInString(text) < int(arg.(float64)))
	case "maxLength":
		return say(isText && utf8.RuneCountInString(text) > int(arg.(float64)))
	case "pattern":
		return say(isText && !regexp.MustCompile(arg.(string)).MatchString(text))
	case "minimum":
		return say(isNumber && number < arg.(float64))
	case "maximum":
		return say(isNumber && number > arg.(float64))
	case "minItems":
		return say(isList && len(list) < int(arg.(float64)))
	case "maxItems":
		return say(isList && len(list) > int(arg.(float64)))
	case "minProperties":
		return say(isObject && len(object) < int(arg.(float64)))
	case "items":
		for _, item := range list {
			if problem := s.check(arg.(map[string]any), item); problem != "" {
				return problem
			}
		}
	case "required":
		for _, name := range arg.([]any) {
			if _, ok := object[name.(string)]; !ok {
				return say(true)
			}
		}
	case "properties":
		for name, rule := range arg.(map[string]any) {
			if item, ok := object[name]; ok {
				if problem := s.check(rule.(map[string]any), item); problem != "" {
					return problem
				}
			}
		}
	case "additionalProperties":
		for name := range object {
			if _, ok := rule["properties"].(map[string]any)[name]; !ok {
				return name + " is not declared"
			}
		}
	case "anyOf", "oneOf":
		n, why := 0, ""
		for _, option := range arg.([]any) {
			problem := s.check(option.(map[string]any), v)
			if problem == "" {
				n++
			} else {
				why += "; " + problem
			}
		}
		if n == 0 || word == "oneOf" && n > 1 {
			return fmt.Sprintf("%v fits %d%s", v, n, why)
		}
	default:
		return "the test does not know " + word
	}
	return ""
}

// TestSchemaAcceptsTrees: what Encode writes fits the schema.
func TestSchemaAcceptsTrees(t *testing.T) {
	s := readSchema(t)
	c := predicatetest.Catalogue()
	rapid.Check(t, func(t *rapid.T) {
		e := predicatetest.Trees(3).Draw(t, "tree")
		bound, err := predicate.Compile(e, c, predicatetest.Now)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range []predicate.Expr{e, bound.Expr} {
			var v any
			if err := json.Unmarshal(predicate.Encode(e), &v); err != nil {
				t.Fatal(err)
			}
			if problem := s.check(s.root, v); problem != "" {
				t.Fatalf("%s: %s", predicate.Encode(e), problem)
			}
		}
	})
}

// TestSchemaAgreesWithDecode: wherever a tree is damaged, schema and Decode
// give the same verdict, but for what a schema cannot say.
func TestSchemaAgreesWithDecode(t *testing.T) {
	s := readSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		var v any
		if err := json.Unmarshal(predicate.Encode(predicatetest.Trees(2).Draw(t, "tree")), &v); err != nil {
			t.Fatal(err)
		}
		damage(t, v)
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		_, refused := predicate.Decode(data)
		if problem := s.check(s.root, v); problem != "" && refused == nil {
			t.Fatalf("Decode takes %s, the schema does not: %s", data, problem)
		}
	})
}

// damage changes something in an object anywhere in v.
func damage(t *rapid.T, v any) {
	switch v := v.(type) {
	case []any:
		damage(t, v[rapid.IntRange(0, len(v)-1).Draw(t, "entry")])
	case map[string]any:
		name := rapid.SampledFrom(slices.Sorted(keys(v))).Draw(t, "member")
		switch rapid.SampledFrom([]string{"inside", "drop", "add", "type", "other"}).Draw(t, "damage") {
		case "inside":
			damage(t, v[name])
		case "drop":
			delete(v, name)
		case "add":
			v["extra"] = 1
		case "type":
			v[name] = rapid.SampledFrom([]any{1.5, true, nil, "x", []any{}, map[string]any{}}).Draw(t, "value")
		case "other":
			v["op"] = rapid.SampledFrom([]any{"and", "or", "not", "tag", "random", "did", "first", "compare"}).Draw(t, "op")
		}
	}
}

func keys(m map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// TestSchemaKnowsEveryField: the built-in fields are listed in it.
func TestSchemaKnowsEveryField(t *testing.T) {
	var names []any
	for _, f := range predicate.BuiltIns {
		names = append(names, f.Name)
	}
	s := readSchema(t)
	if got := s.root["$defs"].(map[string]any)["field"].(map[string]any)["enum"]; !slices.Equal(got.([]any), names) {
		t.Errorf("the schema lists %v, the package %v", got, names)
	}
}
