package care

import (
	"context"
	"slices"
	"strings"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Verdict says whether a text may be sent.
type Verdict struct {
	Blocked bool  `json:"blocked"`
	Hits    []Hit `json:"hits" nullable:"false"`
}

// Words are the words for which it may not be sent, each once.
func (v Verdict) Words() (out []string) {
	for _, h := range v.Hits {
		if h.Action == ActionBlock && !slices.Contains(out, h.Word) {
			out = append(out, h.Word)
		}
	}
	return out
}

// Check looks for sensitive words in a text that is about to be sent to a
// customer. It asks memory only, but for the first time in an org.
func (s *Service) Check(ctx context.Context, orgID, text string) (v Verdict, err error) {
	b := s.slot(orgID).Load()
	if b == nil {
		err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
			b, err = s.book(ctx, tx, orgID)
			return err
		})
		if err != nil {
			return v, err
		}
	}
	v.Hits = b.find(text, DirectionOut)
	v.Blocked = len(v.Words()) > 0
	return v, nil
}

// Draft is a message that is about to be sent.
type Draft struct {
	Key        string // the sender's own name for it: the same makes one case
	AccountID  string
	PersonID   string
	ExternalID string
	StaffID    string // who wrote it; empty: a rule
	Text       string
}

// Clear is Check for whoever sends: the error is errs.CodeInvalid and names the
// words when the message must not be sent. That it was stopped is a case.
func (s *Service) Clear(ctx context.Context, orgID string, d Draft) error {
	v, err := s.Check(ctx, orgID, d.Text)
	if err != nil || !v.Blocked {
		return err
	}
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		_, err := s.raise(ctx, tx, orgID, []heard{{dedupe: "stopped " + d.Key, source: sourceStopped, direction: DirectionOut, text: d.Text, hits: v.Hits,
			person: d.PersonID, account: d.AccountID, external: d.ExternalID, staff: d.StaffID, at: s.micros()}})
		return err
	})
	if err != nil {
		return err
	}
	words := v.Words()
	shown := strings.Join(words[:min(len(words), 5)], "、")
	return errs.Invalid(i18n.Text{ZH: "消息含有不允许发送的词：" + shown, EN: "The message has words that may not be sent: " + strings.ReplaceAll(shown, "、", ", ")})
}
