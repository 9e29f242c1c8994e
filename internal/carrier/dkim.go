package carrier

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"fishpond/internal/carrier/email"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/secret"
)

// What a signing key's state is.
const (
	DKIMWaiting = "waiting" // its record is not known to stand in DNS: nothing is signed with it
	DKIMSigning = "signing"
)

// What stood in DNS where a key's record should.
const (
	DNSOK        = "ok"
	DNSMissing   = "missing"
	DNSDifferent = "different" // something else, or more than one record
	DNSUnknown   = "unknown"   // it could not be asked
)

// LookupTXT finds the TXT records of a name in DNS, each in one piece; a
// *net.DNSError with IsNotFound when there are none.
type LookupTXT func(ctx context.Context, name string) ([]string, error)

const (
	lookupFor  = 5 * time.Second
	dkimRecord = 255 // bytes that one string of a TXT record holds
)

// DKIMKey is a key that an account's mail is signed with. The private half is
// never shown.
type DKIMKey struct {
	ID        string     `json:"id"`
	Domain    string     `json:"domain"`
	Selector  string     `json:"selector"`
	Algorithm string     `json:"algorithm" enum:"rsa,ed25519"`
	State     string     `json:"state" enum:"waiting,signing" doc:"waiting: nothing is signed with it yet"`
	Host      string     `json:"host" doc:"Where the TXT record belongs"`
	Record    string     `json:"record" doc:"What the TXT record says"`
	Strings   []string   `json:"strings" nullable:"false" doc:"The same in pieces of 255 bytes, for DNS providers that ask for them"`
	Found     string     `json:"found" enum:",ok,missing,different,unknown" doc:"What stood in DNS at the last look; empty: nobody has looked"`
	Text      string     `json:"text" doc:"The same in words"`
	CheckedAt *time.Time `json:"checked_at"`
	CreatedAt time.Time  `json:"created_at"`
}

// NewDKIMKey asks for a key.
type NewDKIMKey struct {
	Domain     string `json:"domain,omitempty" maxLength:"253" doc:"That of the sender address, or one above it; empty: that of the sender address"`
	Selector   string `json:"selector,omitempty" maxLength:"63" doc:"The key's name within the domain; empty: one is made up"`
	Algorithm  string `json:"algorithm,omitempty" enum:"rsa,ed25519" default:"rsa"`
	PrivateKey string `json:"private_key,omitempty" maxLength:"8192" doc:"PEM, where there is a key already; empty: one is made. Written, never read"`
}

// dkimKey is a key inside the module.
type dkimKey struct {
	id, account, algorithm, state, found string
	created, checked                     int64
	email.DKIM
}

func errNoKey() error { return errs.NotFound(i18n.T("这把签名密钥", "signing key")) }

// DKIMKeys lists an account's keys, the one that signs first.
func (s *Service) DKIMKeys(ctx context.Context, accountID string) (out []DKIMKey, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		if _, err := s.mailAccount(ctx, tx, org, accountID); err != nil {
			return err
		}
		all, err := s.dkimKeys(ctx, tx, org, accountID)
		out = nil
		for _, k := range all {
			out = append(out, k.shown(i18n.From(ctx)))
		}
		return err
	})
	return out, err
}

// mailAccount finds an account that sends mail.
func (s *Service) mailAccount(ctx context.Context, tx *db.Tx, orgID, accountID string) (*account, error) {
	a, err := s.accountByID(ctx, tx, orgID, accountID)
	if err == nil && a.kind != KindEmail {
		err = errs.Conflict(i18n.T("只有邮件账号可以签名", "Only mail is signed"))
	}
	return a, err
}

func (k *dkimKey) shown(lang i18n.Lang) DKIMKey {
	out := DKIMKey{ID: k.id, Domain: k.Domain, Selector: k.Selector, Algorithm: k.algorithm, State: k.state, Found: k.found, Host: k.Host(),
		CheckedAt: clock.Ptr(k.checked), CreatedAt: clock.Time(k.created), Text: k.words().In(lang), Strings: []string{}}
	out.Record, _ = k.Record() // of a kind that was looked at when it was read
	for rest := out.Record; rest != ""; {
		n := min(dkimRecord, len(rest))
		out.Strings, rest = append(out.Strings, rest[:n]), rest[n:]
	}
	return out
}

