// Package ready is the library of journeys to begin with. Each is whole but for
// what only the brand can choose: accounts, segments, materials, codes, tags. That
// stands empty, and graph.Spec.Check says in words what to choose.
//
// Texts are in the language of campaigns; what they say holds for any trade, and
// nothing in them asks for a good review or ties a reward to one.
package ready

import (
	"fishpond/internal/journey/graph"
	"fishpond/internal/platform/i18n"
)

// How often people of a trade buy, and how much each time.
const (
	High = "high"
	Low  = "low"
)

// For is the trade for which a journey is meant.
type For struct {
	Frequency string `json:"frequency" enum:"high,low" doc:"How often people buy"`
	Ticket    string `json:"ticket" enum:"high,low" doc:"How much an order is"`
}

// Journey is one to begin with.
type Journey struct {
	Key   string
	Name  string
	About string
	For   *For // nil: for any
	Spec  graph.Spec
}

// say chooses between two languages.
type say func(zh, en string) string

// entry is a journey of the library.
type entry struct {
	key         string
	name, about i18n.Text
	of          *For
	spec        func(t say) graph.Spec
}

var library = []entry{
	{"welcome_survey", i18n.T("欢迎与问卷", "Welcome and survey"),
		i18n.T("新好友先收到欢迎，再填一份小问卷；没填的提醒一次，填了的交给顾问跟进", "New friends are welcomed, then asked a few questions; who does not answer is reminded once, who does is handed to an associate"), nil, welcome},
	{"first_order", i18n.T("促成首单", "First order"),
		i18n.T("先解答疑虑，再给一个下单的理由；感兴趣的交给顾问，一下单就离开", "First answer doubts, then give a reason to buy; who shows interest goes to an associate, who orders leaves"), nil, firstOrder},
	{"repurchase", i18n.T("按产品周期复购", "Repurchase by product cycle"),
		i18n.T("每笔订单各走一遍：按买的多少估计何时用完，快用完时提醒；又下单的离开", "Each order walks by itself: a reminder when what was bought is about to run out; who orders again leaves"), &For{High, Low}, repurchase},
	{"win_back", i18n.T("唤回沉默客户", "Win back silent customers"),
		i18n.T("变为沉默时开始：大客户由顾问一对一，其他人先问候、再给理由，留一成不打扰看效果", "Begins when somebody falls silent: the best go to an associate, others get a word first and a reason later; a tenth is left in peace to measure it"), nil, winBack},
	{"high_ticket", i18n.T("高客单长期培育", "High-ticket nurture"),
		i18n.T("考虑时间长的商品：每周一篇有用的内容，按读不读决定快慢，读得深的请顾问约见", "For what takes long to decide: something useful each week; who reads closely is invited by an associate"), &For{Low, High}, highTicket},
	{"low_ticket", i18n.T("低客单短促销", "Low-ticket promotion"),
		i18n.T("三天两到三次、一次一句，下单即止；留一成不发看是不是真的带来订单", "Three days, one line at a time, over with the first order; a tenth is left out to see whether it really brings orders"), &For{High, Low}, lowTicket},
	{"birthday", i18n.T("生日关怀", "Birthday"),
		i18n.T("生日前三天送上心意，当天早上祝福，老客由顾问亲自问候", "A present three days before, a wish in the morning, and a word from the associate for good customers"), nil, birthday},
	{"camp", i18n.T("训练营：最后一天给方案", "Training camp, offer on the last day"),
		i18n.T("七天，早上一课、晚上回看；有回应的和没回应的最后一天收到不同的方案", "Seven days, a lesson each morning and a question each evening; the offer of the last day differs for who took part"), nil, camp},
	{"after_sale", i18n.T("售后关怀", "After-sale care"),
		i18n.T("每笔订单：到货检查、怎么用、用得怎么样；好的不好的都听，有回复就交给顾问，退款的离开", "For each order: check what arrived, how to use it, how it goes. Good or bad, answers go to an associate; who is refunded leaves"), nil, afterSale},
}

// Journeys are those to begin with, in a language.
func Journeys(lang i18n.Lang) []Journey {
	out := make([]Journey, len(library))
	for i, e := range library {
		out[i] = Journey{Key: e.key, Name: e.name.In(lang), About: e.about.In(lang), For: e.of,
			Spec: e.spec(func(zh, en string) string { return i18n.Text{ZH: zh, EN: en}.In(lang) })}
	}
	return out
}

// Find is the journey of a key, in a language.
func Find(key string, lang i18n.Lang) (Journey, bool) {
	for _, j := range Journeys(lang) {
		if j.Key == key {
			return j, true
		}
	}
	return Journey{}, false
}

const (
	hour = int64(3600)
	day  = 24 * hour
)

// The forms of steps that the library uses. name is what the drawing shows.

func message(id, name, next, subject, text string) graph.Step {
	return graph.Step{ID: id, Kind: graph.Message, Name: name, Next: next, Message: &graph.Content{Subject: subject, Text: text}}
}

// with adds a material that the brand is to choose.
func with(s graph.Step) graph.Step {
	s.Message.Materials = []graph.Material{{}}
	return s
}

// within bounds how long a message may wait for its turn.
func within(hours int, s graph.Step) graph.Step {
	s.Message.PatienceHours = hours
	return s
}

func task(id, name, next, text string) graph.Step {
	return graph.Step{ID: id, Kind: graph.Task, Name: name, Next: next, Text: text}
}

func wait(id, name, next string, seconds int64) graph.Step {
	return graph.Step{ID: id, Kind: graph.Wait, Name: name, Next: next, Seconds: seconds}
}

func until(id, name, next, at string, days ...int) graph.Step {
	return graph.Step{ID: id, Kind: graph.WaitUntil, Name: name, Next: next, At: at, Days: days}
}

// happens waits for an event: yes when it comes in time, else next.
func happens(id, name, next, event, where string, seconds int64, yes graph.Way) graph.Step {
	return graph.Step{ID: id, Kind: graph.WaitEvent, Name: name, Next: next, Event: event, Where: where, Seconds: seconds, Ways: []graph.Way{yes}}
}

func branch(id, name, next string, ways ...graph.Way) graph.Step {
	return graph.Step{ID: id, Kind: graph.Branch, Name: name, Next: next, Ways: ways}
}

func tag(id, name, next string) graph.Step {
	return graph.Step{ID: id, Kind: graph.Tag, Name: name, Next: next}
}

func goal(id, name, next string) graph.Step {
	return graph.Step{ID: id, Kind: graph.Goal, Name: name, Next: next}
}

func exit(id, name string) graph.Step { return graph.Step{ID: id, Kind: graph.Exit, Name: name} }
