package reach

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

// BlockedSheet is the do-not-contact list as a table: its header, and its rows,
// which are read a thousand at a time.
func (s *Service) BlockedSheet(ctx context.Context) (header []string, rows func(sheet.Row) error, err error) {
	first, next, err := s.BlockedList(ctx, "", blockedPlace{}, exportChunk)
	if err != nil {
		return nil, nil, err
	}
	a := actor(ctx)
	if err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		return s.Auditor.Audit(ctx, tx, "reach.blocked_exported", "settings", "blocked", nil)
	}); err != nil {
		return nil, nil, err
	}
	lang := i18n.From(ctx)
	for _, t := range []i18n.Text{i18n.T("客户编号", "Person ID"), i18n.T("客户", "Person"), i18n.T("原因", "Reason"), i18n.T("由谁加入", "Added by"), i18n.T("加入时间", "Added at")} {
		header = append(header, t.In(lang))
	}
	return header, func(row sheet.Row) error {
		for page := first; ; {
			for _, b := range page {
				if err := row(b.PersonID, b.Name, b.Reason, b.By, b.At.Format(time.RFC3339)); err != nil {
					return err
				}
			}
			if next == (blockedPlace{}) {
				return nil
			}
			var err error
			if page, next, err = s.BlockedList(ctx, "", next, exportChunk); err != nil {
				return err
			}
		}
	}, nil
}
