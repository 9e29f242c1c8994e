package survey

// Spec is what a survey asks, of whom, and what follows from the answers.
// While it is edited it may be incomplete; what is published is not.
type Spec struct {
	Title     string     `json:"title" maxLength:"80"`
	Intro     string     `json:"intro" maxLength:"2000" doc:"Who asks for what, and why; shown before the first question"`
	Color     string     `json:"color" pattern:"^(#[0-9a-f]{6})?$" doc:"Of buttons; empty: the house's own"`
	Open      string     `json:"open" enum:"off,phone,nameless" doc:"Who may answer over the open address: nobody (personal addresses only), whoever leaves a phone number, anybody"`
	Repeat    bool       `json:"repeat" doc:"May answer more than once"`
	Questions []Question `json:"questions" maxItems:"60" nullable:"false"`
	Endings   []Ending   `json:"endings" maxItems:"10" nullable:"false" doc:"The first whose condition is met is shown; a plain one when none is"`
}

// The types of questions.
const (
	Single   = "single"
	Multiple = "multiple"
	Scale    = "scale"
	Text     = "text"
	Phone    = "phone"
	Date     = "date"
)

// Question is one question.
type Question struct {
	ID        string   `json:"id" pattern:"^[a-z][a-z0-9_]{0,19}$" doc:"Never changes, so that versions can be compared"`
	Type      string   `json:"type" enum:"single,multiple,scale,text,phone,date"`
	Title     string   `json:"title" maxLength:"300" doc:"{{id}} stands for the answer to an earlier question"`
	Help      string   `json:"help,omitempty" maxLength:"500"`
	Required  bool     `json:"required,omitempty"`
	SamePage  bool     `json:"same_page,omitempty" doc:"On one page with the question before"`
	Options   []Option `json:"options,omitempty" maxItems:"40" nullable:"false" doc:"Of choices"`
	Min       int      `json:"min,omitempty" minimum:"0" maximum:"40" doc:"Multiple: how many at least; 0: any"`
	Max       int      `json:"max,omitempty" minimum:"0" maximum:"40" doc:"Multiple: how many at most; 0: any"`
	From      int      `json:"from,omitempty" minimum:"0" maximum:"1" doc:"Scale: the lowest"`
	To        int      `json:"to,omitempty" minimum:"0" maximum:"10" doc:"Scale: the highest; one of 0–10 is a net promoter score"`
	LowLabel  string   `json:"low_label,omitempty" maxLength:"40"`
	HighLabel string   `json:"high_label,omitempty" maxLength:"40"`
	Long      bool     `json:"long,omitempty" doc:"Text of several lines"`
	Consent   string   `json:"consent,omitempty" maxLength:"500" doc:"Phone: what is agreed to with a tick; without it the number is not stored"`
	ShowIf    *Logic   `json:"show_if,omitempty"`
	Rules     []Rule   `json:"rules,omitempty" maxItems:"20" nullable:"false" doc:"What follows for the person who answers"`
}

// Option is one of the answers to choose from.
type Option struct {
	ID   string `json:"id" pattern:"^[a-z0-9_]{1,20}$"`
	Text string `json:"text" maxLength:"100"`
}

// Logic is conditions on answers to questions of earlier pages.
type Logic struct {
	Any        bool        `json:"any,omitempty" doc:"One is enough; otherwise all must be met"`
	Conditions []Condition `json:"conditions" maxItems:"10" nullable:"false"`
}

// Condition looks at one answer. A question that was not answered, or not
// shown, meets none.
type Condition struct {
	Question string   `json:"question" maxLength:"20"`
	Op       string   `json:"op" enum:"answered,equals,any_of,none_of,at_least,at_most" doc:"equals: exactly these options, or this number. at_least, at_most: of a scale its number, of a choice how many"`
	Options  []string `json:"options,omitempty" maxItems:"40" nullable:"false"`
	Number   int      `json:"number,omitempty" minimum:"0" maximum:"40"`
}

// What a rule does.
const (
	AddTag    = "add_tag"
	RemoveTag = "remove_tag"
	GroupTag  = "group_tag"
	SetTrait  = "set_trait"
	PainPoint = "pain_point"
	Remark    = "remark"
)

// Rule changes the person when an answer fits.
type Rule struct {
	Options []string `json:"options,omitempty" maxItems:"40" nullable:"false" doc:"Choice: any of these; empty: any answer"`
	Min     *int     `json:"min,omitempty" doc:"Scale: at least"`
	Max     *int     `json:"max,omitempty" doc:"Scale: at most"`
	Do      string   `json:"do" enum:"add_tag,remove_tag,group_tag,set_trait,pain_point,remark" doc:"group_tag: gives the tag and takes the others of its group"`
	TagID   string   `json:"tag_id,omitempty" maxLength:"64"`
	Trait   string   `json:"trait,omitempty" maxLength:"40" doc:"Key of a declared trait"`
	Value   string   `json:"value,omitempty" maxLength:"128" doc:"Trait, pain point, remark: this, with {{id}} for answers; empty: the answer itself"`
}

// Ending is what is shown after the last question.
type Ending struct {
	ID     string `json:"id" pattern:"^[a-z][a-z0-9_]{0,19}$"`
	Title  string `json:"title" maxLength:"80"`
	Text   string `json:"text,omitempty" maxLength:"1000"`
	URL    string `json:"url,omitempty" maxLength:"500" doc:"https:// address of a button"`
	Button string `json:"button,omitempty" maxLength:"30"`
	ShowIf *Logic `json:"show_if,omitempty"`
}

// Answer is what was given to a question.
type Answer struct {
	Options []string `json:"options,omitempty" nullable:"false"`
	Number  *int     `json:"number,omitempty"`
	Text    string   `json:"text,omitempty" doc:"Of text, phone (E.164) and date (YYYY-MM-DD)"`
}

// Answers are by question id.
type Answers map[string]Answer

// given reports whether there is anything in an answer.
func (a Answer) given() bool { return len(a.Options) > 0 || a.Number != nil || a.Text != "" }

// question finds a question by its id.
func (s *Spec) question(id string) *Question {
	for i := range s.Questions {
		if s.Questions[i].ID == id {
			return &s.Questions[i]
		}
	}
	return nil
}

func (q *Question) choice() bool { return q.Type == Single || q.Type == Multiple }

// nps reports whether a question is the one of the net promoter score.
func (q *Question) nps() bool { return q.Type == Scale && q.From == 0 && q.To == 10 }

// label is the text of an option, empty when there is none.
func (q *Question) label(option string) string {
	for _, o := range q.Options {
		if o.ID == option {
			return o.Text
		}
	}
	return ""
}
