package predicate_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

// TestDocs: the examples in docs/segments.md mean something, and are written
// as Format writes them.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../../docs/segments.md")
	if err != nil {
		t.Fatal(err)
	}
	def := predicatetest.Definitions()
	def.Events = predicate.StandardEvents()
	def.Tags = append(def.Tags, predicate.TagDef{ID: "tag_9", Name: "干性", Group: "肤质"})
	c := predicate.NewCatalogue(def)
	_, after, _ := strings.Cut(string(page), "```\n")
	sentence, rest, _ := strings.Cut(after, "```")
	table, _, _ := strings.Cut(rest, "## Rules")
	examples := []string{strings.Join(strings.Fields(sentence), " ")}
	for _, m := range regexp.MustCompile("(?m)\\| `(.*)` \\|$").FindAllStringSubmatch(table, -1) {
		examples = append(examples, m[1])
	}
	if len(examples) < 15 {
		t.Fatalf("only %d examples found", len(examples))
	}
	for _, text := range examples {
		compiled, err := predicate.CompileText(text, c, predicatetest.Now)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if _, nobody := compiled.Plan.(plan.None); nobody {
			t.Errorf("%s describes nobody", text)
		}
		e, err := predicate.Parse(text)
		if got := predicate.Format(e); err != nil || got != text {
			t.Errorf("%s is written as %s (%v)", text, got, err)
		}
	}
	// The JSON at the end of the page, with an id made up.
	_, example, _ := strings.Cut(string(page), "```json\n")
	example, _, _ = strings.Cut(example, "```")
	example = strings.Replace(example, "tag_0199…", "tag_1", 1)
	e, err := predicate.Decode([]byte(example))
	if err == nil {
		_, err = predicate.Compile(e, c, predicatetest.Now)
	}
	if err != nil {
		t.Errorf("%s: %v", example, err)
	}
	if !strings.Contains(string(page), "1587309685") || plan.Share(0, 1, "").Hash(1) != 1587309685 {
		t.Error("the vectors of the page are others")
	}
}
