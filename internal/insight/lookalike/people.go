package lookalike

import (
	"cmp"
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight/behind"
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
	behind.PersonBehind
	Score float64  `json:"score" doc:"Sum of the logarithms of the odds ratios of what she has of the features"`
	Has   []string `json:"has" nullable:"false" doc:"Those of the features that speak for her, the heaviest first; at most 5"`
}

// LookAlikes are those who were found.
type LookAlikes struct {
	behind.Crowd[LookAlike]
	Tied   int64    // left out though they are as alike as the last one
	Lowest *float64 // score of the last one; nil when there is nobody
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
	if in.Count < 1 || in.Count > behind.MaxSegment {
		return nil, 0, nil, why, errs.InvalidField("body.count", i18n.T("人数应在 1 到 %d 之间", "The number is from 1 to %d", behind.MaxSegment))
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

// Behind finds look-alikes, the most alike first.
func (s *Service) Behind(ctx context.Context, orgID string, in LookAlikeInput) (out LookAlikes, err error) {
	all, tied, by, why, err := s.alike(ctx, orgID, in)
	if err != nil {
		return out, err
	}
	out.Tied, out.None, out.From = tied, why, i18n.T("相似人群（依据 %d 个共同点）", "look-alikes, by %d things that they share", len(by))
	scores := make(map[uint32]float64, len(all))
	for _, r := range all {
		out.Seqs = append(out.Seqs, r.seq)
		scores[r.seq] = r.score
	}
	if len(all) > 0 {
		out.Lowest = &all[len(all)-1].score
	}
	slices.SortStableFunc(by, func(a, b SharedFound) int { return cmp.Compare(weightOf(b), weightOf(a)) })
	out.Show = func(_ context.Context, some []behind.PersonBehind) ([]LookAlike, error) {
		shown := make([]LookAlike, len(some))
		for i, p := range some {
			shown[i] = LookAlike{PersonBehind: p, Score: scores[p.Seq], Has: []string{}}
			for _, f := range by {
				if len(shown[i].Has) < 5 && weightOf(f) > 0 && f.members.Contains(p.Seq) {
					shown[i].Has = append(shown[i].Has, f.FamilyLabel+"："+f.Label)
				}
			}
		}
		return shown, nil
	}
	return out, nil
}

func weightOf(f SharedFound) float64 { return table{f.With, f.Of, f.Other, f.Others}.weight() }
