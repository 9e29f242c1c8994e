package sop

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Reader is who gets a message.
type Reader struct {
	PersonID string
	Mail     bool            // it goes by e-mail
	Chat     bool            // it goes into a chat of its own
	Confirm  bool            // staff confirm it: the same words to many are one task
	Data     json.RawMessage // as it was handed over
}

// Message is what one person gets to read.
type Message struct {
	Subject     string
	Parts       []Part
	Unsubscribe string // where the person says that they want no more; of mails that one can say no to
	Err         error  // this one is held back; errs.CodeInvalid and errs.CodeNotFound say why
}

// Render makes what people get to read, for the outbox: a message for each.
func (s *Service) Render(ctx context.Context, orgID, sopID string, to []Reader) []Message {
	out := make([]Message, len(to))
	cards := map[string]card{}
	var name, secret string
	read := make([]payload, len(to))
	editions := map[int64]*edition{}
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, orgID, sopID)
		if err != nil {
			return err
		}
		name, secret = r.name, r.secret
		for i := range to {
			if err := json.Unmarshal(to[i].Data, &read[i]); err != nil {
				return err
			}
			v := read[i].Version
			if editions[v] == nil {
				if editions[v], err = s.edition(ctx, tx, orgID, sopID, v); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for i := range to {
		if err != nil {
			out[i].Err = err
			continue
		}
		e := editions[read[i].Version]
		st := e.step(read[i].Step)
		if st == nil {
			out[i].Err = errs.NotFound(i18n.T("这一步", "step"))
			continue
		}
		out[i] = s.message(ctx, orgID, name, e, st, read[i], to[i], cards)
		if (to[i].Mail || to[i].Chat) && out[i].Err == nil && st.Purpose == Marketing {
			if url := s.Ways.Out(orgID, sopID, secret, to[i].PersonID); url != "" {
				out[i].wayOut(url, to[i].Mail)
			} else {
				out[i].Err = errs.Invalid(i18n.T("推广消息必须能退订，服务器还没有公开地址", "A marketing message needs a way out, and the server has no public address"))
			}
		}
	}
	return out
}

func (s *Service) message(ctx context.Context, orgID, name string, e *edition, st *Step, p payload, to Reader, cards map[string]card) (m Message) {
	text, err := e.texts[st.ID].Write(p.Values)
	if err != nil {
		return Message{Err: err}
	}
	if strings.TrimSpace(text) != "" {
		m.Parts = append(m.Parts, Part{Kind: "text", Text: text})
	}
	if m.Subject = name; e.subject[st.ID] != nil {
		if m.Subject, err = e.subject[st.ID].Write(p.Values); err != nil {
			return Message{Err: err}
		}
	}
	m.Subject = cmp.Or(strings.Join(strings.Fields(m.Subject), " "), name) // a value may hold lines; a subject may not
	for _, material := range st.Materials {
		// Where staff confirm, a link is a staff member's and nobody's in
		// particular, so that the same goes to many in one task.
		person := to.PersonID
		if to.Confirm {
			person = ""
		}
		key := cardKey(material, p.Owner) + "/" + person
		c, ok := cards[key]
		if !ok {
			c.parts, c.err = s.Library.Card(ctx, orgID, material, p.Owner, person)
			cards[key] = c
		}
		if c.err != nil {
			return Message{Err: c.err}
		}
		m.Parts = append(m.Parts, c.parts...)
	}
	if len(m.Parts) == 0 {
		return Message{Err: errs.Invalid(i18n.T("对这位客户来说正文是空的", "For this person the text is empty"))}
	}
	return m
}

// wayOut puts a way out into a message that one can say no to.
func (m *Message) wayOut(url string, mail bool) {
	foot := "\n\n退订 Unsubscribe: " + url
	if mail {
		m.Unsubscribe, foot = url, "\n\n-- \n退订 Unsubscribe: "+url+"\n"
	}
	if len(m.Parts) > 0 && m.Parts[0].Kind == "text" {
		m.Parts[0].Text = strings.TrimRight(m.Parts[0].Text, "\n") + foot
		return
	}
	m.Parts = append(m.Parts, Part{Kind: "text", Text: strings.TrimSpace(foot)})
}
