package insight

import (
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// PeopleInput names the people behind a figure: exactly one of the questions,
// and the figure in its answer.
type PeopleInput struct {
	Funnel    *FunnelInput    `json:"funnel,omitempty"`
	Retention *RetentionInput `json:"retention,omitempty"`
	Paths     *PathsInput     `json:"paths,omitempty"`

	Step  int      `json:"step,omitempty" minimum:"0" maximum:"8" doc:"Of a funnel: who did the steps up to this one, from 1"`
	Not   int      `json:"not,omitempty" minimum:"0" maximum:"8" doc:"Of a funnel: and did not come as far as this one; 0: however far they came"`
	Group *string  `json:"group,omitempty" maxLength:"200" doc:"Of a funnel with by: only those of this group, by its value"`
	Row   string   `json:"row,omitempty" maxLength:"10" doc:"Of retention: the first day of the row"`
	Cell  *int     `json:"cell,omitempty" minimum:"0" maximum:"60" doc:"Of retention: who came back so many units later; null: the whole row"`
	Path  []string `json:"path,omitempty" maxItems:"5" nullable:"false" doc:"Of paths: who took these steps"`
}

// SegmentFromInput makes a segment of the people behind a figure.
type SegmentFromInput struct {
	PeopleInput
	Name string `json:"name" minLength:"1" maxLength:"80"`
}

// peopleBehind finds them.
func (s *Service) peopleBehind(ctx context.Context, orgID string, in PeopleInput) (who *roaring.Bitmap, err error) {
	asked := 0
	for _, there := range []bool{in.Funnel != nil, in.Retention != nil, in.Paths != nil} {
		asked += int(db.Bit(there))
	}
	if asked != 1 {
		return nil, errs.Invalid(i18n.T("请说明是漏斗、留存还是路径里的人，只能选一个", "Say whether these are people of a funnel, of retention or of paths, one of them"))
	}
	var f Funnel
	if err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		switch {
		case in.Funnel != nil:
			f, err = s.funnel(ctx, tx, orgID, *in.Funnel)
		case in.Retention != nil:
			who, err = s.retentionPeople(ctx, tx, orgID, in)
		default:
			p, failed := s.paths(ctx, tx, orgID, *in.Paths, &in.Path)
			who, err = p.cell, failed
		}
		return err
	}); err != nil || in.Funnel == nil {
		return who, err
	}
	return s.funnelPeople(ctx, orgID, in, &f)
}

func (s *Service) funnelPeople(ctx context.Context, orgID string, in PeopleInput, f *Funnel) (*roaring.Bitmap, error) {
	n := len(f.reached)
	if in.Step < 1 || in.Step > n {
		return nil, errs.InvalidField("body.step", i18n.T("步骤应在 1 到 %d 之间", "The step is from 1 to %d", n))
	}
	if in.Not != 0 && (in.Not <= in.Step || in.Not > n) {
		return nil, errs.InvalidField("body.not", i18n.T("“没有走到”的步骤应在所选步骤之后，最大 %d", "The step not taken comes after the other one, %d at most", n))
	}
	reached := f.reached
	if in.Group != nil && in.Funnel.By == "month" {
		m, err := parseMonth("body.group", *in.Group)
		if err != nil {
			return nil, err
		}
		if reached = f.entered[m]; reached == nil {
			reached = bitmaps(n)
		}
	}
	who := reached[in.Step-1].Clone()
	if in.Not > 0 {
		who.AndNot(reached[in.Not-1])
	}
	if in.Group == nil || in.Funnel.By == "month" {
		return who, nil
	}
	if in.Funnel.By == "" {
		return nil, errs.InvalidField("body.group", i18n.T("这个漏斗没有拆分", "This funnel is not broken down"))
	}
	cut, err := s.measure.Audience.Slices(ctx, orgID, in.Funnel.By, in.Funnel.Key)
	if err != nil {
		return nil, err
	}
	if *in.Group == "" {
		for _, sl := range cut {
			who.AndNot(sl.Members)
		}
		return who, nil
	}
	i := slices.IndexFunc(cut, func(sl Slice) bool { return sl.Value == *in.Group })
	if i < 0 {
		return nil, errs.InvalidField("body.group", i18n.T("没有这个分组", "There is no such group"))
	}
	who.And(cut[i].Members)
	return who, nil
}

func (s *Service) retentionPeople(ctx context.Context, tx *db.Tx, orgID string, in PeopleInput) (*roaring.Bitmap, error) {
	// The rows' first days are those of the calendar: count them once.
	q, err := s.ask(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	for field, w := range map[string]EventChoice{"body.first": in.Retention.First, "body.back": in.Retention.Back} {
		if _, err := q.what(w, field); err != nil {
			return nil, err
		}
	}
	p, err := q.days(in.Retention.Days)
	if err != nil {
		return nil, err
	}
	unit := in.Retention.Unit
	if unit == "" {
		unit = "month"
	}
	rows, starts, err := q.units(&p, unit)
	if err != nil {
		return nil, err
	}
	want := retentionCell{row: -1, offset: -1}
	for i := range rows {
		if starts[i].Format("2006-01-02") == in.Row {
			want.row = i
		}
	}
	if want.row < 0 {
		return nil, errs.InvalidField("body.row", i18n.T("没有这一行", "There is no such row"))
	}
	if in.Cell != nil {
		want.offset = *in.Cell
	}
	r, err := s.retention(ctx, tx, orgID, *in.Retention, &want)
	return r.cell, err
}

// Behind finds the people behind a figure, the newest customers first.
func (s *Service) Behind(ctx context.Context, orgID string, in PeopleInput) (behind.Crowd[behind.PersonBehind], error) {
	who, err := s.peopleBehind(ctx, orgID, in)
	if err != nil {
		return behind.Crowd[behind.PersonBehind]{}, err
	}
	return behind.Crowd[behind.PersonBehind]{Seqs: behind.Newest(who), Show: behind.AsTheyAre, From: i18n.T("洞察", "Measure")}, nil
}
