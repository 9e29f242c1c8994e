package journey

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"strings"

	"fishpond/internal/journey/graph"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Reader is who gets a message.
type Reader struct {
	PersonID string
	Mail     bool            // it goes by e-mail
	Confirm  bool            // staff confirm it: the same words to many are one task
	Data     json.RawMessage // as it was handed over
}

// Letterhead is what one person gets to read.
type Letterhead struct {
	Subject     string
	HTML        string
	Parts       []Part
	Unsubscribe string // where the person says that they want no more; of mails that one can say no to
	Err         error  // this one is held back; errs.CodeInvalid and errs.CodeNotFound say why
}

// card is what goes along for a material.
type card struct {
	parts []Part
	err   error
}

// Render makes what people get to read, for the outbox: a message for each.
func (s *Service) Render(ctx context.Context, orgID, journeyID string, to []Reader) []Letterhead {
	out := make([]Letterhead, len(to))
	cards := map[string]card{}
	var r *row
	read := make([]payload, len(to))
	editions := map[int64]*edition{}
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		if r, err = load(ctx, tx, orgID, journeyID); err != nil {
			return err
		}
		for i := range to {
			if err := json.Unmarshal(to[i].Data, &read[i]); err != nil {
				return err
			}
			if v := read[i].Version; editions[v] == nil {
				if editions[v], err = s.edition(ctx, tx, orgID, journeyID, v); err != nil {
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
		st := e.Graph.Step(read[i].Step)
		if st == nil || st.Message == nil {
			out[i].Err = errs.NotFound(i18n.T("这一步", "step"))
			continue
		}
		out[i] = s.write(ctx, orgID, r.name, e, st, read[i], to[i], cards)
		if to[i].Mail && out[i].Err == nil && e.Purpose == graph.Marketing {
			if url := s.Ways.Out(orgID, journeyID, r.secret, to[i].PersonID); url != "" {
				out[i].wayOut(url)
			} else {
				out[i].Err = errs.Invalid(i18n.T("推广邮件必须能退订，服务器还没有公开地址", "A marketing mail needs a way out, and the server has no public address"))
			}
		}
	}
	return out
}

// write makes one person's message.
func (s *Service) write(ctx context.Context, orgID, name string, e *edition, st *graph.Step, p payload, to Reader, cards map[string]card) (m Letterhead) {
	write := func(from map[string]Text) (string, error) {
		if t := from[st.ID]; t != nil {
			return t.Write(p.Values)
		}
		return "", nil
	}
	text, err := write(e.texts)
	if err != nil {
		return Letterhead{Err: err}
	}
	if strings.TrimSpace(text) != "" {
		m.Parts = append(m.Parts, Part{Kind: "text", Text: text})
	}
	if m.Subject, err = write(e.subject); err != nil {
		return Letterhead{Err: err}
	}
	m.Subject = cmp.Or(strings.Join(strings.Fields(m.Subject), " "), name) // a value may hold lines; a subject may not
	if to.Mail {
		if m.HTML, err = write(e.html); err != nil {
			return Letterhead{Err: err}
		}
	}
	for _, material := range st.Message.Materials {
		// Where staff confirm, a link is a staff member's and nobody's in
		// particular, so that the same goes to many in one task.
		person := to.PersonID
		if to.Confirm {
			person = ""
		}
		key := fmt.Sprintf("%s/%d/%s/%s", material.ID, material.Version, p.Owner, person)
		c, ok := cards[key]
		if !ok {
			c.parts, c.err = s.Library.Card(ctx, orgID, material, p.Owner, person)
			cards[key] = c
		}
		if c.err != nil {
			return Letterhead{Err: c.err}
		}
		m.Parts = append(m.Parts, c.parts...)
	}
	if len(m.Parts) == 0 && m.HTML == "" {
		return Letterhead{Err: errs.Invalid(i18n.T("对这位客户来说正文是空的", "For this person the text is empty"))}
	}
	return m
}

// wayOut puts a way out into a mail that one can say no to.
func (m *Letterhead) wayOut(url string) {
	m.Unsubscribe = url
	if m.HTML != "" {
		m.HTML += `<p style="color:#888;font-size:12px"><a href="` + html.EscapeString(url) + `">退订 Unsubscribe</a></p>`
	}
	foot := "\n\n-- \n退订 Unsubscribe: " + url + "\n"
	if len(m.Parts) > 0 && m.Parts[0].Kind == "text" {
		m.Parts[0].Text = strings.TrimRight(m.Parts[0].Text, "\n") + foot
		return
	}
	m.Parts = append(m.Parts, Part{Kind: "text", Text: strings.TrimSpace(foot)})
}

// LeaveOf tells the secret of the links in a journey's mails by which people say
// that they want no more, and of what.
func (s *Service) LeaveOf(ctx context.Context, tx *db.Tx, orgID, id string) (secret, purpose string, err error) {
	r, err := load(ctx, tx, orgID, id)
	if err != nil {
		return "", "", err
	}
	return r.secret, graph.Marketing, nil
}
