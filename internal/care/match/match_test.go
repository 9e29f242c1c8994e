package match

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func build(tb testing.TB, words ...string) *Automaton {
	tb.Helper()
	var plain []string
	for _, w := range words {
		plain = append(plain, Fold(w))
	}
	a, err := Build(plain)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// found is what Find tells, as "word@start-end".
func found(a *Automaton, words []string, text string) (out []string) {
	a.Find(text, func(h Hit) bool {
		out = append(out, fmt.Sprintf("%s@%d-%d", words[h.Word], h.Start, h.End))
		return true
	})
	return out
}

func TestFind(t *testing.T) {
	words := []string{"微信", "加微信", "vx", "返利", "class", "ass", "138", "退款", "café"}
	a := build(t, words...)
	for text, want := range map[string]string{
		"加我微信":       "微信@2-4",
		"请加微信":       "加微信@1-4 微信@2-4",
		"微 信":        "微信@0-3",
		"微.*!信，返-利":  "微信@0-5 返利@6-9",
		"微\u200b信":   "微信@0-3",
		"ＶＸ和Vx":      "vx@0-2 vx@3-5",
		"vx123":      "vx@0-2",
		"vxx":        "",
		"as soon":    "",
		"classic":    "",
		"Class!":     "class@0-5",
		"a s s":      "ass@0-5",
		"138":        "138@0-3",
		"电话138转":     "138@2-5",
		"13800":      "",
		"１３８":        "138@0-3",
		"CAFE\u0301": "café@0-4",
		"":           "",
		"😀退😀款":       "退款@1-4",
		"\xff微\xfe信": "微信@1-4",
		"ⓥⓧ":         "vx@0-2",
		"⒈⒊8":        "138@0-3",
	} {
		if got := strings.Join(found(a, words, text), " "); got != want {
			t.Errorf("%q: %s, not %s", text, got, want)
		}
	}
}

func TestBuildRefuses(t *testing.T) {
	for _, words := range [][]string{{""}, {"a", "a"}, {strings.Repeat("a", MaxFolded+1)}} {
		if _, err := Build(words); err == nil {
			t.Errorf("%.10q was built", words)
		}
	}
	a, err := Build(nil)
	if err != nil || found(a, nil, "anything") != nil || (*Automaton)(nil).Words() != 0 {
		t.Errorf("no words: %v", err)
	}
}

// naive says what Find must, word by word.
func naive(words []string, text string) (out []string) {
	f := fold(text)
	for end := range f.plain {
		for k := range words {
			start := end + 1 - len(words[k])
			if start < 0 || string(f.plain[start:end+1]) != words[k] || start > 0 && f.from[start-1] == f.from[start] || end+1 < len(f.plain) && f.from[end+1] == f.from[end] {
				continue
			}
			if s, e := int(f.from[start]), int(f.from[end])+1; f.whole(s, e) {
				out = append(out, fmt.Sprintf("%s@%d-%d", words[k], s, e))
			}
		}
	}
	slices.Sort(out)
	return out
}

func FuzzFind(f *testing.F) {
	f.Add("微信\n加微信\nabc\nbc\nc", "加 微信 ABC aＢc x")
	f.Add("aa\naaa\na", "aaaa a a")
	f.Add("ﬁ\nf\ni", "ﬁ f i ﬀi")
	f.Add("\U0002b746日\n日", "\U0002b746日")
	f.Fuzz(func(t *testing.T, list, text string) {
		seen := map[string]bool{}
		var words []string
		for w := range strings.SplitSeq(list, "\n") {
			if w = Fold(w); w != "" && len(w) <= MaxFolded && !seen[w] && len(words) < 40 {
				seen[w], words = true, append(words, w)
			}
		}
		a, err := Build(words)
		if err != nil {
			t.Fatal(err)
		}
		got := found(a, words, text)
		slices.Sort(got)
		if len(text) > 4000 {
			return // the oracle is slow
		}
		if want := naive(words, text); !slices.Equal(got, want) {
			t.Errorf("%q in %q: %v, not %v", words, text, got, want)
		}
		a.Find(text, func(h Hit) bool {
			if h.Start < 0 || h.Start >= h.End || h.End > utf8.RuneCountInString(text) {
				t.Errorf("%+v lies outside %q", h, text)
			}
			return true
		})
	})
}

func randomWords(n int, seed uint64) []string {
	r := rand.New(rand.NewPCG(seed, 1))
	seen := make(map[string]bool, n)
	out := make([]string, 0, n)
	for len(out) < n {
		var w []rune
		for range 2 + r.IntN(5) {
			w = append(w, rune(0x4e00+r.IntN(4000)))
		}
		if !seen[string(w)] {
			seen[string(w)], out = true, append(out, string(w))
		}
	}
	return out
}

func randomText(chars int) string {
	r := rand.New(rand.NewPCG(7, 7))
	b := make([]rune, chars)
	for i := range b {
		b[i] = rune(0x4e00 + r.IntN(4000))
	}
	return string(b)
}

// TestManyWords: 300,000 words are built within seconds and all found.
func TestManyWords(t *testing.T) {
	words := randomWords(300_000, 3)
	a := build(t, words...) // how long that takes, BenchmarkBuild300k tells
	for i := 0; i < len(words); i += 997 {
		hit := false
		a.Find("“"+words[i]+"”", func(h Hit) bool {
			hit = hit || h.Word == i && h.Start == 1 && h.End == 1+utf8.RuneCountInString(words[i])
			return true
		})
		if !hit {
			t.Fatalf("%s is not found", words[i])
		}
	}
}

// BenchmarkBuild300k also tells what stays in memory of it.
func BenchmarkBuild300k(b *testing.B) {
	words := randomWords(300_000, 3)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var a *Automaton
	for b.Loop() {
		var err error
		if a, err = Build(words); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB-kept")
	runtime.KeepAlive(a)
}

// BenchmarkFind compares the automaton with asking for each word in turn, and
// with one regular expression of all, on the same 2 kB of text.
func BenchmarkFind(b *testing.B) {
	text := randomText(700)
	for _, n := range []int{100, 1_000, 10_000, 300_000} {
		words := randomWords(n, 3)
		a := build(b, words...)
		b.Run(fmt.Sprintf("automaton/%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				a.Find(text, func(Hit) bool { return true })
			}
		})
		b.Run(fmt.Sprintf("contains/%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				hits := 0
				for _, w := range words {
					if strings.Contains(text, w) {
						hits++
					}
				}
			}
		})
		if n > 10_000 {
			continue // the regular expression takes minutes to build
		}
		re := regexp.MustCompile(strings.Join(words, "|"))
		b.Run(fmt.Sprintf("regexp/%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				re.FindAllStringIndex(text, -1)
			}
		})
	}
}
