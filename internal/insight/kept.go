package insight

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/plaintext"
)

// KeptQuestion is a question that was kept under a name.
type KeptQuestion struct {
	ID        string          `json:"id"`
	Kind      string          `json:"kind" enum:"funnel,retention,paths,shared"`
	Name      string          `json:"name"`
	Question  json.RawMessage `json:"question" doc:"The body of the endpoint that answers it"`
	CreatedAt time.Time       `json:"created_at"`
	UpdatedAt time.Time       `json:"updated_at"`
}

const (
	mostQuestions = 200    // that an org keeps
	mostQuestion  = 20_000 // bytes of one
	keptUndo      = 30 * 24 * time.Hour
)

var errNoQuestion = errs.NotFound(i18n.T("这份保存的分析", "kept question"))

func keptName(name string) (string, error) {
	name = strings.TrimSpace(plaintext.Tidy(name))
	if name == "" || utf8.RuneCountInString(name) > mostName {
		return "", errs.InvalidField("body.name", i18n.T("名称应为 1 到 %d 个字", "A name has 1 to %d characters", mostName))
	}
	return name, nil
}

// readable refuses what the endpoint could not even read; what it says of events
// and segments is looked at when it is asked.
func readable(kind string, question json.RawMessage) error {
	var into any
	switch kind {
	case "funnel":
		into = &FunnelInput{}
	case "retention":
		into = &RetentionInput{}
	case "paths":
		into = &PathsInput{}
	case "shared":
		into = &map[string]any{}
	default:
		return errs.InvalidField("body.kind", i18n.T("只能是漏斗、留存、路径或共同点", "It is funnel, retention, paths or shared"))
	}
	d := json.NewDecoder(bytes.NewReader(question))
	d.DisallowUnknownFields()
	if len(question) == 0 || len(question) > mostQuestion || question[0] != '{' || d.Decode(into) != nil {
		return errs.InvalidField("body.question", i18n.T("这不是一份可以重新打开的分析", "This is no question that could be asked again"))
	}
	return nil
}

// KeptQuestions lists them by name.
func (s *Service) KeptQuestions(ctx context.Context) (out []KeptQuestion, err error) {
	a, _ := access.From(ctx)
	return out, s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out = []KeptQuestion{}
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var k KeptQuestion
			var question string
			var made, changed int64
			err := rows.Scan(&k.ID, &k.Kind, &k.Name, &question, &made, &changed)
			k.Question, k.CreatedAt, k.UpdatedAt = json.RawMessage(question), clock.Time(made), clock.Time(changed)
			out = append(out, k)
			return err
		}, "SELECT id, kind, name, question, created_at, updated_at FROM insight_question WHERE org_id = ? AND deleted_at = 0 ORDER BY name, id", a.OrgID)
	})
}

// KeepQuestion keeps one under a name.
func (s *Service) KeepQuestion(ctx context.Context, kind, name string, question json.RawMessage) (k KeptQuestion, err error) {
	if name, err = keptName(name); err != nil {
		return k, err
	}
	if err = readable(kind, question); err != nil {
		return k, err
	}
	a, _ := access.From(ctx)
	now := s.now().UTC().Truncate(time.Microsecond)
	k = KeptQuestion{ID: ids.New("qst"), Kind: kind, Name: name, Question: question, CreatedAt: now, UpdatedAt: now}
	return k, s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "DELETE FROM insight_question WHERE org_id = ? AND deleted_at > 0 AND deleted_at < ?", a.OrgID, clock.Micros(now.Add(-keptUndo))); err != nil {
			return err
		}
		if err := roomForQuestion(ctx, tx, a.OrgID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "INSERT INTO insight_question (org_id, id, kind, name, question, created_at, created_by, updated_at, deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
			a.OrgID, k.ID, kind, name, string(question), clock.Micros(now), a.ID, clock.Micros(now))
		return err
	})
}

func roomForQuestion(ctx context.Context, tx *db.Tx, orgID string) error {
	var n int
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM insight_question WHERE org_id = ? AND deleted_at = 0", orgID).Scan(&n); err != nil {
		return err
	}
	if n >= mostQuestions {
		return errs.Conflict(i18n.T("最多保存 %d 份，请先删除旧的", "At most %d are kept: delete an old one first", mostQuestions))
	}
	return nil
}

// ChangeQuestion renames a kept question, or keeps another in its place; an empty
// name or question stays as it is.
func (s *Service) ChangeQuestion(ctx context.Context, id, name string, question json.RawMessage) error {
	if name != "" {
		var err error
		if name, err = keptName(name); err != nil {
			return err
		}
	}
	a, _ := access.From(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		var kind string
		err := tx.QueryRow(ctx, "SELECT kind FROM insight_question WHERE org_id = ? AND id = ? AND deleted_at = 0", a.OrgID, id).Scan(&kind)
		if db.IsNoRows(err) {
			return errNoQuestion
		}
		if err != nil {
			return err
		}
		if len(question) > 0 {
			if err := readable(kind, question); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `UPDATE insight_question SET name = CASE WHEN ? = '' THEN name ELSE ? END, question = CASE WHEN ? = '' THEN question ELSE ? END, updated_at = ?
			WHERE org_id = ? AND id = ?`, name, name, string(question), string(question), clock.Micros(s.now()), a.OrgID, id)
		return err
	})
}

// DropQuestion deletes one; RestoreQuestion brings it back for thirty days.
func (s *Service) DropQuestion(ctx context.Context, id string) error {
	a, _ := access.From(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, "UPDATE insight_question SET deleted_at = ? WHERE org_id = ? AND id = ? AND deleted_at = 0", clock.Micros(s.now()), a.OrgID, id)
		if err == nil && n == 0 {
			err = errNoQuestion
		}
		return err
	})
}

// RestoreQuestion brings back one that was deleted.
func (s *Service) RestoreQuestion(ctx context.Context, id string) error {
	a, _ := access.From(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := roomForQuestion(ctx, tx, a.OrgID); err != nil {
			return err
		}
		n, err := tx.Changed(ctx, "UPDATE insight_question SET deleted_at = 0 WHERE org_id = ? AND id = ? AND deleted_at >= ?", a.OrgID, id, clock.Micros(s.now().Add(-keptUndo)))
		if err != nil {
			return fmt.Errorf("insight: question: %w", err)
		}
		if n == 0 {
			return errNoQuestion
		}
		return nil
	})
}
