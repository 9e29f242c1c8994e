package predicate

import (
	"slices"
	"strconv"
	"strings"

	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/predicate/plan"
)

// units are the words for units of time after a number.
var units = map[string]byte{
	"h": 'h', "hour": 'h', "hours": 'h', "小时": 'h', "d": 'd', "day": 'd', "days": 'd', "天": 'd', "日": 'd',
	"w": 'w', "week": 'w', "weeks": 'w', "周": 'w', "m": 'm', "month": 'm', "months": 'm', "个月": 'm', "月": 'm',
}

var unitWords = func() (out []string) {
	for w := range units {
		out = append(out, w)
	}
	slices.Sort(out)
	return out
}()

var aWindow = i18n.T("一段时间，例如 in 90d、this month、since 2026-01-01、between 60d and 30d ago", "a time, such as in 90d, this month, since 2026-01-01, between 60d and 30d ago")

// window reads a stretch of time.
func (p *parser) window() Window {
	t := p.peek()
	w := Window{}
	switch {
	case p.accept("in"):
		p.accept("the")
		switch {
		case p.lengthAhead():
			w.Kind, w.N = Last, p.length()
		case p.peek().is("last", "next", "this", "today", "yesterday", "tomorrow"):
			w = p.near()
		default:
			p.expected(aWindow)
		}
	case t.is("last", "next", "this", "today", "yesterday", "tomorrow"):
		w = p.near()
	case p.accept("between"):
		if p.lengthAhead() {
			w.Kind, w.N = Ago, p.length()
			p.need("and")
			w.M = p.length()
			p.need("ago")
			break
		}
		w.Kind, w.From = Dates, p.date()
		p.need("and")
		w.To = p.date()
	case p.accept("before"):
		if p.lengthAhead() {
			w.Kind, w.N = Older, p.length()
			p.need("ago")
			break
		}
		w.Kind, w.To = Before, p.date()
	case p.accept("since"):
		if p.accept("joining") {
			w.Kind = SinceJoining
			break
		}
		w.Kind, w.From = Since, p.date()
	case p.accept("after"):
		w.Kind, w.From = After, p.date()
	case p.accept("on"):
		w.Kind, w.From = On, p.date()
	case p.accept("until"):
		w.Kind, w.To = Until, p.date()
	case p.accept("within"):
		w.Kind, w.N = WithinJoining, p.length()
		p.need("of")
		p.need("joining")
	default:
		p.expected(aWindow)
	}
	w.span = p.upto(t.span)
	return w
}

// near reads today, this month, last week, last 90d, next 7d.
func (p *parser) near() Window {
	first := strings.ToLower(p.take().text)
	switch first {
	case "today", "yesterday", "tomorrow":
		return Window{Kind: Period, Name: first}
	}
	p.accept("full")
	if first != "this" && p.lengthAhead() {
		if first == "next" {
			return Window{Kind: Next, N: p.length()}
		}
		return Window{Kind: Last, N: p.length()}
	}
	name := first + " " + strings.ToLower(p.peek().text)
	if !slices.Contains(periods, name) {
		p.expected(i18n.T(" week、month、quarter、year 或时长（如 30d）", "week, month, quarter, year or a length such as 30d"))
		return Window{}
	}
	p.take()
	return Window{Kind: Period, Name: name}
}

// lengthAhead reports whether a length of time follows: 90d, 90 days, 90天.
func (p *parser) lengthAhead() bool {
	_, _, ok := p.lengthHere()
	return ok
}

func (p *parser) lengthHere() (s Span, tokens int, ok bool) {
	t := p.peek()
	if t.kind != wordToken {
		return Span{}, 0, false
	}
	if s, ok := parseSpan(t.text); ok {
		return s, 1, true
	}
	digits := strings.TrimRightFunc(t.text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '-' })
	unit, used := t.text[len(digits):], 1
	if unit == "" && p.ahead().kind == wordToken {
		unit, used = p.ahead().text, 2
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if units[fold(unit)] == 0 || err != nil || len(digits) > 11 {
		return Span{}, 0, false
	}
	return Span{n, units[fold(unit)]}, used, true
}

// length reads a length of time within its limits.
func (p *parser) length() Span {
	t := p.peek()
	s, tokens, ok := p.lengthHere()
	if !ok {
		p.expected(i18n.T("时长，例如 24h、90d、8w、3m", "a length of time, such as 24h, 90d, 8w, 3m"))
		return Span{}
	}
	if problem := s.check(); !problem.IsZero() {
		p.fail(t.span, problem)
		return Span{}
	}
	for range tokens {
		p.take()
	}
	return s
}

// check says what is wrong with a length of time.
func (s Span) check() i18n.Text {
	most := longest[s.Unit]
	if most == 0 {
		return i18n.T("时长应写作 24h、90d、8w 或 3m", "Write a length of time as 24h, 90d, 8w or 3m")
	}
	if s.N < 1 || s.N > most {
		return i18n.T("时长应为 1–%d%c", "A length of time is from 1 to %d%c", most, s.Unit)
	}
	return i18n.Text{}
}

// date reads a date.
func (p *parser) date() string {
	t := p.peek()
	if _, ok := plan.ParseDay(t.text); !ok || t.kind != wordToken && t.kind != stringToken {
		p.expected(i18n.T("日期，例如 2026-01-02", "a date, such as 2026-01-02"))
		return ""
	}
	return p.take().text
}
