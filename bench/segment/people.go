package segment

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/segment/index"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
)

// zone is where the made-up brand is.
var zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// present is the moment at which everything is asked.
var present = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const (
	day     = 24 * time.Hour
	history = 730 * day
)

// weighted are values with how often each occurs.
type weighted struct {
	values []string
	upTo   []float64 // cumulative
}

// zipf gives the k-th value the weight 1/k^s.
func zipf(s float64, values ...string) weighted {
	w := weighted{values: values}
	sum := 0.0
	for i := range values {
		sum += 1 / math.Pow(float64(i+1), s)
		w.upTo = append(w.upTo, sum)
	}
	return w
}

func (w *weighted) pick(r *rand.Rand) string {
	i, _ := slices.BinarySearch(w.upTo, r.Float64()*w.upTo[len(w.upTo)-1])
	return w.values[min(i, len(w.values)-1)]
}

func numbered(prefix string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = prefix + strconv.Itoa(i+1)
	}
	return out
}

var (
	regions = zipf(0.7, "广东", "山东", "河南", "江苏", "四川", "河北", "湖南", "浙江", "安徽", "湖北", "广西", "云南", "江西", "辽宁", "福建", "陕西", "贵州", "山西", "重庆",
		"黑龙江", "新疆", "甘肃", "上海", "吉林", "北京", "内蒙古", "天津", "海南", "宁夏", "青海", "西藏")
	channels   = zipf(1, numbered("chn_", 12)...)
	owners     = zipf(0.5, numbered("stf_", 200)...)
	sources    = zipf(1, "mini_program", "store", "tmall", "douyin", "import")
	surnames   = zipf(0.6, "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何", "林", "高", "罗")
	givenNames = zipf(0.3, "伟", "芳", "娜", "秀英", "敏", "静", "丽", "强", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "明", "超", "秀兰", "霞", "平", "刚", "桂英", "文", "辉", "玲", "婷", "建华", "欣怡", "子涵")
	skins      = zipf(0.8, "混合性", "干性", "油性", "敏感", "中性")
)

// tags are as frequent as 30 % of people for the first and 0.1 % for the last.
var tags = func() (out []struct {
	id, name string
	share    float64
}) {
	names := []string{"会员", "母婴", "关注新品", "价格敏感", "周末购物", "易退款"}
	for i := range 30 {
		name := "标签" + strconv.Itoa(i+1)
		if i < len(names) {
			name = names[i]
		}
		out = append(out, struct {
			id, name string
			share    float64
		}{"tag_" + strconv.Itoa(i+1), name, 0.3 * math.Pow(0.001/0.3, float64(i)/29)})
	}
	return out
}()

// people makes persons from a seed, one after the other.
type people struct {
	seed           uint64
	orders, opened float64 // a person, on average
	owed, unopened float64 // what rounding has left over
	total          int     // events so far
}

func newPeople(seed uint64, persons, events int) *people {
	each := float64(events) / float64(persons)
	return &people{seed: seed, orders: 0.4 * each, opened: 0.6 * each}
}

// some is a number of events around a mean, very uneven: a few have most.
func some(r *rand.Rand, mean float64, owed *float64) int {
	const sigma = 1.1
	*owed += mean * math.Exp(sigma*r.NormFloat64()-sigma*sigma/2)
	n := math.Floor(*owed)
	if n > 200 {
		n = 200
	}
	*owed -= n
	return int(n)
}

// at is a time in the past, in whole seconds, as platforms tell it.
func at(back time.Duration) int64 {
	return clock.Micros(present) - back.Truncate(time.Second).Microseconds()
}

