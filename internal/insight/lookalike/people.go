package lookalike

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// LookAlikeInput asks for look-alikes.
type LookAlikeInput struct {
	SharedInput
	Features []SharedFeature `json:"features,omitempty" maxItems:"100" nullable:"false" doc:"What to go by; empty: all that differ, but for what everybody in the group has"`
	Count    int64           `json:"count" minimum:"1" maximum:"100000" doc:"How many, the most alike first"`
}

// LookAlikeSegmentInput makes a segment of them.
type LookAlikeSegmentInput struct {
	LookAlikeInput
	Name string `json:"name" minLength:"1" maxLength:"80"`
}

// LookAlike is somebody outside the group.
type LookAlike struct {
	insight.PersonBehind
	Score float64  `json:"score" doc:"Sum of the logarithms of the odds ratios of what she has of the features"`
	Has   []string `json:"has" nullable:"false" doc:"Those of the features that speak for her, the heaviest first; at most 5"`
}

// LookAlikePage is a page of them.
type LookAlikePage struct {
	Items  []LookAlike
	Total  int64    // at most what was asked for
	Tied   int64    // left out though they are as alike as the last one
	Lowest *float64 // score of the last one
	Next   int64    // offset of the next page; 0 on the last
	Why    i18n.Text
}

type ranked struct {
	seq   uint32
	score float64
}

// alike ranks those outside the group who have more for them than against them.
func (s *Service) alike(ctx context.Context, orgID string, in LookAlikeInput) (out []ranked, tied int64, by []SharedFound, why i18n.Text, err error) {
	if err = in.settle(); err != nil {
		return nil, 0, nil, why, err
	}
	if in.Count < 1 || in.Count > insight.MaxSegmentFrom {
		return nil, 0, nil, why, errs.InvalidField("body.count", i18n.T("人数应在 1 到 %d 之间", "The number is from 1 to %d", insight.MaxSegmentFrom))
	}
	st, err := s.open(ctx, orgID, in.SharedInput)
	if err != nil {
		return nil, 0, nil, why, err
	}
	if why = st.tooFew(in.SharedInput); why != (i18n.Text{}) {
		return nil, 0, nil, why, nil
	}
	all, _ := st.compare(st.group, st.others, in.Level)
	if by = differing(all); len(in.Features) > 0 {
		if by, err = chosen(all, in.Features); err != nil {
			return nil, 0, nil, why, err
		}
	}
	if len(by) == 0 {
		return nil, 0, nil, i18n.T("没有看出这群人与其他人的差别，找不出相似的人", "Nothing was found that sets the group apart: there is nobody to be called alike"), nil
	}
	sc := scoresOf(by)
	for it := roaring.AndNot(st.everybody, st.group).Iterator(); it.HasNext(); {
		if seq := it.Next(); sc.of(seq) > 0 {
			out = append(out, ranked{seq, sc.of(seq)})
		}
	}
	slices.SortFunc(out, func(a, b ranked) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.seq, a.seq)) })
	if int64(len(out)) > in.Count {
		last := out[in.Count-1].score
		for _, r := range out[in.Count:] {
			if r.score < last {
				break
			}
			tied++
		}
		out = out[:in.Count]
	}
	if len(out) == 0 {
		why = i18n.T("这群人之外没有人带有这些共同点", "Nobody outside the group has any of this")
	}
	return out, tied, by, why, nil
}

func chosen(all []SharedFound, want []SharedFeature) (out []SharedFound, err error) {
	for _, f := range want {
		i := slices.IndexFunc(all, func(x SharedFound) bool { return x.SharedFeature == f })
		if i < 0 {
			return nil, errs.InvalidField("body.features", i18n.T("没有人带有所选的共同点“%.40s”", "Nobody has the feature %.40s", f.Family+" "+f.Value))
		}
		if !slices.ContainsFunc(out, func(x SharedFound) bool { return x.SharedFeature == f }) {
			out = append(out, all[i])
		}
	}
	return out, nil
}

// People lists look-alikes, the most alike first; from is the Next of the page before.
func (s *Service) People(ctx context.Context, orgID string, in LookAlikeInput, from int64, limit int) (out LookAlikePage, err error) {
	out.Items = []LookAlike{}
	all, tied, by, why, err := s.alike(ctx, orgID, in)
	if err != nil || len(all) == 0 {
		out.Why = why
		return out, err
	}
	out.Total, out.Tied, out.Lowest = int64(len(all)), tied, &all[len(all)-1].score
	page := all[min(from, out.Total):min(from+int64(limit), out.Total)]
	if next := from + int64(len(page)); len(page) > 0 && next < out.Total {
		out.Next = next
	}
	seqs := make([]uint32, len(page))
	for i, r := range page {
		seqs[i] = r.seq
	}
	slices.SortStableFunc(by, func(a, b SharedFound) int { return cmp.Compare(weightOf(b), weightOf(a)) })
	// One by one: who has left meanwhile is left out of what comes back.
	for _, r := range page {
		shown, err := s.audience.Persons(ctx, orgID, []uint32{r.seq})
		if err != nil {
			return out, err
		}
		for _, p := range shown {
			a := LookAlike{PersonBehind: p, Score: r.score, Has: []string{}}
			for _, f := range by {
				if len(a.Has) < 5 && weightOf(f) > 0 && f.members.Contains(r.seq) {
					a.Has = append(a.Has, f.FamilyLabel+"："+f.Label)
				}
			}
			out.Items = append(out.Items, a)
		}
	}
	return out, nil
}

func weightOf(f SharedFound) float64 { return table{f.With, f.Of, f.Other, f.Others}.weight() }

// Segment makes a segment of exactly these look-alikes; they stay in it, whatever
// happens later. It needs segment.write of the actor.
func (s *Service) Segment(ctx context.Context, orgID string, in LookAlikeSegmentInput) (out insight.SegmentMade, err error) {
	if a, _ := access.From(ctx); !a.Can("segment.write") {
		return out, errs.Forbidden(i18n.T("保存人群需要人群编辑权限", "Saving a segment needs the permission to change segments"))
	}
	if strings.TrimSpace(in.Name) == "" {
		return out, errs.InvalidField("body.name", i18n.T("请给人群起个名字", "Give the segment a name"))
	}
	all, _, by, why, err := s.alike(ctx, orgID, in.LookAlikeInput)
	if err != nil {
		return out, err
	}
	if len(all) == 0 {
		return out, errs.Conflict(why)
	}
	seqs := make([]uint32, len(all))
	for i, r := range all {
		seqs[i] = r.seq
	}
	slices.Sort(seqs)
	about := i18n.T("与所选人群最相似的 %d 位客户，依据 %d 个共同点；名单不再变化", "%d customers most like a group, by %d things it shares; they stay as they are", len(seqs), len(by))
	if out.SegmentID, err = s.audience.SaveSegment(ctx, orgID, in.Name, about.In(i18n.From(ctx)), seqs); err != nil {
		return insight.SegmentMade{}, fmt.Errorf("lookalike: segment: %w", err)
	}
	out.Persons = int64(len(seqs))
	return out, nil
}
