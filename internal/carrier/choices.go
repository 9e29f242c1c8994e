package carrier

import (
	"context"
	"sync"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/secret"
)

// ChoiceQuery asks a platform what a field of an account may be.
type ChoiceQuery struct {
	Field     string            `json:"field" maxLength:"32" example:"open_kfid"`
	Values    map[string]string `json:"values" maxProperties:"20" doc:"The fields before it, secrets included"`
	AccountID string            `json:"account_id,omitempty" maxLength:"64" doc:"Of an account that is there: secrets that are left out are its own"`
}

// Choice is something that the platform offers.
type Choice struct {
	Value     string `json:"value"`
	Label     string `json:"label"`
	Connected bool   `json:"connected" doc:"An account here is it already"`
	Usable    bool   `json:"usable" doc:"The platform lets the API serve it"`
}

// Choices asks the platform what a field may be, with what was typed in so far.
// Nothing of it is kept.
func (s *Service) Choices(ctx context.Context, kindID string, q ChoiceQuery) (out []Choice, err error) {
	org := actor(ctx).OrgID
	k, ok := kindOf(kindID)
	if !ok {
		return nil, errs.NotFound(i18n.T("这种账号", "kind of account"))
	}
	if kindID != KindKf || q.Field != "open_kfid" {
		return nil, errs.InvalidField("body.field", i18n.T("这一项不能查找", "This cannot be looked up"))
	}
	a := &account{org: org, kind: k.id, settings: map[string]string{}, secrets: map[string]secret.Redacted{}}
	connected := map[string]bool{}
	if err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		all, err := s.accounts(ctx, tx, org, KindKf)
		for _, had := range all {
			connected[had.platform] = true
		}
		if err == nil && q.AccountID != "" {
			var had *account
			if had, err = s.accountByID(ctx, tx, org, q.AccountID); err == nil && had.kind == kindID {
				a = had
			}
		}
		return err
	}); err != nil {
		return nil, err
	}
	asked := k
	asked.fields = nil
	values := map[string]string{}
	for _, f := range k.fields {
		if f.key == "corp_id" || f.key == "secret" || f.key == "base_url" {
			asked.fields = append(asked.fields, f)
			if v, given := q.Values[f.key]; given {
				values[f.key] = v
			}
		}
	}
	if err := s.fill(a, asked, values, q.AccountID == ""); err != nil {
		return nil, err
	}
	o := wire.Options{Base: s.baseOf(a, "/cgi-bin"), HTTP: s.o.HTTP, Sleep: s.o.Sleep}
	o.Tokens = &passing{fetch: wecom.Fetch(o, a.settings["corp_id"], a.secrets["secret"].Reveal())}
	desks, err := wecom.New(o).Desks(ctx)
	switch wire.Code(err) { // at the field that is wrong
	case wecom.CodeBadSecret:
		return nil, errs.InvalidField("body.values.secret", i18n.T("Secret 不正确：请到“应用管理 → 微信客服 → API”复制（平台错误码 40001）", "The secret is not right: copy it from Apps → Customer service → API (platform error code 40001)"))
	case 40013:
		return nil, errs.InvalidField("body.values.corp_id", i18n.T("企业 ID 不正确（平台错误码 40013）", "The corp id is not right (platform error code 40013)"))
	}
	if err != nil {
		return nil, wire.Show(err)
	}
	for _, d := range desks {
		if len(d.ID) <= 64 {
			out = append(out, Choice{Value: d.ID, Label: oneLine(d.Name, 64), Connected: connected[d.ID], Usable: d.Managed})
		}
	}
	return out, nil
}

// passing are tokens of an account that is none yet: nobody keeps them.
type passing struct {
	fetch wire.Fetch
	mu    sync.Mutex
	token string
}

// Token implements wire.Tokens.
func (p *passing) Token(ctx context.Context, refused string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.token != "" && p.token != refused {
		return p.token, nil
	}
	token, _, err := p.fetch(ctx)
	p.token = token
	return token, err
}

// probeKf tries a customer service account: is it there, may we serve it, who does.
func (s *Service) probeKf(ctx context.Context, a *account, add func(step string, err error, good i18n.Text) bool) error {
	c := s.wecomOf(a, slotContact, impatient)
	desks, err := c.Desks(ctx)
	if !add("token", err, i18n.T("企业 ID 和 Secret 正确", "The corp id and the secret are right")) {
		return nil
	}
	err = errs.Conflict(i18n.T("企业微信里没有这个客服账号，或没有授权给这个 Secret", "WeCom has no such customer service account, or does not give it to this secret"))
	name := ""
	for _, d := range desks {
		if d.ID != a.platform {
			continue
		}
		if name, err = oneLine(d.Name, 64), nil; !d.Managed {
			err = errs.Conflict(i18n.T("这个客服账号不由 API 管理：请在“微信客服 → 可调用接口的应用”里改成由 API 管理", "The account is not managed by the API: change that under Customer service → apps that may call"))
		}
	}
	if !add("desk", err, i18n.T("客服账号“%s”可以由接口收发消息", "The customer service account “%s” can be served over the API", name)) {
		return nil
	}
	list, err := c.Servicers(ctx, a.platform)
	var members []wecom.Member
	for _, v := range list {
		if v.UserID != "" {
			members = append(members, wecom.Member{UserID: v.UserID, Status: 1})
		}
	}
	if add("servicers", err, i18n.T("%d 位接待人员", "%d members serve it", len(members))) && len(members) > 0 {
		return s.db.Write(ctx, a.org, func(tx *db.Tx) error { return s.saveMembers(ctx, tx, a, members, true) })
	}
	return nil
}
