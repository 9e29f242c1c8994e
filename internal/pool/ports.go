package pool

import (
	"context"

	"fishpond/internal/platform/db"
)

// Settings is what the pool needs to know of an org.
type Settings struct {
	Currency string // ISO 4217: the one in which purchases are summed
	Locale   string // zh-CN or en
}

// Orgs tells an org's settings.
type Orgs interface {
	PoolSettings(ctx context.Context, tx *db.Tx, orgID string) (Settings, error)
}

// OrgsFunc makes a function an Orgs.
type OrgsFunc func(ctx context.Context, tx *db.Tx, orgID string) (Settings, error)

// PoolSettings calls f.
func (f OrgsFunc) PoolSettings(ctx context.Context, tx *db.Tx, orgID string) (Settings, error) {
	return f(ctx, tx, orgID)
}

// Auditor writes the audit log. Who acts, and from where, it reads from ctx.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// regionOf is the country whose way of writing phone numbers a brand uses
// when a number has no country code, by the brand's currency.
var regionOf = map[string]string{
	"CNY": "CN", "HKD": "HK", "MOP": "MO", "TWD": "TW", "SGD": "SG", "MYR": "MY", "JPY": "JP", "KRW": "KR",
	"GBP": "GB", "USD": "US", "CAD": "CA", "AUD": "AU", "NZD": "NZ", "EUR": "DE", "CHF": "CH", "THB": "TH", "VND": "VN", "IDR": "ID",
}

// phoneRegion is the ISO 3166 code of that country, CN when it cannot be told.
func (s Settings) phoneRegion() string {
	if r, ok := regionOf[s.Currency]; ok {
		return r
	}
	return "CN"
}
