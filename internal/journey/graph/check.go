package graph

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/platform/i18n"
)

// Problem is what is wrong with a step.
type Problem struct {
	Step string // its id; empty: of the journey as a whole
	Text i18n.Text
}

func problem(step, zh, en string, args ...any) Problem { return Problem{step, i18n.T(zh, en, args...)} }

// holdsCode finds a place for a code in a text.
var holdsCode = regexp.MustCompile(`\{\{[^{}]*\bcoupon\b[^{}]*\}\}`)

var hour = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// Check says what keeps a journey from being walked, in the order of its steps.
// What steps refer to outside the drawing (tags, segments, messages) and whether
// their conditions can be read is for others to say.
func (g *Graph) Check() (out []Problem) {
	say := func(step string, zh, en string, args ...any) {
		out = append(out, problem(step, zh, en, args...))
	}
	if len(g.Steps) == 0 {
		say("", "旅程里还没有步骤", "The journey has no steps yet")
		return out
	}
	if len(g.Steps) > MostSteps {
		say("", "最多 %d 步", "At most %d steps", MostSteps)
		return out
	}
	at := map[string]int{}
	for i := range g.Steps {
		s := &g.Steps[i]
		if _, twice := at[s.ID]; twice || s.ID == "" {
			say(s.ID, "步骤编号重复或为空", "The id of a step is missing, or stands there twice")
			return out // nothing else can be told apart
		}
		at[s.ID] = i
	}
	whole := true
	for i := range g.Steps {
		s := &g.Steps[i]
		s.check(func(zh, en string, args ...any) { say(s.ID, zh, en, args...) })
		for _, to := range s.exits() {
			if _, ok := at[to]; !ok {
				say(s.ID, "指向的步骤“%s”不存在", "It leads to “%s”, which does not exist", to)
				whole = false
			}
		}
	}
	if !whole {
		return out
	}
	seen := g.reached(at)
	for i := range g.Steps {
		if !seen[i] {
			say(g.Steps[i].ID, "没有任何路能走到这一步", "No way leads to this step")
		}
	}
	for _, i := range g.rounds(at) {
		say(g.Steps[i].ID, "从这一步会不停地绕回来：绕的路上要有一次等待", "From here one comes back without end: there must be a wait on the way round")
	}
	return out
}

// check says what is wrong with a step by itself.
func (s *Step) check(say func(zh, en string, args ...any)) {
	span := func() {
		if d := time.Duration(s.Seconds) * time.Second; s.Seconds > int64(LongestLap/time.Second) || d < ShortestLap {
			say("等待时间应在 1 分钟到 366 天之间", "A wait lasts from 1 minute to 366 days")
		}
	}
	clockAt := func(needed bool) {
		if (needed || s.At != "") && !hour.MatchString(s.At) {
			say("时间应写成 09:30 这样", "Write the time as 09:30")
		}
	}
	need := func(value, zh, en string) {
		if value == "" {
			say(zh, en)
		}
	}
	switch s.Kind {
	case Wait:
		span()
	case WaitUntil:
		clockAt(true)
		for n, d := range s.Days {
			if d < 1 || d > 7 || slices.Index(s.Days, d) != n {
				say("星期应为 1 到 7，每天一次", "Days are 1 to 7, each once")
				break
			}
		}
	case WaitDate:
		clockAt(false)
		need(s.Trait, "请选择存日期的属性", "Choose the trait that holds the date")
		if s.Offset < -366 || s.Offset > 366 {
			say("最多提前或推后 366 天", "At most 366 days before or after it")
		}
	case WaitEvent:
		span()
		need(s.Event, "请选择等待的事件", "Choose the event to wait for")
		if len(s.Ways) != 1 {
			say("请画出事件发生后的路（超时走默认的路）", "Draw the way for when it happens; the default is for when it does not")
		}
	case Message:
		s.checkMessage(say)
	case Tag:
		need(s.Use, "请选择标签", "Choose the tag")
	case Enter:
		need(s.Use, "请选择要进入的旅程", "Choose the journey")
	case Webhook:
		if s.Webhook == nil || s.Webhook.URL == "" {
			say("请填写要通知的地址", "Write the address that is told")
		}
	case Trait:
		need(s.Trait, "请选择属性", "Choose the trait")
		if s.Text == "" && !s.Off {
			say("请填写属性的值", "Write the trait's value")
		}
	case Note, Task:
		need(s.Text, "请填写内容", "Write what it says")
	case Split:
		s.checkShares(say)
	case Branch, Property, Reachable:
		if len(s.Ways) == 0 {
			say("请至少画一条有条件的路", "Draw at least one way with a condition")
		}
		for i, w := range s.Ways {
			need(w.When, "第 "+strconv.Itoa(i+1)+" 条路没有条件", "Way "+strconv.Itoa(i+1)+" has no condition")
		}
	case Goal, Exit:
	default:
		say("没有这种步骤", "There is no such kind of step")
	}
	if !s.Kind.decides() && len(s.Ways) > 0 {
		say("这种步骤只有一条路", "A step of this kind has one way out")
	}
	if s.Kind.decides() && s.Next == "" && s.Kind != Split {
		say("请画出默认的路：都不符合的人往哪走", "Draw the default: where those go whom nothing fits")
	}
}