// next makes one person.
func (g *people) next(seq uint32) plan.Person {
	r := rand.New(rand.NewPCG(g.seed, uint64(seq))) //nolint:gosec // to be the same every time
	chance := func(p float64) bool { return r.Float64() < p }
	known := time.Duration(r.Float64() * float64(history+365*day))
	p := plan.Person{Seq: seq, Name: surnames.pick(r) + givenNames.pick(r) + givenNames.pick(r), Source: sources.pick(r), Created: at(known),
		Consents: map[string]bool{}, Traits: map[string]any{}}
	if chance(0.92) {
		p.Region = regions.pick(r)
	}
	if chance(0.8) {
		p.Gender = []string{"female", "female", "male"}[r.IntN(3)]
	}
	if chance(0.55) {
		p.Birthday = (plan.Civil(1950, 1, 1) + plan.Day(r.IntN(58*365))).String()
	}
	if chance(0.6) {
		p.Owner = owners.pick(r)
	}
	if chance(0.7) {
		p.Channel = channels.pick(r)
	}
	since := min(known, history)
	for range some(r, g.orders, &g.owed) {
		amount := math.Round(15000 * math.Exp(0.9*r.NormFloat64()))
		e := plan.Event{Kind: "order.paid", At: at(time.Duration(math.Pow(r.Float64(), 1.3) * float64(since))), Data: map[string]any{
			"order_id": "o" + strconv.FormatUint(r.Uint64()>>24, 36), "amount_minor": amount, "currency": "CNY",
			"items": []any{map[string]any{"sku": "SKU-" + strconv.Itoa(1+r.IntN(2000)), "quantity": 1 + r.IntN(3), "amount_minor": amount}}}}
		p.Events = append(p.Events, e)
		p.Orders++
		p.GMV += int64(amount)
		if p.FirstOrder == 0 || e.At < p.FirstOrder {
			p.FirstOrder = e.At
		}
		p.LastOrder = max(p.LastOrder, e.At)
		if chance(0.04) {
			p.Refunds++
			p.Refunded += int64(amount)
		}
	}
	for range some(r, g.opened, &g.unopened) {
		p.Events = append(p.Events, plan.Event{Kind: "message.opened", At: at(time.Duration(math.Pow(r.Float64(), 1.8) * float64(since)))})
	}
	g.total += len(p.Events)
	p.Stage = stage(&p)
	if p.Orders > 0 {
		p.Recency, p.Frequency, p.Monetary = 1+r.Int64N(5), min(5, p.Orders), 1+r.Int64N(5)
	}
	for _, t := range tags {
		if chance(t.share) {
			p.Tags = append(p.Tags, t.id)
		}
	}
	for _, i := range []struct {
		kind  string
		share float64
	}{{"phone", 0.85}, {"unionid", 0.4}, {"email", 0.08}} {
		if chance(i.share) {
			p.Identities = append(p.Identities, i.kind)
		}
	}
	for _, c := range []struct {
		carrier string
		share   float64
	}{{"sms", 0.8}, {"wecom", 0.45}} {
		if chance(c.share) {
			p.Carriers = append(p.Carriers, c.carrier)
		}
	}
	if u := r.Float64(); u < 0.68 {
		p.Consents["marketing"] = u < 0.6
	}
	if chance(0.35) {
		p.Traits["skin"] = skins.pick(r)
	}
	if chance(0.15) {
		p.Traits["children"] = float64(r.IntN(4))
	}
	return p
}

func stage(p *plan.Person) string {
	switch quiet := at(0) - p.LastOrder; {
	case p.Orders == 0:
		return "new"
	case quiet > (150 * day).Microseconds():
		return "lost"
	case quiet > (45 * day).Microseconds():
		return "silent"
	case p.Orders == 1:
		return "first_order"
	}
	return "repeat"
}

// definitions are what can be asked of the people.
func definitions() predicate.Definitions {
	def := predicate.Definitions{
		Zone: zone, CurrencyDigits: 2, Events: predicate.StandardEvents(),
		Traits:     []predicate.Trait{{Key: "skin", Label: "肤质", Type: plan.Text}, {Key: "children", Label: "孩子", Type: plan.Number}},
		Segments:   []predicate.Named{{ID: "seg_1", Name: "大客户"}},
		Identities: []string{"phone", "unionid", "email"}, Carriers: []string{"sms", "wecom"}, Purposes: []string{"marketing"},
	}
	for _, t := range tags {
		def.Tags = append(def.Tags, predicate.TagDef{ID: t.id, Name: t.name})
	}
	return def
}

// traits are the declared ones.
func traits() (out []plan.Attr) {
	for _, t := range definitions().Traits {
		out = append(out, plan.Attr{Name: t.Key, Trait: true, Type: t.Type})
	}
	return out
}

// tracked are the properties of events that the index keeps.
var tracked = []index.Property{
	{Kind: "order.paid", Prop: plan.Prop{Path: "amount_minor", Type: plan.Money}},
	{Kind: "order.refunded", Prop: plan.Prop{Path: "amount_minor", Type: plan.Money}},
}
