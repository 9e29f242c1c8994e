package inbox

import (
	"context"
	"math"
	"strings"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/fulltext"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/plaintext"
)

const (
	searchStep   = 200 // messages of the index that are looked at at once
	searchRounds = 15  // then the page ends, and can go on
	snippetSize  = 120 // characters
)

// Found is a message that a search found.
type Found struct {
	Message
	ConversationID string `json:"conversation_id"`
	PersonID       string `json:"person_id"`
	PersonName     string `json:"person_name"`
	AccountID      string `json:"account_id"`
	AccountName    string `json:"account_name"`
	Snippet        string `json:"snippet" doc:"The text around what was found"`
}

// searchPlace is where a search goes on: behind this number of the index.
type searchPlace struct {
	Doc int64 `json:"doc"`
}

// Search finds messages and notes that contain all words of q, the newest
// first. A page may have fewer than limit and go on.
func (s *Service) Search(ctx context.Context, q, accountID string, after searchPlace, limit int) (out []Found, next searchPlace, err error) {
	a := actor(ctx)
	terms := fulltext.Query(a.OrgID, q)
	if len(terms) == 0 {
		return nil, next, errs.InvalidField("query.q", i18n.T("请输入要找的字词", "Type a word to look for"))
	}
	words := strings.Fields(plaintext.Fold(plaintext.Line(q, 200)))
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		v, err := s.viewer(ctx, tx, a)
		if err != nil {
			return err
		}
		out, next = nil, searchPlace{}
		below := after.Doc
		if below == 0 {
			below = math.MaxInt64
		}
		hits, convs := []*message{}, map[string]*conversation{}
		next = searchPlace{below}
		for round := 0; round < searchRounds && next.Doc != 0; round++ {
			docs, err := index.Find(ctx, tx, a.OrgID, terms, next.Doc, searchStep)
			if err != nil {
				return err
			}
			if next.Doc = 0; len(docs) == searchStep {
				next.Doc = docs[searchStep-1]
			}
			where, arg := fulltext.In(tx, docs)
			page, err := messages(ctx, tx, a.OrgID, where+" ORDER BY doc DESC", arg)
			if err != nil {
				return err
			}
			if err := addConversations(ctx, tx, a.OrgID, convs, page); err != nil {
				return err
			}
			for _, m := range page {
				if c := convs[m.conversation]; c != nil && v.sees(c) && (accountID == "" || c.account == accountID) && contains(plaintext.Fold(m.text), words) {
					hits = append(hits, m)
				}
			}
			if len(hits) > limit {
				hits, next.Doc = hits[:limit], hits[limit-1].doc
				break
			}
		}
		out, err = s.showFound(ctx, tx, a.OrgID, hits, convs, words)
		return err
	})
	return out, next, err
}

func contains(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

func addConversations(ctx context.Context, tx *db.Tx, orgID string, known map[string]*conversation, of []*message) error {
	var missing []string
	for _, m := range of {
		if _, ok := known[m.conversation]; !ok {
			missing, known[m.conversation] = append(missing, m.conversation), nil
		}
	}
	if len(missing) == 0 {
		return nil
	}
	found, err := conversationsByID(ctx, tx, orgID, missing)
	for id, c := range found {
		known[id] = c
	}
	return err
}

func (s *Service) showFound(ctx context.Context, tx *db.Tx, orgID string, hits []*message, convs map[string]*conversation, words []string) ([]Found, error) {
	shown, err := s.shownMessages(ctx, tx, orgID, hits)
	if err != nil {
		return nil, err
	}
	var of []*conversation
	for _, m := range hits {
		of = append(of, convs[m.conversation])
	}
	names, err := s.faces(ctx, tx, orgID, of...)
	if err != nil {
		return nil, err
	}
	out := make([]Found, len(hits))
	for i, m := range hits {
		c := names.show(convs[m.conversation])
		out[i] = Found{Message: shown[i], ConversationID: c.ID, PersonID: c.PersonID, PersonName: c.PersonName, AccountID: c.AccountID, AccountName: c.AccountName, Snippet: snippet(m.text, words[0])}
		if out[i].Text = plaintext.Cut(m.text, 4*snippetSize*2); len(out[i].Text) < len(m.text) {
			out[i].Cut = true
		}
	}
	return out, nil
}

// snippet is the text around a word.
func snippet(text, word string) string {
	text = plaintext.Line(text, fulltext.MaxIndexed)
	at := strings.Index(plaintext.Fold(text), word)
	r := []rune(text)
	if at < 0 || len(r) <= snippetSize {
		return string(r[:min(len(r), snippetSize)])
	}
	from := max(0, min(len([]rune(plaintext.Fold(text)[:at])), len(r))-snippetSize/3)
	return "…" + string(r[from:min(len(r), from+snippetSize)])
}