func (s *Step) checkMessage(say func(zh, en string, args ...any)) {
	m := s.Message
	if m == nil || strings.TrimSpace(m.Text) == "" && strings.TrimSpace(m.HTML) == "" && len(m.Materials) == 0 {
		say("请写消息的内容", "Write what the message says")
	}
	if m != nil && slices.ContainsFunc(m.Materials, func(one Material) bool { return one.ID == "" }) {
		say("请选择要附上的素材", "Choose the material that goes along")
	}
	if m != nil && m.CouponPoolID == "" && holdsCode.MatchString(m.Subject+"\n"+m.Text+"\n"+m.HTML) {
		say("请选择优惠码的券池", "Choose the pool whose codes the text holds")
	}
	if m != nil && (m.PatienceHours < 0 || m.PatienceHours > 720) {
		say("最多等 720 小时", "It waits for 720 hours at most")
	}
}

func (s *Step) checkShares(say func(zh, en string, args ...any)) {
	sum := 0
	for _, w := range s.Ways {
		if w.ShareBP < 1 || w.ShareBP > whole {
			say("每条路的比例应在 0.01%% 到 100%% 之间", "The share of each way lies between 0.01%% and 100%%")
			return
		}
		sum += w.ShareBP
	}
	switch {
	case len(s.Ways) == 0:
		say("请至少画一条路", "Draw at least one way")
	case sum > whole:
		say("比例加起来超过了 100%%", "The shares are more than 100%% together")
	case sum < whole && s.Next == "":
		say("比例不到 100%%，请画出其余的人走的路", "The shares are less than 100%%: draw the way for the rest")
	}
}

// reached marks the steps to which a way leads from the first.
func (g *Graph) reached(at map[string]int) []bool {
	seen := make([]bool, len(g.Steps))
	seen[0] = true
	for todo := []int{0}; len(todo) > 0; {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, to := range g.Steps[i].exits() {
			if j := at[to]; !seen[j] {
				seen[j] = true
				todo = append(todo, j)
			}
		}
	}
	return seen
}

// rounds are the first steps of each ring in which nobody ever waits, by Tarjan's
// strongly connected components over the steps that do not wait ("Depth-first
// search and linear graph algorithms", 1972).
func (g *Graph) rounds(at map[string]int) (out []int) {
	n := len(g.Steps)
	index, low, on := make([]int, n), make([]int, n), make([]bool, n)
	var stack []int
	count := 0
	var visit func(i int)
	visit = func(i int) {
		count++
		index[i], low[i] = count, count
		stack, on[i] = append(stack, i), true
		self := false
		for _, to := range g.Steps[i].exits() {
			j := at[to]
			switch {
			case g.Steps[j].Kind.lasts():
			case j == i:
				self = true
			case index[j] == 0:
				visit(j)
				low[i] = min(low[i], low[j])
			case on[j]:
				low[i] = min(low[i], index[j])
			}
		}
		if low[i] != index[i] {
			return
		}
		first, size := i, 0
		for {
			j := stack[len(stack)-1]
			stack, on[j] = stack[:len(stack)-1], false
			first, size = min(first, j), size+1
			if j == i {
				break
			}
		}
		if size > 1 || self {
			out = append(out, first)
		}
	}
	for i := range g.Steps {
		if index[i] == 0 && !g.Steps[i].Kind.lasts() {
			visit(i)
		}
	}
	slices.Sort(out)
	return out
}
