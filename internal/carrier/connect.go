package carrier

import (
	"context"
	"time"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// The secrets of a corp, each with tokens of its own.
const (
	slotContact   = "contact"
	slotDirectory = "directory"
	slotAgent     = "agent" // the app whose page stands in the sidebar
	slotPage      = "jsapi_ticket"
	slotSidebar   = "agent_ticket"
)

// How long a caller waits for its quota.
const (
	impatient = 0                // somebody looks at the screen
	patient   = 15 * time.Minute // a sync in the background
)

// bulkShare is how much of the quota a sync may use, in percent: the rest is
// for welcomes and whoever works in the console meanwhile.
const bulkShare = 80

// wecomOf returns a client for an account.
func (s *Service) wecomOf(a *account, slot string, patience time.Duration) *wecom.Client {
	o := wire.Options{Base: s.baseOf(a, "/cgi-bin"), HTTP: s.o.HTTP, Sleep: s.o.Sleep, Patient: patience}
	key := "secret"
	if slot == slotDirectory {
		key = "directory_secret"
	}
	if slot == slotArchive {
		key = "archive_secret"
	}
	if slot == slotAgent && a.secrets["agent_secret"] != "" {
		key = "agent_secret"
	}
	share := int64(100)
	if patience > 0 {
		share = bulkShare
	}
	quota := s.quotaOf(a, share)
	quota.other = slot != slotContact
	o.Tokens = &accountTokens{s: s, org: a.org, id: a.id, slot: slot, fetch: wecom.Fetch(o, a.settings["corp_id"], a.secrets[key].Reveal())}
	o.Quota = quota
	return wecom.New(o)
}

// baseOf is where an account's calls begin; empty: the adapter's own address.
func (s *Service) baseOf(a *account, path string) string {
	base := a.settings["base_url"]
	if base == "" || !s.mayCall(a.kind, base) { // the configuration may have changed since
		return ""
	}
	return base + path
}

// client finds an active WeCom account and returns it with a client.
func (s *Service) client(ctx context.Context, orgID, accountID string, patience time.Duration) (a *account, c *wecom.Client, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		a, err = s.accountByID(ctx, tx, orgID, accountID)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if a.kind != KindWecom {
		return nil, nil, errs.Conflict(i18n.T("这个账号不是企业微信，做不了这件事", "The account is not WeCom and cannot do this"))
	}
	if a.status != StatusActive {
		return nil, nil, errs.Conflict(i18n.T("账号已停用", "The account is disabled"))
	}
	return a, s.wecomOf(a, slotContact, patience), nil
}
