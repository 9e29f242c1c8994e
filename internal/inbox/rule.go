package inbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/plaintext"
)

// The kinds of rules.
const (
	RuleExact   = "exact"         // the message is one of the words
	RuleHas     = "contains"      // the message contains one of the words
	RuleRegex   = "regex"         // the message matches one of the patterns
	RuleFirst   = "first_message" // somebody writes for the first time
	RuleClosed  = "outside_hours" // it is not business hours of the account's desk
	RuleSilence = "no_answer"     // nobody has answered for so many minutes
)

// Rule is an automatic answer.
type Rule struct {
	ID        string   `json:"id" readOnly:"true"`
	Name      string   `json:"name" minLength:"1" maxLength:"100"`
	AccountID string   `json:"account_id,omitempty" maxLength:"64" doc:"Empty: every account"`
	Kind      string   `json:"kind" enum:"exact,contains,regex,first_message,outside_hours,no_answer"`
	Words     []string `json:"words,omitempty" maxItems:"50" nullable:"false" doc:"exact, contains: words; regex: patterns in RE2 of at most 200 characters"`
	Minutes   int64    `json:"minutes,omitempty" minimum:"0" maximum:"1440" doc:"no_answer: after so many"`
	Parts     []Part   `json:"parts,omitempty" maxItems:"5" nullable:"false" doc:"The answer; may be empty with handover"`
	Handover  bool     `json:"handover,omitempty" doc:"A human takes over: nothing answers by itself until it is resolved"`
	Enabled   bool     `json:"enabled"`
	Position  int64    `json:"position,omitempty" minimum:"0" maximum:"10000" doc:"The first that matches answers"`

	patterns []*regexp.Regexp
}

const (
	maxRules     = 500
	maxPattern   = 200  // characters
	maxMatched   = 2000 // characters of a message that rules look at
	ruleFresh    = 10 * time.Minute
	ruleHuman    = 10 * time.Minute // after staff have written, nothing answers by itself
	rulePause    = time.Minute      // the same rule in the same conversation
	closedPause  = 4 * time.Hour    // that of outside_hours
	maxRuleHour  = 20               // automatic answers an hour in a conversation: two machines must not talk for ever
	humanPhrases = "|人工|转人工|人工客服|转人工客服|找人工|真人|human|agent|talk to a human|real person|"
)

// check tells what is wrong with a rule.
func (r *Rule) check() error {
	wrong := func(field, zh, en string) error { return errs.InvalidField("body."+field, i18n.Text{ZH: zh, EN: en}) }
	if r.Name = plaintext.Line(r.Name, 100); r.Name == "" {
		return wrong("name", "不能为空", "This is needed")
	}
	keyword := r.Kind == RuleExact || r.Kind == RuleHas || r.Kind == RuleRegex
	if keyword == (len(r.Words) == 0) {
		return wrong("words", "关键词规则要有词，其他规则没有", "Rules about words have some, and others none")
	}
	if (r.Kind == RuleSilence) != (r.Minutes > 0) {
		return wrong("minutes", "无人回复规则要有分钟数，其他规则没有", "A rule about no answer says how many minutes, and others do not")
	}
	for i, word := range r.Words {
		if r.Kind != RuleRegex {
			r.Words[i] = plaintext.Line(word, 100)
		}
		if r.Words[i] == "" || len([]rune(word)) > maxPattern {
			return wrong(fmt.Sprintf("words[%d]", i), "应为 1–200 个字符", "1 to 200 characters")
		}
		if r.Kind == RuleRegex {
			if _, err := regexp.Compile(word); err != nil {
				return wrong(fmt.Sprintf("words[%d]", i), "正则表达式不正确", "The pattern is not a regular expression")
			}
		}
	}
	if len(r.Parts) == 0 {
		if !r.Handover {
			return wrong("parts", "要有回复内容", "An answer is needed")
		}
		r.Parts = []Part{}
		return nil
	}
	p := Post{Parts: r.Parts}
	return p.check()
}

// matches tells whether a rule about words speaks of a message.
func (r *Rule) matches(text string) bool {
	plain := plaintext.Fold(strings.TrimSpace(text))
	return slices.ContainsFunc(r.Words, func(w string) bool {
		switch r.Kind {
		case RuleExact:
			return plain == plaintext.Fold(w)
		case RuleHas:
			return strings.Contains(plain, plaintext.Fold(w))
		}
		return false
	}) || slices.ContainsFunc(r.patterns, func(p *regexp.Regexp) bool { return p.MatchString(text) })
}