func (k *dkimKey) words() i18n.Text {
	switch k.found {
	case DNSOK:
		return i18n.T("DNS 里的记录正确，邮件会带上签名", "The record in DNS is right; mail is signed")
	case DNSMissing:
		return i18n.T("DNS 里还没有这条记录。刚添加的话，等几分钟到几小时再查", "There is no such record in DNS yet. If you have just added it, look again in some minutes, or hours")
	case DNSDifferent:
		return i18n.T("DNS 里这个名字下是别的内容，或者有不止一条 TXT 记录。请只保留下面这一条", "Something else stands in DNS under this name, or more than one TXT record. Leave only the one below")
	case DNSUnknown:
		if k.state == DKIMSigning {
			return i18n.T("邮件会带上签名。服务器查不了 DNS，没有核对过记录", "Mail is signed. This server cannot ask DNS; nobody has checked the record")
		}
		return i18n.T("服务器查不了 DNS，无法确认。可以在别处查好后再点“直接启用”", "This server cannot ask DNS, so nobody knows. Look from elsewhere, and then switch it on without the check")
	}
	return i18n.T("把下面这条 TXT 记录加到域名的 DNS 里，然后检查", "Add the TXT record below to the domain's DNS, then check")
}

// MakeDKIMKey makes or takes a key for an account's mail, in place of another
// that waits for its record. What signs goes on signing until the new record
// has been found.
func (s *Service) MakeDKIMKey(ctx context.Context, accountID string, in NewDKIMKey) (out DKIMKey, err error) {
	org := actor(ctx).OrgID
	text := in.PrivateKey
	if text == "" {
		if text, err = email.NewKey(in.Algorithm); err != nil { // takes a moment: not within the transaction
			return out, err
		}
	}
	k := &dkimKey{id: ids.New("dkm"), account: accountID, state: DKIMWaiting, created: s.micros()}
	if k.Key, k.algorithm, err = email.ParseKey(text); err != nil {
		return out, errs.InvalidField("body.private_key", errs.As(err).Text)
	}
	k.Domain, k.Selector = strings.ToLower(strings.TrimSpace(in.Domain)), strings.ToLower(strings.TrimSpace(in.Selector))
	if k.Selector == "" {
		k.Selector = "fp" + s.now().UTC().Format("20060102") + k.algorithm[:1]
	}
	if !label.MatchString(k.Selector) {
		return out, errs.InvalidField("body.selector", i18n.T("只用小写字母、数字和连字符", "Small letters, digits and hyphens only"))
	}
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		a, err := s.mailAccount(ctx, tx, org, accountID)
		if err != nil {
			return err
		}
		_, of, _ := strings.Cut(strings.ToLower(a.settings["from"]), "@")
		if k.Domain == "" {
			k.Domain = of
		}
		if !domainText.MatchString(k.Domain) || k.Domain != of && !strings.HasSuffix(of, "."+k.Domain) {
			return errs.InvalidField("body.domain", i18n.T("应是发件地址的域名 %s，或它的上级域名，否则收件方不认这个签名", "It has to be the sender address's domain, %s, or one above it; receivers take no other", of))
		}
		all, err := s.dkimKeys(ctx, tx, org, accountID)
		if err != nil {
			return err
		}
		for _, had := range all {
			if had.state == DKIMSigning && had.Domain == k.Domain && had.Selector == k.Selector {
				return errs.InvalidField("body.selector", i18n.T("正在用的密钥已经叫这个名字，换一个", "The key that signs now has this name; take another"))
			}
		}
		if _, err := tx.Exec(ctx, "DELETE FROM carrier_dkim WHERE org_id = ? AND account_id = ? AND state = 'waiting'", org, accountID); err != nil {
			return err
		}
		if err := s.insertDKIM(ctx, tx, org, k, text); err != nil {
			return err
		}
		return s.ports.Auditor.Audit(ctx, tx, "carrier.dkim_made", "account", accountID, map[string]any{"domain": k.Domain, "selector": k.Selector, "algorithm": k.algorithm, "brought": in.PrivateKey != ""})
	})
	return k.shown(i18n.From(ctx)), err
}

// CheckDKIMKey looks for a key's record in DNS. A key that waited for it signs
// from now on, in place of the one before it.
func (s *Service) CheckDKIMKey(ctx context.Context, accountID, keyID string) (DKIMKey, error) {
	org := actor(ctx).OrgID
	var k *dkimKey
	if err := s.db.Read(ctx, org, func(tx *db.Tx) (err error) {
		k, err = s.dkimKey(ctx, tx, org, accountID, keyID)
		return err
	}); err != nil {
		return DKIMKey{}, err
	}
	if err := s.limit("dns "+org, dnsAMinute, time.Minute); err != nil {
		return DKIMKey{}, err
	}
	found := s.lookup(ctx, k)
	return s.settleDKIM(ctx, accountID, keyID, func(k *dkimKey) (next string, err error) {
		k.found, k.checked = found, s.micros()
		if found == DNSOK {
			return DKIMSigning, nil
		}
		return k.state, nil
	})
}

