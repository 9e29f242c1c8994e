package graph

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func says(g Graph) string {
	var out []string
	for _, p := range g.Check() {
		out = append(out, p.Step+": "+p.Text.EN)
	}
	return strings.Join(out, "\n")
}

func TestCheck(t *testing.T) {
	good := Graph{Steps: []Step{
		{ID: "hello", Kind: Message, Message: &Content{Text: "Hello"}, Next: "day"},
		{ID: "day", Kind: WaitUntil, At: "10:00", Days: []int{1, 3}, Next: "bought"},
		{ID: "bought", Kind: WaitEvent, Event: "order.paid", Seconds: 7 * 86400, Ways: []Way{{Next: "thanks"}}, Next: "half"},
		{ID: "half", Kind: Split, Ways: []Way{{ShareBP: 5000, Next: "again"}}, Next: "end"},
		{ID: "again", Kind: Wait, Seconds: 86400, Next: "hello"},
		{ID: "thanks", Kind: Goal, Next: "end"},
		{ID: "end", Kind: Exit},
	}}
	if got := says(good); got != "" {
		t.Fatalf("a good journey: %s", got)
	}
	with := func(change func(g *Graph)) Graph {
		g := Graph{Steps: append([]Step(nil), good.Steps...)}
		change(&g)
		return g
	}
	for name, c := range map[string]struct {
		g    Graph
		want string
	}{
		"empty":       {Graph{}, "no steps"},
		"twice":       {with(func(g *Graph) { g.Steps[1].ID = "hello" }), "stands there twice"},
		"too many":    {Graph{Steps: make([]Step, MostSteps+1)}, "At most 200 steps"},
		"nowhere":     {with(func(g *Graph) { g.Steps[0].Next = "gone" }), "hello: It leads to “gone”"},
		"unreachable": {with(func(g *Graph) { g.Steps[0].Next = "end" }), "thanks: No way leads to this step"},
		"round without wait": {with(func(g *Graph) {
			g.Steps[0].Next = "bought"
			g.Steps[4] = Step{ID: "again", Kind: Tag, Use: "t", Next: "again"}
		}), "again: From here one comes back"},
		"only a date on the way round": {with(func(g *Graph) {
			g.Steps[0] = Step{ID: "hello", Kind: WaitDate, Trait: "birthday", Next: "day"}
			g.Steps[1] = Step{ID: "day", Kind: Tag, Use: "t", Next: "half"}
			g.Steps[3].Next, g.Steps[3].Ways = "bought", []Way{{ShareBP: 5000, Next: "hello"}}
		}), "hello: From here one comes back"},
		"no default":          {with(func(g *Graph) { g.Steps[2].Next = "" }), "bought: Draw the default"},
		"no way for the rest": {with(func(g *Graph) { g.Steps[3].Next = "" }), "half: The shares are less"},
		"more than all":       {with(func(g *Graph) { g.Steps[3].Ways = []Way{{ShareBP: 6000, Next: "again"}, {ShareBP: 6000}} }), "half: The shares are more"},
		"negative share":      {with(func(g *Graph) { g.Steps[3].Ways = []Way{{ShareBP: -1, Next: "again"}} }), "half: The share of each way"},
		"too short":           {with(func(g *Graph) { g.Steps[4].Seconds = -5 * 86400 }), "again: A wait lasts"},
		"overflow":            {with(func(g *Graph) { g.Steps[4].Seconds = 1 << 62 }), "again: A wait lasts"},
		"no such hour":        {with(func(g *Graph) { g.Steps[1].At = "24:00" }), "day: Write the time"},
		"no such day":         {with(func(g *Graph) { g.Steps[1].Days = []int{0} }), "day: Days are 1 to 7"},
		"kind":                {with(func(g *Graph) { g.Steps[5].Kind = "dance" }), "thanks: There is no such kind"},
		"ways of one":         {with(func(g *Graph) { g.Steps[0].Ways = []Way{{Next: "end"}} }), "hello: A step of this kind has one way"},
		"no condition":        {with(func(g *Graph) { g.Steps[3] = Step{ID: "half", Kind: Branch, Ways: []Way{{Next: "again"}}, Next: "end"} }), "half: Way 1 has no condition"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := says(c.g); !strings.Contains(got, c.want) {
				t.Errorf("%q lacks %q", got, c.want)
			}
		})
	}
}

// A journey that passes lets nobody walk on for ever without a wait, whichever
// ways they take: as many steps in a row as there are means that one was met
// twice.
func TestNobodyWalksForEver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "steps")
		id := func(i int) string { return string(rune('a' + i)) }
		g := Graph{}
		for i := range n {
			to := func(what string) string {
				j := rapid.IntRange(-1, n-1).Draw(t, what)
				if j < 0 {
					return ""
				}
				return id(j)
			}
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				g.Steps = append(g.Steps, Step{ID: id(i), Kind: Tag, Use: "t", Next: to("next")})
			case 1:
				g.Steps = append(g.Steps, Step{ID: id(i), Kind: Wait, Seconds: 60, Next: to("next")})
			default:
				g.Steps = append(g.Steps, Step{ID: id(i), Kind: Split, Ways: []Way{{ShareBP: 4000, Next: to("way")}, {ShareBP: 6000, Next: to("other")}}})
			}
		}
		at := map[string]int{}
		for i := range g.Steps {
			at[g.Steps[i].ID] = i
		}
		// The plain way: follow every way without waits, as far as there are steps.
		ever := false
		for i := range g.Steps {
			here := map[int]bool{i: true}
			for range n {
				next := map[int]bool{}
				for j := range here {
					if !g.Steps[j].Kind.lasts() {
						for _, to := range g.Steps[j].exits() {
							next[at[to]] = true
						}
					}
				}
				here = next
			}
			for j := range here {
				ever = ever || !g.Steps[j].Kind.lasts()
			}
		}
		if said := len(g.rounds(at)) > 0; said != ever {
			t.Fatalf("rounds: %v, walking: %v: %+v", said, ever, g.Steps)
		}
	})
}
