package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"fishpond/internal/care"
	"fishpond/internal/carrier"
	"fishpond/internal/inbox"
	"fishpond/internal/org"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool"
	"fishpond/internal/reach"
)

// inboxSender sends over the carriers what staff and rules answer, unless it has
// words that may not be sent or the customer is not to be written to.
type inboxSender struct {
	carrier *carrier.Service
	care    *care.Service
	reach   *reach.Service
}

func (s inboxSender) Send(ctx context.Context, orgID string, o inbox.Outgoing) (inbox.Receipt, error) {
	parts := make([]carrier.Part, len(o.Parts))
	for i, p := range o.Parts {
		parts[i] = carrier.Part(p)
	}
	if err := s.care.Clear(ctx, orgID, care.Draft{Key: o.Key, AccountID: o.AccountID, PersonID: o.PersonID, ExternalID: o.To, StaffID: o.StaffID, Text: draftText(o)}); err != nil {
		return inbox.Receipt{}, err
	}
	if err := s.reach.ClearReply(ctx, orgID, o.PersonID); err != nil {
		return inbox.Receipt{}, err
	}
	r, err := s.carrier.Send(ctx, orgID, carrier.Outgoing{Key: o.Key, AccountID: o.AccountID, PersonID: o.PersonID, To: o.To, Parts: parts,
		Subject: o.Subject, Template: o.Template, Parameters: o.Parameters, StaffID: o.StaffID})
	return inbox.Receipt(r), err
}

// draftText is all that a customer would read of a message.
func draftText(o inbox.Outgoing) string {
	lines := []string{o.Subject}
	for _, p := range o.Parts {
		lines = append(lines, p.Title, p.Text, p.URL)
	}
	return strings.Join(append(lines, o.Parameters...), "\n")
}

// inboxAccounts tells the inbox what can be answered over which account.
type inboxAccounts struct{ carrier *carrier.Service }

func (a inboxAccounts) Accounts(ctx context.Context, tx *db.Tx, orgID string) (map[string]inbox.Account, error) {
	infos, err := a.carrier.AccountInfos(ctx, tx, orgID)
	out := make(map[string]inbox.Account, len(infos))
	for id, i := range infos {
		out[id] = inbox.Account{Name: i.Name, Kind: i.Kind, Active: i.Active, Can: inbox.Capability{Direct: i.Can.Direct, Parts: i.Can.Parts, MaxParts: i.Can.MaxParts,
			MaxText: i.Can.MaxText, WindowHours: i.Can.WindowHours, WindowMessages: i.Can.WindowMessages, Needs: i.Can.Needs, Note: i.Note}}
	}
	return out, err
}

// inboxSigns shows visitors of web chats what staff do.
type inboxSigns struct{ *carrier.Service }

func (s inboxSigns) Seen(ctx context.Context, tx *db.Tx, orgID, accountID, externalID string) error {
	return s.StaffSeen(ctx, tx, orgID, accountID, externalID)
}

func (s inboxSigns) Typing(accountID, externalID string) { s.StaffTyping(accountID, externalID) }

// inboxPeople is the pool as the inbox sees it.
type inboxPeople struct{ pool *pool.Service }

func (p inboxPeople) Cards(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]inbox.Card, error) {
	named, err := p.pool.Names(ctx, tx, orgID, personIDs)
	out := make(map[string]inbox.Card, len(named))
	for id, n := range named {
		out[id] = inbox.Card(n)
	}
	return out, err
}

func (p inboxPeople) Count(ctx context.Context, tx *db.Tx, orgID, ownerStaffID string) (int64, error) {
	return p.pool.Count(ctx, tx, orgID, ownerStaffID)
}

// inboxOrgs tells the inbox of orgs and who works for them.
type inboxOrgs struct{ *org.Service }