// UseDKIMKey signs with a key whose record could not be looked for.
func (s *Service) UseDKIMKey(ctx context.Context, accountID, keyID string) (DKIMKey, error) {
	return s.settleDKIM(ctx, accountID, keyID, func(k *dkimKey) (string, error) {
		if k.found != DNSUnknown && k.found != DNSOK {
			return "", errs.Conflict(i18n.T("先检查 DNS 记录；查不了 DNS 时才能直接启用", "Check the record in DNS first; only where that cannot be done may it be left out"))
		}
		return DKIMSigning, nil
	})
}

const dnsAMinute = 30 // looks of an org

// lookup tells what stands in DNS.
func (s *Service) lookup(ctx context.Context, k *dkimKey) string {
	ctx, cancel := context.WithTimeout(ctx, lookupFor)
	defer cancel()
	records, err := s.o.LookupTXT(ctx, k.Host()+".") // from the root: not within our own domain
	if e, ok := errors.AsType[*net.DNSError](err); ok && e.IsNotFound {
		return DNSMissing
	}
	if err != nil {
		s.logger.InfoContext(ctx, "a record could not be looked for", "host", k.Host(), "error", err)
		return DNSUnknown
	}
	if len(records) == 0 {
		return DNSMissing
	}
	if right, err := k.Published(records); err != nil || !right {
		return DNSDifferent
	}
	return DNSOK
}

// settleDKIM changes a key.
func (s *Service) settleDKIM(ctx context.Context, accountID, keyID string, change func(k *dkimKey) (next string, err error)) (out DKIMKey, err error) {
	org := actor(ctx).OrgID
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		k, err := s.dkimKey(ctx, tx, org, accountID, keyID)
		if err != nil {
			return err
		}
		before := k.state
		if k.state, err = change(k); err != nil {
			return err
		}
		if before != k.state {
			if _, err := tx.Exec(ctx, "DELETE FROM carrier_dkim WHERE org_id = ? AND account_id = ? AND state = ? AND id <> ?", org, accountID, k.state, k.id); err != nil {
				return err
			}
			if err := s.ports.Auditor.Audit(ctx, tx, "carrier.dkim_signs", "account", accountID, map[string]any{"domain": k.Domain, "selector": k.Selector, "found": k.found}); err != nil {
				return err
			}
		}
		n, err := tx.Changed(ctx, "UPDATE carrier_dkim SET state = ?, found = ?, checked_at = ? WHERE org_id = ? AND account_id = ? AND id = ? AND state = ?", k.state, k.found, k.checked, org, accountID, k.id, before)
		if err == nil && n == 0 {
			err = errNoKey()
		}
		out = k.shown(i18n.From(ctx))
		return err
	})
	return out, err
}

// DropDKIMKey forgets a key. Mail is not signed any more when it is the one
// that signs.
func (s *Service) DropDKIMKey(ctx context.Context, accountID, keyID string) error {
	org := actor(ctx).OrgID
	return s.db.Write(ctx, org, func(tx *db.Tx) error {
		k, err := s.dkimKey(ctx, tx, org, accountID, keyID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM carrier_dkim WHERE org_id = ? AND account_id = ? AND id = ?", org, accountID, keyID); err != nil {
			return err
		}
		return s.ports.Auditor.Audit(ctx, tx, "carrier.dkim_dropped", "account", accountID, map[string]any{"domain": k.Domain, "selector": k.Selector, "state": k.state})
	})
}

const dkimPurpose = "carrier.dkim"

func (s *Service) insertDKIM(ctx context.Context, tx *db.Tx, orgID string, k *dkimKey, text string) error {
	_, err := tx.Exec(ctx, "INSERT INTO carrier_dkim (org_id, account_id, id, domain, selector, algorithm, state, found, sealed, created_at, checked_at) VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, ?, 0)",
		orgID, k.account, k.id, k.Domain, k.Selector, k.algorithm, k.state, s.ports.Sealer.SealString(orgID, dkimPurpose, secret.Redacted(text)), k.created)
	return err
}
