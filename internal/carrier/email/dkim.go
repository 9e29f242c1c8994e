package email

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-msgauth/dkim"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Kinds of keys that mails are signed with.
const (
	RSA     = "rsa"     // 2048 bits: every receiver knows it
	Ed25519 = "ed25519" // short records and cheap signatures; some receivers do not know it (RFC 8463)
)

// DKIM signs the mails of a domain (RFC 6376). It is safe for concurrent use.
type DKIM struct {
	Domain   string // whose mails they are
	Selector string // which of the domain's keys it is
	Key      crypto.Signer
}

// NewKey makes a key of a kind, as PEM.
func NewKey(kind string) (text string, err error) {
	var key any
	switch kind {
	case RSA:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case Ed25519:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		err = fmt.Errorf("email: no kind of key: %q", kind)
	}
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

// ParseKey reads a private key from PEM (PKCS #8, or PKCS #1 for RSA) and tells
// its kind. RSA keys have 2048 to 4096 bits. An error says to people what is
// wrong, and nothing of the key.
func ParseKey(text string) (key crypto.Signer, kind string, err error) {
	block, _ := pem.Decode([]byte(strings.TrimSpace(text)))
	if block == nil {
		return nil, "", errs.Invalid(i18n.T("不是 PEM 格式的私钥（以 -----BEGIN PRIVATE KEY----- 开头）", "This is no private key in PEM (it begins with -----BEGIN PRIVATE KEY-----)"))
	}
	var parsed any
	if block.Type == "RSA PRIVATE KEY" {
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	} else {
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err != nil {
		return nil, "", errs.Invalid(i18n.T("私钥读不出来；有密码保护的私钥要先去掉密码", "The private key cannot be read; take its password off first if it has one"))
	}
	switch k := parsed.(type) {
	case *rsa.PrivateKey:
		if n := k.N.BitLen(); n < 2048 || n > 4096 {
			return nil, "", errs.Invalid(i18n.T("RSA 私钥应有 2048 到 4096 位，这个是 %d 位", "An RSA key has 2048 to 4096 bits; this one has %d", n))
		}
		return k, RSA, nil
	case ed25519.PrivateKey:
		return k, Ed25519, nil
	}
	return nil, "", errs.Invalid(i18n.T("只支持 RSA 和 Ed25519 私钥", "Only RSA and Ed25519 keys are supported"))
}

// Host is where the key's record stands in DNS.
func (d *DKIM) Host() string { return d.Selector + "._domainkey." + d.Domain }

// Record is the text that stands there.
func (d *DKIM) Record() (string, error) {
	switch public := d.Key.Public().(type) {
	case *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(public)
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), err
	case ed25519.PublicKey:
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public), nil
	}
	return "", errors.New("email: no such kind of key")
}

// Published tells whether what stands in DNS is the key's record, as receivers
// read it: one record, whatever its spaces and further tags.
func (d *DKIM) Published(records []string) (bool, error) {
	want, err := d.Record()
	if err != nil || len(records) != 1 {
		return false, err
	}
	ours, theirs := tags(want), tags(records[0])
	if v, has := theirs["v"]; has && v != ours["v"] {
		return false, nil
	}
	kind := theirs["k"]
	if kind == "" {
		kind = RSA
	}
	return kind == ours["k"] && theirs["p"] == ours["p"], nil
}

// tags reads a list of tags (RFC 6376, 3.2).
func tags(record string) map[string]string {
	out := map[string]string{}
	for pair := range strings.SplitSeq(record, ";") {
		name, value, _ := strings.Cut(pair, "=")
		out[strings.TrimSpace(name)] = strings.Join(strings.Fields(value), "")
	}
	return out
}

// signed are the headers that a signature covers. From, Subject and To stand
// there twice, so that nobody adds another one; those of one-click
// unsubscription have to be covered (RFC 8058).
var signed = []string{"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Reply-To", "In-Reply-To", "References",
	"List-Unsubscribe", "List-Unsubscribe-Post", "From", "To", "Subject"}

// signature is the header that signs a mail, its line end included.
func (d *DKIM) signature(m *Message) (string, error) {
	w := &wired{own: make([]byte, 0, 1024+len(m.Text)*3/2+len(m.HTML)*3/2)}
	if err := w.unsigned(m, false); err != nil {
		return "", err
	}
	s, err := dkim.NewSigner(&dkim.SignOptions{Domain: d.Domain, Selector: d.Selector, Signer: d.Key,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed, HeaderKeys: signed})
	if err != nil {
		return "", err
	}
	err = w.each(func(piece []byte) error {
		_, err := s.Write(piece)
		return err
	})
	if err = errors.Join(err, s.Close()); err != nil {
		return "", fmt.Errorf("email: sign: %w", err)
	}
	return s.Signature(), nil
}
