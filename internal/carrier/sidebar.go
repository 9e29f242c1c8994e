package carrier

import (
	"context"
	"strings"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// Sidebar is what a page needs to call the platform's scripts from the sidebar
// of a chat.
type Sidebar struct {
	CorpID         string `json:"corp_id"`
	AgentID        string `json:"agent_id"`
	Timestamp      int64  `json:"timestamp" doc:"Seconds since 1970"`
	Nonce          string `json:"nonce"`
	Signature      string `json:"signature" doc:"For wx.config"`
	AgentSignature string `json:"agent_signature" doc:"For wx.agentConfig"`
}

var errNoAgent = errs.Conflict(i18n.T("先在账号设置里填写侧边栏应用的 AgentId", "Fill in the AgentId of the sidebar app in the account's settings first"))

// SignSidebar signs the address of a page that stands in the sidebar.
func (s *Service) SignSidebar(ctx context.Context, accountID, address string) (Sidebar, error) {
	address, _, _ = strings.Cut(address, "#")
	if !webLink(address) || len(address) > 2048 {
		return Sidebar{}, errs.InvalidField("query.url", i18n.T("应是打开的网页的完整地址", "The whole address of the page"))
	}
	a, _, err := s.client(ctx, actor(ctx).OrgID, accountID, impatient)
	if err != nil {
		return Sidebar{}, err
	}
	out := Sidebar{CorpID: a.settings["corp_id"], AgentID: a.settings["agent_id"], Timestamp: s.now().Unix(), Nonce: ids.Token()[:16]}
	if out.AgentID == "" {
		return Sidebar{}, errNoAgent
	}
	c := s.wecomOf(a, slotAgent, impatient)
	page, err := (&accountTokens{s: s, org: a.org, id: a.id, slot: slotPage, fetch: c.JSTicket}).Token(ctx, "")
	if err != nil {
		return Sidebar{}, wire.Show(err)
	}
	agent, err := (&accountTokens{s: s, org: a.org, id: a.id, slot: slotSidebar, fetch: c.AgentTicket}).Token(ctx, "")
	if err != nil {
		return Sidebar{}, wire.Show(err)
	}
	out.Signature, out.AgentSignature = wecom.SignPage(page, out.Nonce, out.Timestamp, address), wecom.SignPage(agent, out.Nonce, out.Timestamp, address)
	return out, nil
}

// PersonOf tells which person an account's id of a customer stands for, when
// the actor may see them; errs.NotFound otherwise.
func (s *Service) PersonOf(ctx context.Context, accountID, external string) (personID string, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		a, err := s.accountByID(ctx, tx, org, accountID)
		if err != nil {
			return err
		}
		err = tx.QueryRow(ctx, "SELECT person_id FROM carrier_contact WHERE org_id = ? AND account_id = ? AND external_id = ? ORDER BY since DESC LIMIT 1", org, a.id, external).Scan(&personID)
		if db.IsNoRows(err) {
			personID, err = "", nil
			if a.kind == KindWecom || a.kind == KindKf { // another account of the corp may know them
				var found []string
				if found, err = s.ports.People.Find(ctx, tx, org, []Identity{{"wecom_external_userid", external}}); err == nil {
					personID = found[0]
				}
			}
		}
		if err != nil {
			return err
		}
		unknown := errs.NotFound(i18n.T("这位客户", "person"))
		if personID == "" {
			return unknown
		}
		if personID, _, err = s.ports.People.Members(ctx, tx, org, personID); err != nil {
			return err
		}
		seen, err := s.ports.People.Visible(ctx, tx, org, personID)
		if err == nil && !seen {
			return unknown
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return personID, nil
}
