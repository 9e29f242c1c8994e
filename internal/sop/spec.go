package sop

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/plaintext"
)

// What lets people and groups into a series by themselves.
const (
	ByFriend  = "friend"  // became a friend of an account
	ByChannel = "channel" // came through a channel
	BySegment = "segment" // entered a segment
	ByGroup   = "group"   // a group that fits the rule
	ByHand    = "manual"  // nobody: by hand and API only, which is always possible
)

// From which day a group's days are counted.
const (
	SinceCreated  = "created"
	SinceEnrolled = "enrolled"
	SinceDate     = "date"
)

// Trigger says who comes into a series by themselves, and from when on their days
// are counted.
type Trigger struct {
	Kind       string   `json:"kind" enum:"friend,channel,segment,group,manual"`
	AccountIDs []string `json:"account_ids,omitempty" maxItems:"50" nullable:"false" doc:"friend, group: of these accounts; none: of any"`
	ChannelIDs []string `json:"channel_ids,omitempty" maxItems:"100" nullable:"false" doc:"channel: any of these; none: any"`
	SegmentID  string   `json:"segment_id,omitempty" maxLength:"64" doc:"segment: that one"`
	Owners     []string `json:"owners,omitempty" maxItems:"200" nullable:"false" doc:"group: whose owner is one of these members of the platform; none: anybody's"`
	Name       string   `json:"name,omitempty" maxLength:"64" doc:"group: whose name has this in it; * stands for anything"`
	Since      string   `json:"since,omitempty" enum:",created,enrolled,date" doc:"group: from when days are counted; empty: since it was made"`
	Date       string   `json:"date,omitempty" maxLength:"10" doc:"date: YYYY-MM-DD"`
}

// Exits say what ends a series for a person before its last step. Withdrawn
// consent and erasure always do.
type Exits struct {
	Replied     bool `json:"replied"`
	Ordered     bool `json:"ordered"`
	LeftSegment bool `json:"left_segment" doc:"Only where the trigger is a segment"`
	Unfriended  bool `json:"unfriended" doc:"No account that they can be reached over has them as a friend any more"`
}

// Material is something of the content library.
type Material struct {
	ID      string `json:"id" minLength:"1" maxLength:"64"`
	Version int64  `json:"version,omitempty" minimum:"0" doc:"Which the link shows for ever; 0: always the newest"`
	Title   string `json:"title,omitempty" maxLength:"200" doc:"As it was chosen; told for reading only"`
}

// Step is a message or a task on a day at an hour.
type Step struct {
	ID         string     `json:"id,omitempty" maxLength:"8" pattern:"^[a-z0-9]*$" doc:"Stays the same when the step is changed: who has had it does not get it again. Empty: a new one"`
	Day        int        `json:"day" minimum:"0" maximum:"365" doc:"0: the same day"`
	At         string     `json:"at" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" doc:"HH:MM, by the clock where the person is; of a group the brand's"`
	Kind       string     `json:"kind" enum:"message,task"`
	Purpose    string     `json:"purpose,omitempty" enum:",marketing,service" doc:"Of a message: the gate asks for the consent of that purpose"`
	Subject    string     `json:"subject,omitempty" maxLength:"300" doc:"Of e-mail; empty: the name of the series"`
	Text       string     `json:"text" maxLength:"4000" doc:"Of a message: may hold variables. Of a task: what to do, and what to say"`
	Materials  []Material `json:"materials,omitempty" maxItems:"9" nullable:"false" doc:"Of a message: each goes along as a radar link"`
	UntilHours int        `json:"until_hours,omitempty" minimum:"0" maximum:"168" doc:"How long after its time it may still leave; 0: until the end of that day"`
}

// Spec is what a series does.
type Spec struct {
	Trigger      Trigger  `json:"trigger"`
	AccountIDs   []string `json:"account_ids,omitempty" maxItems:"10" nullable:"false" doc:"Of persons: over which accounts, the preferred one first"`
	Exits        Exits    `json:"exits"`
	AgainDays    int      `json:"again_days,omitempty" minimum:"0" maximum:"3650" doc:"After how many days somebody may come in again; 0: never"`
	CatchUpHours int      `json:"catch_up_hours,omitempty" minimum:"0" maximum:"72" doc:"What was due while the server did not run is sent within as many hours; 0: 6"`
	Steps        []Step   `json:"steps" maxItems:"100" nullable:"false"`
}

const (
	defaultCatchUp = 6
	mostText       = 4000
)

func (sp *Spec) catchUp() time.Duration {
	return time.Duration(cmp.Or(sp.CatchUpHours, defaultCatchUp)) * time.Hour
}

// clean brings a spec into its lasting form: steps in order, each with an id.
func (sp *Spec) clean() {
	have := map[string]bool{}
	for i := range sp.Steps {
		st := &sp.Steps[i]
		st.Text, st.Subject = strings.TrimSpace(plaintext.Tidy(st.Text)), strings.TrimSpace(plaintext.Tidy(st.Subject))
		if st.Kind == "task" {
			st.Purpose, st.Subject, st.Materials = "", "", nil
		} else if st.Purpose == "" {
			st.Purpose = Care
		}
		if st.ID == "" || have[st.ID] {
			st.ID = stepID(have)
		}
		have[st.ID] = true
	}
	slices.SortStableFunc(sp.Steps, func(a, b Step) int { return cmp.Or(cmp.Compare(a.Day, b.Day), strings.Compare(a.At, b.At)) })
	sp.Trigger.Name = strings.TrimSpace(plaintext.Tidy(sp.Trigger.Name))
	if sp.Steps == nil {
		sp.Steps = []Step{}
	}
}

