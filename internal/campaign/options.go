package campaign

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Variant is one of several ways to say it, of which each person gets one.
type Variant struct {
	Name    string `json:"name" minLength:"1" maxLength:"20"`
	ShareBP int    `json:"share_bp,omitempty" minimum:"0" maximum:"10000" doc:"Of those who get one of the variants, in basis points; nought for all of them: even shares"`
	Subject string `json:"subject,omitempty" maxLength:"300"`
	Text    string `json:"text" maxLength:"20000"`
	HTML    string `json:"html,omitempty" maxLength:"500000"`
}

// Winner says how the best variant is found and what the others then get.
type Winner struct {
	Metric     string `json:"metric" enum:"clicks,visits,orders,money" doc:"What is compared: the share of people who clicked, visited or ordered, or money by person"`
	AfterHours int    `json:"after_hours" minimum:"1" maximum:"168" doc:"How long after it began the test is judged"`
	ShareBP    int    `json:"share_bp" minimum:"1000" maximum:"9000" doc:"Share of people in the test, all variants together, in basis points"`
	Otherwise  string `json:"otherwise" enum:"first,leader,even" doc:"What the rest get when no variant can be told to be the best: the first, the one that is ahead, or each the one they were dealt"`
}

// Options are what a campaign says besides its text.
type Options struct {
	Variants []Variant `json:"variants,omitempty" maxItems:"5" nullable:"false" doc:"None, or two to five; the campaign's own text is then that of the first"`
	Winner   *Winner   `json:"winner,omitempty" doc:"Absent: everybody gets one of the variants, and the report compares them"`
	// TrackLinks is a pointer because no is not nothing.
	TrackLinks   *bool     `json:"track_links,omitempty" doc:"Links tell who followed them. Absent: yes"`
	UTM          *UTM      `json:"utm,omitempty" doc:"Parameters that are added to the links"`
	CouponPoolID string    `json:"coupon_pool_id,omitempty" maxLength:"64" doc:"Of which {{ coupon }} takes a code for each person"`
	SMS          *SMS      `json:"sms,omitempty" doc:"What goes over SMS, whichever variant somebody gets"`
	Attachments  []string  `json:"attachments,omitempty" maxItems:"10" nullable:"false" doc:"Files of POST /carriers/media that go along with e-mail"`
	Schedule     *Schedule `json:"schedule,omitempty" doc:"It comes again and again, each time as a campaign of its own; start_at is then not before"`
	LocalTime    bool      `json:"local_time,omitempty" doc:"What the clock shows at start_at in the brand's zone, it is to show where each person is: by their trait time_zone, else the brand's"`
	Route        string    `json:"route,omitempty" enum:",order,preferred" doc:"In which order each person's accounts are tried. order, or absent: as they stand; preferred: first the carrier of their trait preferred_carrier, else where they last wrote or opened a message"`
}

// What the test is judged by.
const (
	ByClicks = "clicks"
	ByVisits = "visits"
	ByOrders = "orders"
	ByMoney  = "money"
)

// What the rest get when no variant is the best beyond chance.
const (
	OtherwiseFirst  = "first"
	OtherwiseLeader = "leader"
	OtherwiseEven   = "even"
)

const wholeBP = 10_000

func readOptions(stored string) (o Options, err error) {
	if err := json.Unmarshal([]byte(stored), &o); err != nil {
		return o, fmt.Errorf("campaign: its options: %w", err)
	}
	return o, nil
}

func (o Options) stored() (string, error) {
	b, err := json.Marshal(o)
	return string(b), err
}

// variant finds one by its name.
func (o Options) variant(name string) (Variant, bool) {
	if i := slices.IndexFunc(o.Variants, func(v Variant) bool { return v.Name == name }); i >= 0 {
		return o.Variants[i], true
	}
	return Variant{}, false
}

// shares are those of the variants, adding up to 10,000.
func (o Options) shares() []int64 {
	out := make([]int64, len(o.Variants))
	var sum int64
	for i, v := range o.Variants {
		out[i] = int64(v.ShareBP)
		sum += out[i]
	}
	if sum > 0 || len(out) == 0 {
		return out
	}
	each := int64(wholeBP / len(out))
	for i := range out {
		out[i] = each
	}
	out[0] += wholeBP - each*int64(len(out))
	return out
}

// check says what is wrong with the options themselves; their texts are read
// with the campaign's.
func (o *Options) check() (fields []errs.Field) {
	wrong := func(path string, t i18n.Text) { fields = append(fields, errs.Field{Path: path, Text: t}) }
	seen, sum := map[string]bool{}, 0
	for i := range o.Variants {
		v := &o.Variants[i]
		path := fmt.Sprintf("body.variants[%d]", i)
		if v.Name = strings.TrimSpace(v.Name); v.Name == "" || seen[v.Name] {
			wrong(path+".name", i18n.T("每个版本要有不同的名字", "Each variant has a name of its own"))
		}
		if v.Name == Holdout || v.Name == Global {
			wrong(path+".name", i18n.T("这个名字留给对照组用", "That name is for those who are left out"))
		}
		seen[v.Name] = true
		sum += v.ShareBP
		if v.ShareBP == 0 && o.Variants[0].ShareBP != 0 || v.ShareBP != 0 && o.Variants[0].ShareBP == 0 {
			wrong(path+".share_bp", i18n.T("要么每个版本都写占比，要么都不写", "Either all variants have a share or none"))
		}
	}
	if len(o.Variants) == 1 {
		wrong("body.variants", i18n.T("测试至少要两个版本", "A test has two variants at least"))
	}
	if sum != 0 && sum != wholeBP {
		wrong("body.variants", i18n.T("各版本的占比加起来应是全部", "The shares of the variants add up to the whole"))
	}
	if o.Winner != nil && len(o.Variants) < 2 {
		wrong("body.winner", i18n.T("没有几个版本可比", "There are no variants to compare"))
	}
	if o.Schedule != nil {
		fields = append(fields, o.Schedule.check()...)
	}
	if o.SMS != nil {
		fields = append(fields, o.SMS.check()...)
	}
	if o.LocalTime && o.Winner != nil {
		wrong("body.local_time", i18n.T("测试各版本时不能按各地时间发", "A test of variants cannot go by each person's clock"))
	}
	return fields
}
