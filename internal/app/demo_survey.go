package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"fishpond/internal/platform/errs"
	"fishpond/internal/pool"
	"fishpond/internal/survey"
)

// demoAnswers is how many of the brand's people have answered its survey.
const demoAnswers = 40

// demoTastes are the tags that the survey gives, each person one of them.
var demoTastes = []string{"清香派", "浓香派", "花果派", "还在摸索"}

// demoWishes are what people wrote at the end of it.
var demoWishes = []string{"", "", "", "希望出小包装，出差带着方便", "冲泡说明能不能印大一点", "想要一份四季喝茶的建议", "客服很耐心，谢谢", "运费有点高，能不能满减", "老白茶很好，下次还买", "礼盒的提手断了一次"}

// demoSurvey publishes a survey of the synthetic brand and has some of its
// people answer it in the days before.
func (a *App) demoSurvey(ctx context.Context, seed uint64) error {
	taste := map[string]string{}
	for _, name := range demoTastes {
		t, err := a.Pool.CreateTag(ctx, pool.TagInput{Group: "口味偏好", Name: name})
		if err != nil {
			return fmt.Errorf("tag %s: %w", name, err)
		}
		taste[name] = t.ID
	}
	if _, err := a.Pool.CreateTrait(ctx, pool.TraitInput{Key: "cups_a_day", Label: "每天喝几杯", Type: "number"}); err != nil && !errs.Is(err, errs.CodeConflict) {
		return err
	}
	v, err := a.Surveys.Create(ctx, survey.SurveyInput{Name: "喝茶习惯小调查", Spec: demoSpec(taste)})
	if err != nil {
		return err
	}
	if v, err = a.Surveys.Publish(ctx, v.ID, v.Revision); err != nil {
		return err
	}
	people, err := a.Pool.List(ctx, pool.Filter{Sort: "-last_order_at", MaxGMVMinor: -1, MaxOrders: -1}, pool.Cursor{}, demoAnswers)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(seed, 404))
	for i, p := range people.Persons {
		ended := a.now().Add(-time.Duration(i) * 97 * time.Minute)
		began := ended.Add(-time.Duration(40+r.IntN(120)) * time.Second)
		if err := a.Surveys.Record(ctx, v.ID, p.ID, demoReply(r), began, ended); err != nil {
			return fmt.Errorf("answer of %s: %w", p.ID, err)
		}
	}
	return nil
}

func demoSpec(taste map[string]string) *survey.Spec {
	options := func(texts ...string) (out []survey.Option) {
		for i, t := range texts {
			out = append(out, survey.Option{ID: fmt.Sprint("o", i+1), Text: t})
		}
		return out
	}
	q1 := survey.Question{ID: "q1", Type: survey.Single, Title: "你更喜欢哪一路茶？", Required: true, Options: options("清新的绿茶、清香乌龙", "醇厚的红茶、普洱、岩茶", "花茶和花果茶", "都想试试")}
	for i, name := range demoTastes {
		q1.Rules = append(q1.Rules, survey.Rule{Options: []string{q1.Options[i].ID}, Do: survey.GroupTag, TagID: taste[name]})
	}
	return &survey.Spec{Title: "喝茶习惯小调查", Open: "nameless", Color: "#2f6b3c",
		Intro: "山野茶事想更懂你怎么喝茶。五道题，一分钟；回答只用来给你推荐更合口味的茶和冲泡建议，不会给别人。",
		Questions: []survey.Question{q1,
			{ID: "q2", Type: survey.Scale, Title: "一天大概喝几杯？", Required: true, From: 1, To: 10, LowLabel: "一杯以内", HighLabel: "十杯以上", SamePage: true, Rules: []survey.Rule{{Do: survey.SetTrait, Trait: "cups_a_day"}}},
			{ID: "q3", Type: survey.Scale, Title: "你有多大可能把我们推荐给爱喝茶的朋友？", Required: true, From: 0, To: 10, LowLabel: "完全不会", HighLabel: "一定会"},
			{ID: "q4", Type: survey.Multiple, Title: "哪里让你不满意？", Required: true, Max: 3, Options: options("价格偏高", "不知道怎么泡", "物流慢", "包装不好拿", "口味不合"),
				ShowIf: &survey.Logic{Conditions: []survey.Condition{{Question: "q3", Op: "at_most", Number: 6}}}, Rules: []survey.Rule{{Do: survey.PainPoint}}},
			{ID: "q5", Type: survey.Text, Title: "还想对我们说点什么？", Long: true}},
		Endings: []survey.Ending{
			{ID: "sorry", Title: "谢谢你直说", Text: "我们会尽快改，改好了告诉你。", ShowIf: &survey.Logic{Conditions: []survey.Condition{{Question: "q3", Op: "at_most", Number: 6}}}},
			{ID: "fan", Title: "谢谢你喜欢山野的茶", Text: "下次下单备注“问卷”，送你一泡当季新茶。", ShowIf: &survey.Logic{Conditions: []survey.Condition{{Question: "q3", Op: "at_least", Number: 9}}}},
			{ID: "thanks", Title: "收到了，谢谢", Text: "祝你喝到喜欢的茶。"},
		}}
}

// demoReply is what somebody might answer.
func demoReply(r *rand.Rand) survey.Answers {
	number := func(n int) *int { return &n }
	recommend := 10 - int(float64(11)*r.Float64()*r.Float64())
	out := survey.Answers{"q1": {Options: []string{fmt.Sprint("o", 1+r.IntN(4))}}, "q2": {Number: number(1 + r.IntN(7))}, "q3": {Number: number(recommend)}}
	if recommend <= 6 {
		first := 1 + r.IntN(5)
		out["q4"] = survey.Answer{Options: []string{fmt.Sprint("o", first)}}
		if second := 1 + r.IntN(5); second != first {
			out["q4"] = survey.Answer{Options: []string{fmt.Sprint("o", first), fmt.Sprint("o", second)}}
		}
	}
	if text := demoWishes[r.IntN(len(demoWishes))]; text != "" {
		out["q5"] = survey.Answer{Text: text}
	}
	return out
}
