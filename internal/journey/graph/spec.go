package graph

import "slices"

// The ways into a journey.
const (
	BySegment = "segment" // who comes into a segment
	ByEvent   = "event"   // to whom something happens
	ByDate    = "date"    // when a date that a trait holds comes near
	ByHand    = "manual"  // only by hand, over the API and from other journeys, as always
)

// How often somebody may walk.
const (
	Once  = "once"
	Again = "again" // after so many days
	ByKey = "key"   // as often as a property of the event differs, also at the same time
)

// Purposes of messages.
const (
	Marketing     = "marketing"
	Service       = "service"
	Transactional = "transactional"
)

// Spec is all of a journey: who comes in, how often, what it is for, and the
// drawing.
type Spec struct {
	Entry      Entry                 `json:"entry"`
	Frequency  Frequency             `json:"frequency"`
	Purpose    string                `json:"purpose" enum:"marketing,service,transactional" doc:"Of all messages. Who takes back the consent for it leaves at once"`
	AccountIDs []string              `json:"account_ids,omitempty" maxItems:"20" nullable:"false" doc:"Over which messages go, in the order in which they are tried"`
	HoldoutBP  int                   `json:"holdout_bp,omitempty" minimum:"0" maximum:"9000" doc:"So many basis points are left out on purpose, to measure against"`
	Goal       *Target               `json:"goal,omitempty"`
	Exits      []Leave               `json:"exits,omitempty" maxItems:"20" nullable:"false"`
	Graph      Graph                 `json:"graph"`
	Layout     map[string][2]float64 `json:"layout,omitempty" doc:"Where steps stand in the drawing, by id; means nothing else"`
}

// Entry is how people come in by themselves.
type Entry struct {
	Kind      string `json:"kind" enum:"segment,event,date,manual"`
	SegmentID string `json:"segment_id,omitempty" maxLength:"64"`
	Event     string `json:"event,omitempty" maxLength:"64" doc:"event: its kind"`
	Where     string `json:"where,omitempty" maxLength:"2000" doc:"event: what must be true of its properties"`
	Trait     string `json:"trait,omitempty" maxLength:"64" doc:"date: which holds the date; birthday is the person's"`
	Offset    int    `json:"offset,omitempty" minimum:"-366" maximum:"366" doc:"date: so many days after it, or before it"`
	At        string `json:"at,omitempty" maxLength:"5" doc:"date: at this hour where the person is, HH:MM; empty: 09:00"`
	Yearly    bool   `json:"yearly,omitempty" doc:"date: each year"`
}

// Frequency is how often somebody may walk.
type Frequency struct {
	Kind string `json:"kind" enum:"once,again,key"`
	Days int    `json:"days,omitempty" minimum:"0" maximum:"3660" doc:"again: so many days after they last came in, and never while they are inside"`
	Key  string `json:"key,omitempty" maxLength:"64" doc:"key: the property of the event, such as order_id. Events without it let nobody in"`
}

// Target is what a journey is for.
type Target struct {
	Event string `json:"event" maxLength:"64"`
	Where string `json:"where,omitempty" maxLength:"2000"`
	Days  int    `json:"days" minimum:"1" maximum:"366" doc:"Within so many days after coming in"`
	Leave bool   `json:"leave,omitempty" doc:"Who reached it leaves"`
}

// Leave is what ends a walk early.
type Leave struct {
	Event     string `json:"event,omitempty" maxLength:"64"`
	Where     string `json:"where,omitempty" maxLength:"2000"`
	SegmentID string `json:"segment_id,omitempty" maxLength:"64"`
	On        string `json:"on,omitempty" enum:",entered,left" doc:"segment_id: when they come into it, or when they leave it"`
}

// Check says what keeps the journey from being published, as far as it can be
// seen without asking anybody.
func (s *Spec) Check() []Problem {
	var out []Problem
	say := func(zh, en string, args ...any) { out = append(out, problem("", zh, en, args...)) }
	switch e := s.Entry; e.Kind {
	case BySegment:
		if e.SegmentID == "" {
			say("请选择进入的人群", "Choose the segment whose people come in")
		}
	case ByEvent:
		if e.Event == "" {
			say("请选择进入的事件", "Choose the event with which people come in")
		}
	case ByDate:
		if e.Trait == "" {
			say("请选择存日期的属性", "Choose the trait that holds the date")
		}
		if e.At != "" && !hour.MatchString(e.At) {
			say("时间应写成 09:30 这样", "Write the time as 09:30")
		}
		if e.Offset < -366 || e.Offset > 366 {
			say("最多提前或推后 366 天", "At most 366 days before or after it")
		}
	case ByHand:
	default:
		say("请选择怎么进入", "Choose how people come in")
	}
	switch f := s.Frequency; f.Kind {
	case Once:
	case Again:
		if f.Days < 0 || f.Days > 3660 {
			say("间隔应在 0 到 3660 天之间", "From 0 to 3,660 days between")
		}
	case ByKey:
		if f.Key == "" {
			say("请选择按哪个属性区分", "Choose the property by which walks are told apart")
		}
		if s.Entry.Kind != ByEvent && s.Entry.Kind != ByHand {
			say("按属性区分只适用于由事件进入", "Only walks that begin with an event can be told apart by a property")
		}
	default:
		say("请选择可以走几次", "Choose how often somebody may walk")
	}
	if !slices.Contains([]string{Marketing, Service, Transactional}, s.Purpose) {
		say("请选择消息的用途", "Choose what messages are for")
	}
	if s.HoldoutBP < 0 || s.HoldoutBP > 9000 {
		say("对照组最多 90%%", "At most 90%% are left out")
	}
	if g := s.Goal; g != nil && (g.Event == "" || g.Days < 1 || g.Days > 366) {
		say("目标需要一个事件和 1 到 366 天的期限", "A goal is an event within 1 to 366 days")
	}
	for i, x := range s.Exits {
		if (x.Event == "") == (x.SegmentID == "") || x.SegmentID != "" && x.On != "entered" && x.On != "left" {
			say("第 %d 个退出条件不完整", "Exit %d is not complete", i+1)
		}
	}
	for i := range s.Graph.Steps {
		if st := &s.Graph.Steps[i]; st.Kind == Message && st.Message != nil && len(st.Message.AccountIDs) == 0 && len(s.AccountIDs) == 0 {
			out = append(out, problem(st.ID, "请选择用哪些账号发", "Choose the accounts over which it goes"))
		}
	}
	return append(out, s.Graph.Check()...)
}
