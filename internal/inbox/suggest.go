package inbox

import (
	"cmp"
	"context"
	"slices"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/fulltext"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/mask"
	"fishpond/internal/platform/plaintext"
)

// Line is one message as the assistant is shown it.
type Line struct {
	Ours bool
	Text string
}

// Snippet is a piece of the org's own material.
type Snippet struct{ Title, Text string }

// Ask is what the assistant is asked: the end of a conversation, and what the
// org has to say about it.
type Ask struct {
	Brand    string // the account's name
	Lines    []Line // oldest first, the last one is the customer's
	Material []Snippet
}

// Assistant drafts answers. It never sends any.
type Assistant interface {
	Draft(ctx context.Context, a Ask) (string, error)
}

// AssistantState says whether drafts can be had.
type AssistantState struct {
	Available bool `json:"available" doc:"The installation has an assistant"`
	Enabled   bool `json:"enabled" doc:"The org lets staff use it"`
}

// Suggestion is a draft, to be looked over and sent by a human.
type Suggestion struct {
	Text    string   `json:"text"`
	BasedOn []string `json:"based_on" nullable:"false" doc:"Titles of the quick replies that it was given"`
}

const (
	askLines    = 12   // messages that are shown to the assistant
	askText     = 1000 // characters of each
	askMaterial = 8
	maxDraft    = 2000 // characters
)

// SetAssistant plugs an assistant in. Call it before requests are served; nil,
// as at the start: there is none.
func (s *Service) SetAssistant(a Assistant) { s.assistant = a }

// AssistantState tells whether drafts can be had.
func (s *Service) AssistantState(ctx context.Context) (out AssistantState, err error) {
	out.Available = s.assistant != nil
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out.Enabled, err = assistantOn(ctx, tx, org)
		return err
	})
	return out, err
}

func assistantOn(ctx context.Context, tx *db.Tx, orgID string) (bool, error) {
	var on int64
	err := tx.QueryRow(ctx, "SELECT assistant FROM inbox_org WHERE org_id = ?", orgID).Scan(&on)
	if db.IsNoRows(err) {
		return false, nil
	}
	return on == 1, err
}

// UseAssistant says whether the org's staff may ask for drafts: what customers
// write then goes to the provider, without numbers and addresses of people.
func (s *Service) UseAssistant(ctx context.Context, on bool) (AssistantState, error) {
	org := actor(ctx).OrgID
	if on && s.assistant == nil {
		return AssistantState{}, noAssistant()
	}
	return AssistantState{Available: s.assistant != nil, Enabled: on}, s.db.Write(ctx, org, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "INSERT INTO inbox_org (org_id, feed, kept_from, assistant) VALUES (?, 0, 0, ?) ON CONFLICT (org_id) DO UPDATE SET assistant = excluded.assistant", org, db.Bit(on)); err != nil {
			return err
		}
		return s.ports.Auditor.Audit(ctx, tx, "inbox.assistant.set", "org", org, map[string]any{"enabled": on})
	})
}

func noAssistant() error {
	return errs.Conflict(i18n.T("没有启用回复助手", "There is no assistant"))
}

// Suggest drafts the next answer of a conversation in which the customer spoke
// last.
func (s *Service) Suggest(ctx context.Context, id string) (out Suggestion, err error) {
	a := actor(ctx)
	var ask Ask
	if err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		ask, out = Ask{}, Suggestion{BasedOn: []string{}}
		c, err := s.visible(ctx, tx, id)
		if err != nil {
			return err
		}
		on, err := assistantOn(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		if !on || s.assistant == nil {
			return noAssistant()
		}
		accounts, err := s.ports.Accounts.Accounts(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		ask.Brand = accounts[c.account].Name
		last, err := messages(ctx, tx, a.OrgID, "conversation_id = ? AND direction IN ('in', 'out') AND state <> 'failed' AND text <> '' AND at > 0 ORDER BY at DESC, id DESC LIMIT ?", c.id, askLines)
		if err != nil {
			return err
		}
		slices.Reverse(last)
		question := ""
		for _, m := range last {
			text := mask.Text(plaintext.Line(m.text, askText), mask.All...)
			ask.Lines = append(ask.Lines, Line{m.direction == DirectionOut, text})
			if question += " " + text; m.direction == DirectionOut {
				question = ""
			}
		}
		if question == "" {
			return errs.Conflict(i18n.T("客户没有在等回复", "The customer is not waiting for an answer"))
		}
		at, err := quickReplies(ctx, tx, a.OrgID, "(scope = 'org' OR scope = 'team' AND account_id = ?)", c.account)
		for _, q := range closest(at, question) {
			ask.Material = append(ask.Material, Snippet{q.Title, textOf(q.Parts)})
			out.BasedOn = append(out.BasedOn, q.Title)
		}
		return err
	}); err != nil {
		return out, err
	}
	draft, err := s.assistant.Draft(ctx, ask)
	if err != nil {
		return out, errs.Unavailable(i18n.T("回复助手没有给出草稿，请自己写，或稍后再试", "The assistant gave no draft; write it yourself or try again shortly"), err)
	}
	r := []rune(plaintext.Tidy(draft))
	out.Text = string(r[:min(len(r), maxDraft)])
	return out, nil
}

// closest are the quick replies that have most in common with a question.
func closest(all []QuickReply, question string) []QuickReply {
	want := fulltext.Words(question)
	score := map[string]int{}
	for _, q := range all {
		for t := range fulltext.Words(q.Folder + " " + q.Title + " " + textOf(q.Parts)) {
			if want[t] {
				score[q.ID]++
			}
		}
	}
	all = slices.DeleteFunc(all, func(q QuickReply) bool { return score[q.ID] == 0 })
	slices.SortFunc(all, func(x, y QuickReply) int {
		return cmp.Or(cmp.Compare(score[y.ID], score[x.ID]), cmp.Compare(y.Used, x.Used), cmp.Compare(x.ID, y.ID))
	})
	return all[:min(len(all), askMaterial)]
}
