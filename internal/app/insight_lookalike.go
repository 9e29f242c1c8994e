package app

import (
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight"
	"fishpond/internal/insight/lookalike"
	"fishpond/internal/platform/i18n"
)

// sharedAudience answers the part of insight that tells what people share.
type sharedAudience struct{ measureAudience }

func (s sharedAudience) Everybody(ctx context.Context, orgID string) (*roaring.Bitmap, error) {
	return s.app.Live.Pool(ctx, orgID)
}

func (s sharedAudience) Segment(ctx context.Context, orgID, id string) (string, *roaring.Bitmap, error) {
	seg, err := s.app.Segments.Get(ctx, id)
	if err != nil {
		return "", nil, err
	}
	members, err := s.app.Live.Members(ctx, orgID, id)
	return seg.Name, members, err
}

// Families are what people can be cut by. Stages are not among them: they follow
// from the orders that a group is most often made of.
func (s sharedAudience) Families(ctx context.Context, orgID string) (out []lookalike.Family, err error) {
	words, err := s.app.Segments.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	lang := i18n.From(ctx)
	add := func(family, by, key string, label i18n.Text) {
		if err != nil {
			return
		}
		var cut []insight.Slice
		if cut, err = s.Slices(ctx, orgID, by, key); err == nil {
			out = append(out, lookalike.Family{Key: family, Label: label.In(lang), Slices: cut})
		}
	}
	var groups []string
	for _, t := range words.Tags {
		groups = append(groups, t.Group)
	}
	slices.Sort(groups)
	for _, g := range slices.Compact(groups) {
		label := i18n.T("标签", "Tag")
		if g != "" {
			label = i18n.T("标签·%s", "Tag · %s", g)
		}
		add("tag", "tag", g, label)
	}
	for _, t := range words.Traits {
		if t.Type == "boolean" || len(t.Options) > 0 && (t.Type == "text" || t.Type == "list") {
			label := t.Label
			if label == "" {
				label = t.Key
			}
			add("trait:"+t.Key, "trait", t.Key, i18n.Text{ZH: label, EN: label})
		}
	}
	add("channel", "channel", "", i18n.T("渠道", "Channel"))
	add("region", "region", "", i18n.T("地区", "Region"))
	add("owner", "owner", "", i18n.T("负责员工", "Owner"))
	return out, err
}

func (a *App) newLookalike() *lookalike.Service {
	return lookalike.New(sharedAudience{measureAudience{a}}, a.Insight, a.desk())
}
