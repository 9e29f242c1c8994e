package fulltext

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever stands in a message is found by any two neighbouring characters of
// Chinese in it and by every word, however they are written.
func TestWhatIsThereIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := rapid.StringMatching(`[a-z 你好，。]{0,20}`).Draw(t, "before"), rapid.StringMatching(`[ ，。！][a-z 茶山]{0,20}`).Draw(t, "after")
		word := rapid.SampledFrom([]string{"龙井", "ＡＢＣ", "Straße", "カメラ", "3000mAh", "雨前龙井茶"}).Draw(t, "word")
		terms := strings.Fields(Terms("org_1", before+" "+word+after))
		query := Query("org_1", strings.ToLower(word))
		if len(query) == 0 {
			t.Fatalf("%s asks for nothing", word)
		}
		for _, w := range query {
			if !slices.ContainsFunc(terms, func(have string) bool { return have == w.Term || w.Prefix && strings.HasPrefix(have, w.Term) }) {
				t.Fatalf("%s in %q: %s is not among %v", word, before+" "+word+after, w.Term, terms)
			}
		}
	})
}

func TestTermsOfOrgsDiffer(t *testing.T) {
	if a, b := Terms("org_1", "龙井茶"), Terms("org_2", "龙井茶"); a == b || len(strings.Fields(a)) != 3 {
		t.Errorf("%q %q", a, b)
	}
	if got := len(Query("org_1", strings.Repeat("很长的问题", 40))); got != maxWanted {
		t.Errorf("%d", got)
	}
	if Terms("org_1", " ，。!") != "" || Query("org_1", "！") != nil {
		t.Error("marks are found")
	}
	if Doc("msg_a", 2_000_000) <= Doc("msg_b", 1_000_000) {
		t.Error("later messages have greater numbers")
	}
}

func TestWords(t *testing.T) {
	got := Words("Is 龙井茶 in STOCK")
	if len(got) != 3 || !got["龙井"] || !got["井茶"] || !got["stock"] {
		t.Errorf("%v", got)
	}
}