// stepID is a name that no other step has.
func stepID(have map[string]bool) string {
	for {
		if id := strings.ToLower(rand.Text()[:6]); !have[id] {
			return id
		}
	}
}

// edition is a published spec, ready for use.
type edition struct {
	*Spec
	minutes []int // of the day, a step
	texts   map[string]Text
	subject map[string]Text
}

// minute is an hour as it is written, in minutes of the day; -1: no hour.
func minute(at string) int {
	t, err := time.Parse("15:04", at)
	if err != nil || len(at) != 5 {
		return -1
	}
	return t.Hour()*60 + t.Minute()
}

// problems says what is wrong with a spec. What only stands in the way of
// publishing it is told only when whole.
func (s *Service) problems(kind string, sp *Spec, whole bool) (fields []errs.Field) {
	say := func(path string, t i18n.Text) {
		fields = append(fields, errs.Field{Path: "body.spec." + path, Text: t})
	}
	if (sp.Trigger.Kind == ByGroup) != (kind == Group) && sp.Trigger.Kind != ByHand {
		say("trigger.kind", i18n.T("这种触发方式不适用于%[1]s SOP", "This way in is not for a series of %[2]s", map[string]string{Person: "客户", Group: "群"}[kind], map[string]string{Person: "persons", Group: "groups"}[kind]))
	}
	if sp.Trigger.Since == SinceDate || sp.Trigger.Date != "" {
		if _, err := time.Parse(time.DateOnly, sp.Trigger.Date); err != nil {
			say("trigger.date", i18n.T("请选一个日期", "Choose a day"))
		}
	}
	if sp.Exits.LeftSegment && sp.Trigger.Kind != BySegment {
		say("exits.left_segment", i18n.T("只有按人群进入的 SOP 才能在离开人群时结束", "Only a series that one enters by a segment can end by leaving it"))
	}
	if whole {
		if kind == Person && len(sp.AccountIDs) == 0 && slices.ContainsFunc(sp.Steps, func(st Step) bool { return st.Kind == "message" }) {
			say("account_ids", i18n.T("请选择用哪些账号发", "Choose the accounts that it goes over"))
		}
		if sp.Trigger.Kind == BySegment && sp.Trigger.SegmentID == "" {
			say("trigger.segment_id", i18n.T("请选择人群", "Choose the segment"))
		}
		if len(sp.Steps) == 0 {
			say("steps", i18n.T("至少要有一个步骤", "At least one step is needed"))
		}
	}
	seen := map[string]int{}
	for i, st := range sp.Steps {
		for _, p := range s.stepProblems(kind, st, whole) {
			say(fmt.Sprintf("steps[%d].%s", i, p.Path), p.Text)
		}
		at := fmt.Sprintf("%d %s", st.Day, st.At)
		if n, ok := seen[at]; ok && whole {
			say(fmt.Sprintf("steps[%d].at", i), i18n.T("与第 %[1]d 步同一时间，请错开", "At the same time as step %[1]d; set them apart", n+1))
		}
		seen[at] = i
	}
	return fields
}

func (s *Service) stepProblems(kind string, st Step, whole bool) (fields []errs.Field) {
	say := func(path string, t i18n.Text) { fields = append(fields, errs.Field{Path: path, Text: t}) }
	if minute(st.At) < 0 {
		say("at", i18n.T("时间应为 00:00–23:59", "A time is 00:00 to 23:59"))
	}
	if st.Kind == "task" {
		if kind == Group {
			say("kind", i18n.T("群 SOP 只能发消息", "A series of groups only has messages"))
		}
		if whole && st.Text == "" {
			say("text", i18n.T("请写要做什么", "Say what is to be done"))
		}
		if utf8.RuneCountInString(st.Text) > mostTask {
			say("text", i18n.T("任务最多 %d 字", "A task has %d characters at most", mostTask))
		}
		return fields
	}
	if whole && st.Text == "" && len(st.Materials) == 0 {
		say("text", i18n.T("请写内容，或选一份素材", "Write a text, or choose a material"))
	}
	if len(st.Text) > mostText {
		say("text", i18n.T("太长：最多 %d 字节", "Too long: %d bytes at most", mostText))
	}
	for _, part := range [][2]string{{"text", st.Text}, {"subject", st.Subject}} {
		read, err := s.Wording.Parse(part[1])
		if err != nil {
			say(part[0], errs.As(err).Text)
			continue
		}
		if kind == Group {
			for _, use := range read.Uses() {
				if use != "brand" {
					say(part[0], i18n.T("群消息里只能用 {{ brand }}：群里不止一个人", "Only {{ brand }} can stand in a message to a group: there is more than one person in it"))
					break
				}
			}
		}
	}
	if strings.ContainsAny(st.Subject, "\r\n") {
		say("subject", i18n.T("标题只能有一行", "A subject has one line"))
	}
	return fields
}

// matches says whether a group fits the rule.
func (t *Trigger) matches(c Chat) bool {
	if c.Dismissed || t.Kind != ByGroup {
		return false
	}
	if len(t.AccountIDs) > 0 && !slices.Contains(t.AccountIDs, c.AccountID) {
		return false
	}
	if len(t.Owners) > 0 && !slices.Contains(t.Owners, c.Owner) {
		return false
	}
	return named(t.Name, c.Name)
}

// named says whether a name has the parts of a pattern in their order.
func named(pattern, name string) bool {
	pattern, name = plaintext.Fold(pattern), plaintext.Fold(name)
	for part := range strings.SplitSeq(pattern, "*") {
		at := strings.Index(name, part)
		if at < 0 {
			return false
		}
		name = name[at+len(part):]
	}
	return true
}