// rulesOf lists an org's rules in the order in which they are looked at.
func rulesOf(ctx context.Context, tx *db.Tx, orgID string, enabled bool) (out []*Rule, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		r := &Rule{}
		var words, parts string
		var handover, on int64
		if err := rows.Scan(&r.ID, &r.Name, &r.AccountID, &r.Kind, &words, &r.Minutes, &parts, &handover, &on, &r.Position); err != nil {
			return err
		}
		if r.Handover, r.Enabled = handover == 1, on == 1; enabled && !r.Enabled {
			return nil
		}
		if err := json.Unmarshal([]byte(words), &r.Words); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(parts), &r.Parts); err != nil {
			return err
		}
		if r.Kind == RuleRegex && enabled {
			for _, w := range r.Words {
				if p, err := regexp.Compile(w); err == nil { // one that was checked
					r.patterns = append(r.patterns, p)
				}
			}
		}
		out = append(out, r)
		return nil
	}, "SELECT id, name, account_id, kind, words, minutes, parts, handover, enabled, position FROM inbox_rule WHERE org_id = ? ORDER BY position, created_at, id", orgID)
	if err != nil {
		return nil, fmt.Errorf("inbox: rules: %w", err)
	}
	return out, nil
}

// Rules lists the automatic answers.
func (s *Service) Rules(ctx context.Context) (out []*Rule, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out, err = rulesOf(ctx, tx, org, false)
		return err
	})
	return out, err
}

func noRule() error { return errs.NotFound(i18n.T("这条规则", "rule")) }

// SaveRule makes a rule, or changes the one that r.ID names.
func (s *Service) SaveRule(ctx context.Context, r Rule) (Rule, error) {
	org := actor(ctx).OrgID
	if err := r.check(); err != nil {
		return r, err
	}
	if r.Words == nil {
		r.Words = []string{}
	}
	return r, s.db.Write(ctx, org, func(tx *db.Tx) error {
		if r.AccountID != "" {
			accounts, err := s.ports.Accounts.Accounts(ctx, tx, org)
			if err != nil {
				return err
			}
			if _, ok := accounts[r.AccountID]; !ok {
				return errs.InvalidField("body.account_id", i18n.T("没有这个账号", "No such account"))
			}
		}
		now, action := s.micros(), "inbox.rule.update"
		if r.ID == "" {
			var n int
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM inbox_rule WHERE org_id = ?", org).Scan(&n); err != nil {
				return err
			}
			if n >= maxRules {
				return errs.Conflict(i18n.T("最多 %d 条规则", "At most %d rules", maxRules))
			}
			r.ID, action = ids.New("rul"), "inbox.rule.create"
			if _, err := tx.Exec(ctx, `INSERT INTO inbox_rule (org_id, id, name, account_id, kind, words, minutes, parts, handover, enabled, position, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				org, r.ID, r.Name, r.AccountID, r.Kind, db.JSON(r.Words), r.Minutes, db.JSON(r.Parts), db.Bit(r.Handover), db.Bit(r.Enabled), r.Position, now, now); err != nil {
				return err
			}
		} else {
			n, err := tx.Changed(ctx, "UPDATE inbox_rule SET name = ?, account_id = ?, kind = ?, words = ?, minutes = ?, parts = ?, handover = ?, enabled = ?, position = ?, updated_at = ? WHERE org_id = ? AND id = ?",
				r.Name, r.AccountID, r.Kind, db.JSON(r.Words), r.Minutes, db.JSON(r.Parts), db.Bit(r.Handover), db.Bit(r.Enabled), r.Position, now, org, r.ID)
			if err != nil {
				return err
			}
			if n == 0 {
				return noRule()
			}
		}
		return s.ports.Auditor.Audit(ctx, tx, action, "rule", r.ID, map[string]any{"name": r.Name, "kind": r.Kind, "enabled": r.Enabled})
	})
}

// DeleteRule takes a rule away.
func (s *Service) DeleteRule(ctx context.Context, id string) error {
	org := actor(ctx).OrgID
	return s.db.Write(ctx, org, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, "DELETE FROM inbox_rule WHERE org_id = ? AND id = ?", org, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return noRule()
		}
		if _, err := tx.Exec(ctx, "DELETE FROM inbox_hit WHERE org_id = ? AND rule_id = ?", org, id); err != nil {
			return err
		}
		return s.ports.Auditor.Audit(ctx, tx, "inbox.rule.delete", "rule", id, nil)
	})
}

// TryRule tells which rule would answer a message now.
func (s *Service) TryRule(ctx context.Context, accountID, text string, first bool) (out *Rule, human bool, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		w := &work{s: s, tx: tx, org: org, now: s.micros()}
		d, err := w.desk(ctx)
		if err != nil {
			return err
		}
		if d.rules, err = rulesOf(ctx, tx, org, true); err != nil {
			return err
		}
		out, human = d.rule(accountID, text, first), asksForHuman(text)
		return nil
	})
	return out, human, err
}

func asksForHuman(text string) bool {
	plain := strings.Trim(plaintext.Fold(plaintext.Line(text, 40)), "。.!！?？~ ")
	return plain != "" && !strings.Contains(plain, "|") && strings.Contains(humanPhrases, "|"+plain+"|")
}
