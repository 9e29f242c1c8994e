package ready

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fishpond/internal/journey/graph"
	"fishpond/internal/platform/i18n"
)

// open are the choices that only the brand can make, as Check names them.
var open = regexp.MustCompile(`^(Choose the accounts|Choose the segment|Choose the material|Choose the pool|Choose the tag)`)

// Nothing keeps a ready journey from being published but what the brand must
// choose; with that chosen nothing does.
func TestOnlyChoicesAreOpen(t *testing.T) {
	for _, j := range Journeys(i18n.EN) {
		t.Run(j.Key, func(t *testing.T) {
			problems := j.Spec.Check()
			// Each is told, at its step.
			told := map[string]int{}
			for _, p := range problems {
				told[p.Step]++
			}
			for _, st := range j.Spec.Graph.Steps {
				want := 0
				if m := st.Message; m != nil {
					want = 1 + len(m.Materials)
					if strings.Contains(m.Text, "{{ coupon }}") {
						want++
					}
				}
				if st.Kind == graph.Tag {
					want = 1
				}
				if told[st.ID] != want {
					t.Errorf("%s: %d problems are told, %d choices are open", st.ID, told[st.ID], want)
				}
			}
			for _, p := range problems {
				if !open.MatchString(p.Text.EN) {
					t.Errorf("%s: %s", p.Step, p.Text.EN)
				}
			}
			for _, p := range Chosen(j.Spec).Check() {
				t.Errorf("chosen: %s: %s", p.Step, p.Text.EN)
			}
			if j.Name == "" || j.About == "" || len(j.Spec.Graph.Steps) < 6 {
				t.Errorf("%+v", j)
			}
		})
	}
	if all := Journeys(i18n.ZH); len(all) != 9 {
		t.Errorf("%d journeys", len(all))
	}
}

// Chosen is a journey with every choice made.
func Chosen(s graph.Spec) *graph.Spec {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	var out graph.Spec
	if err := json.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	out.AccountIDs = []string{"acc_1"}
	if out.Entry.Kind == graph.BySegment {
		out.Entry.SegmentID = "seg_1"
	}
	for i := range out.Graph.Steps {
		st := &out.Graph.Steps[i]
		if st.Kind == graph.Tag {
			st.Use = "tag_1"
		}
		if m := st.Message; m != nil {
			for k := range m.Materials {
				m.Materials[k].ID = "mat_1"
			}
			if strings.Contains(m.Text, "{{ coupon }}") {
				m.CouponPoolID = "cpl_1"
			}
		}
	}
	return &out
}

// Both languages have the same shape, and each says something of its own.
func TestLanguagesHaveTheSameShape(t *testing.T) {
	han := regexp.MustCompile(`\p{Han}`)
	zh, en := Journeys(i18n.ZH), Journeys(i18n.EN)
	for i := range zh {
		a, b := bare(zh[i].Spec), bare(en[i].Spec)
		if a != b {
			t.Errorf("%s: the shapes differ:\n%s\n%s", zh[i].Key, a, b)
		}
		text, err := json.Marshal(en[i])
		if err != nil {
			t.Fatal(err)
		}
		if at := han.FindIndex(text); at != nil {
			t.Errorf("%s: Chinese in English: %s", en[i].Key, text[max(0, at[0]-40):at[1]])
		}
		for k, s := range zh[i].Spec.Graph.Steps {
			other := en[i].Spec.Graph.Steps[k]
			for what, pair := range map[string][2]string{"name": {s.Name, other.Name}, "text": {s.Text, other.Text}} {
				if (pair[0] == "") != (pair[1] == "") || pair[0] != "" && (pair[0] == pair[1] || !han.MatchString(pair[0])) {
					t.Errorf("%s %s: %s %q and %q", zh[i].Key, s.ID, what, pair[0], pair[1])
				}
			}
			if s.Name == "" {
				t.Errorf("%s %s has no name", zh[i].Key, s.ID)
			}
			if m := s.Message; m != nil && (!han.MatchString(m.Text) || !han.MatchString(m.Subject) || other.Message.Subject == "" || !slices.Equal(variables(m.Text), variables(other.Message.Text))) {
				t.Errorf("%s %s: %+v and %+v", zh[i].Key, s.ID, m, other.Message)
			}
		}
	}
	if _, ok := Find("birthday", i18n.EN); !ok {
		t.Error("there is no birthday")
	}
	if _, ok := Find("none", i18n.EN); ok {
		t.Error("there is something that is not there")
	}
}

var variable = regexp.MustCompile(`\{\{\s*(\w+)`)

func variables(text string) (out []string) {
	for _, m := range variable.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// bare is a journey without its words.
func bare(s graph.Spec) string {
	c := Chosen(s)
	for i := range c.Graph.Steps {
		st := &c.Graph.Steps[i]
		st.Name, st.Text = "", ""
		for k := range st.Ways {
			st.Ways[k].Name = ""
		}
		if st.Message != nil {
			st.Message.Subject, st.Message.Text = "", ""
		}
	}
	out, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// Whoever asks for good reviews, or pays for any, breaks the law.
func TestNothingIsAskedForGoodReviews(t *testing.T) {
	bad := regexp.MustCompile(`好评|五星|返现|晒单|(?i)good review|five stars?|5 stars?|cash ?back|positive (review|feedback)|leave a review`)
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		for _, j := range Journeys(lang) {
			text, err := json.Marshal(j)
			if err != nil {
				t.Fatal(err)
			}
			if found := bad.Find(text); found != nil {
				t.Errorf("%s: %s", j.Key, found)
			}
			if j.Key == "after_sale" && strings.Contains(string(text), "coupon") {
				t.Error("after-sale care gives something for what people say")
			}
		}
	}
}
