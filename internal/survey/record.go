package survey

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Record takes the whole answer of a person who gave it elsewhere at some
// time, such as on the phone to staff. What follows from it follows as from a
// page. That something is missing which must be answered is errs.CodeInvalid,
// that they have answered before errs.CodeConflict.
func (s *Service) Record(ctx context.Context, surveyID, personID string, answers Answers, began, ended time.Time) error {
	org := orgOf(ctx)
	return s.db.Write(ctx, org, func(tx *db.Tx) error {
		v, err := there(ctx, tx, org, surveyID)
		if err != nil {
			return err
		}
		if v.status != Published {
			return errs.Conflict(i18n.T("这份问卷没有在发布中", "This survey is not published"))
		}
		spec, err := versionSpec(ctx, tx, org, surveyID, v.version)
		if err != nil {
			return err
		}
		if spec.reach(answers) < len(spec.pages()) {
			return errs.Invalid(i18n.T("还有必答题没有回答", "A required question is not answered"))
		}
		r, err := s.begin(ctx, tx, v, guest{person: personID}, began)
		if err != nil {
			return err
		}
		r.answers = answers
		if err := s.finish(ctx, tx, v, spec, r, ended); err != nil {
			return err
		}
		if r.status == respRepeated {
			return errs.Conflict(i18n.T("这位客户已经填过", "This person has answered before"))
		}
		return nil
	})
}