func (o inboxOrgs) Members(ctx context.Context, tx *db.Tx, orgID string) (map[string]inbox.Member, error) {
	all, err := o.StaffOf(ctx, tx, orgID)
	answering := inbox.Answering()
	out := make(map[string]inbox.Member, len(all))
	for _, st := range all {
		out[st.ID] = inbox.Member{Name: st.Name, Active: st.Status != org.StatusDisabled, Answer: slices.Contains(answering, st.Role)}
	}
	return out, err
}

func (o inboxOrgs) Zone(ctx context.Context, tx *db.Tx, orgID string) (*time.Location, error) {
	s, err := o.Settings(ctx, tx, orgID)
	return s.TimeZone, err
}

// inboxArchive lets the inbox show private chats of WeCom from the archive.
type inboxArchive struct {
	care    *care.Service
	pool    *pool.Service
	carrier *carrier.Service
}

func (a inboxArchive) Chats(ctx context.Context, tx *db.Tx, orgID string, f inbox.ChatFilter, limit int) ([]inbox.Chat, error) {
	account, err := a.account(ctx, tx, orgID)
	if err != nil || f.AccountID != "" && f.AccountID != account {
		return nil, err
	}
	ask := care.ChatFilter{IDs: f.IDs, StaffID: f.StaffID, Before: f.Before.At, BeforeID: f.Before.ID}
	if f.PersonID != "" {
		known, err := a.pool.IdentitiesOf(ctx, tx, orgID, []string{f.PersonID})
		if err != nil {
			return nil, err
		}
		ask.Externals = []string{}
		for _, i := range known[f.PersonID] {
			if i.Kind == "wecom_external_userid" {
				ask.Externals = append(ask.Externals, i.Value)
			}
		}
	}
	found, err := a.care.Chats(ctx, tx, orgID, ask, limit)
	out := make([]inbox.Chat, len(found))
	for i, c := range found {
		out[i] = inbox.Chat{ID: c.ID, AccountID: account, UserID: c.UserID, StaffID: c.StaffID, ExternalID: c.ExternalID, PersonID: c.PersonID, Messages: c.Messages, LastAt: clock.Micros(c.LastAt)}
	}
	return out, err
}

// account is the org's account of WeCom; empty when it has several: the archive
// does not say of which it is.
func (a inboxArchive) account(ctx context.Context, tx *db.Tx, orgID string) (string, error) {
	kinds, err := a.carrier.AccountKinds(ctx, tx, orgID)
	one := ""
	for id, kind := range kinds {
		if kind != carrier.KindWecom {
			continue
		}
		if one != "" {
			return "", err
		}
		one = id
	}
	return one, err
}

func (a inboxArchive) ChatMessages(ctx context.Context, orgID, id string, before int64, beforeID string, limit int) ([]inbox.ChatMessage, error) {
	said, err := a.care.ChatMessages(ctx, orgID, id, before, beforeID, limit)
	out := make([]inbox.ChatMessage, len(said))
	for i, m := range said {
		out[i] = inbox.ChatMessage{ID: m.ID, Direction: m.Direction, Type: m.Type, Text: m.Text, Hidden: m.Hidden, AmountMinor: m.AmountMinor, Currency: m.Currency, At: clock.Micros(m.At)}
	}
	return out, err
}

// inboxWindows tells the inbox what the carriers know of what may still be sent.
type inboxWindows struct{ *carrier.Service }

func (s inboxWindows) Window(ctx context.Context, tx *db.Tx, orgID, accountID, externalID string) (inbox.Window, error) {
	all, err := s.Windows(ctx, tx, orgID, accountID, []string{externalID})
	if err != nil {
		return inbox.Window{}, err
	}
	w := all[externalID]
	out := inbox.Window{Open: w.Open, Until: w.Until, Left: w.Left, Why: w.Why, UserID: w.UserID}
	if w.UserID != "" {
		var staff map[string]string
		staff, err = s.StaffByUser(ctx, tx, orgID, []string{w.UserID})
		out.StaffID = staff[w.UserID]
	}
	return out, err
}
