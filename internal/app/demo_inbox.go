package app

import (
	"context"
	"fmt"

	"fishpond/internal/carrier"
	"fishpond/internal/demo"
	"fishpond/internal/inbox"
	"fishpond/internal/platform/access"
	"fishpond/internal/pool"
)

const demoSite = "https://www.fishpond.example"

// DemoInbox puts the chat on the synthetic brand's site and has visitors talk
// over it to the server at url, which must be serving. What is there already
// stays.
func (a *App) DemoInbox(ctx context.Context, url string) error {
	brand, err := a.Org.FindOrg(ctx, demo.Brand)
	if err != nil {
		return err
	}
	ctx = access.With(ctx, access.ForSystem(brand.ID, "demo"))
	accounts, err := a.Carrier.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, had := range accounts {
		if had.Kind == carrier.KindWeb {
			return nil
		}
	}
	byName, err := a.demoStaff(ctx, brand.ID)
	if err != nil {
		return err
	}
	account, err := a.Carrier.Connect(ctx, carrier.NewAccount{Kind: carrier.KindWeb, Name: "官网在线客服", OwnerStaffID: byName[demo.Staff()[0]],
		Values: map[string]string{"site": demoSite, "title": "山野茶事", "greeting": "您好，想喝点什么茶？"}})
	if err != nil {
		return err
	}
	var team []string
	for _, name := range demo.Staff() {
		team = append(team, byName[name])
	}
	if _, err := a.Inbox.SetDesk(ctx, inbox.Desk{AccountID: account.ID, Strategy: "owner", Members: team, Capacity: 20, Hours: []inbox.Shift{}}); err != nil {
		return err
	}
	for _, q := range demo.QuickReplies() {
		if _, err := a.Inbox.SaveQuickReply(ctx, inbox.QuickReply{Scope: inbox.ScopeOrg, Folder: q.Folder, Title: q.Title, Parts: []inbox.Part{{Kind: carrier.PartText, Text: q.Text}}}); err != nil {
			return fmt.Errorf("quick reply %s: %w", q.Title, err)
		}
	}
	if err := a.demoChats(ctx, demo.NewSite(url), account.ID, team); err != nil {
		return err
	}
	_, err = a.Followup.Rebuild(ctx) // who waits for an answer is on today's lists
	return err
}

// demoChats has visitors talk, says who some of them are, and answers some.
func (a *App) demoChats(ctx context.Context, site *demo.Site, account string, team []string) error {
	org, _ := access.From(ctx)
	buyers, err := a.Pool.List(ctx, pool.Filter{MaxGMVMinor: -1, MaxOrders: -1, MinOrders: 1}, pool.Cursor{}, 20)
	if err != nil {
		return err
	}
	answers := map[string]string{}
	for i, c := range demo.Chats() {
		phone := ""
		if c.Known && i < len(buyers.Persons) {
			for _, id := range buyers.Persons[i].Identities {
				if id.Kind == "phone" {
					phone = id.Value
				}
			}
		}
		if err := site.Talk(ctx, account, c.Says, phone); err != nil {
			return err
		}
		answers[c.Says[len(c.Says)-1]] = c.Answer
	}
	claims, err := a.Carrier.Proposals(ctx, carrier.ProposalFilter{Status: "proposed", Limit: 20})
	if err != nil {
		return err
	}
	for i, p := range claims {
		if i%4 == 3 { // some are left for whoever looks at the demo
			continue
		}
		if _, err := a.Carrier.AcceptProposal(ctx, p.ID); err != nil {
			return err
		}
	}
	if err := a.Runner.CatchUp(ctx, org.OrgID); err != nil {
		return err
	}
	talks, _, _, err := a.Inbox.Conversations(ctx, inbox.ListFilter{AccountID: account}, inbox.Place{}, 50)
	if err != nil {
		return err
	}
	for i, c := range talks {
		if text := answers[c.LastText]; text != "" {
			as := access.With(ctx, access.Actor{Kind: access.Staff, OrgID: org.OrgID, ID: team[i%len(team)]}.WithPermissions([]string{"inbox.read", "inbox.write"}))
			if _, err := a.Inbox.PostMessage(as, c.ID, inbox.Post{Key: "demo-" + c.ID, Parts: []inbox.Part{{Kind: carrier.PartText, Text: text}}}); err != nil {
				return err
			}
		}
	}
	return nil
}
