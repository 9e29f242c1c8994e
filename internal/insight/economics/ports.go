package economics

import (
	"context"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight"
	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/db"
)

// Ledger is what was spent and sold in some months, by where people came from.
type Ledger struct {
	Sources  map[int64]Source
	Channels []Channel // parents first
	Costs    []Cost
	Sales    []Sale
	Names    map[string]string // of staff, codes, links
	Accounts map[string]string // names of accounts
}

// Source is where and how somebody arrived.
type Source struct {
	Channels []string // the channel and those above it
	Code     string
	Link     string
	Staff    string
	Account  string
}

// Channel is a channel as the tree has it now.
type Channel struct {
	ID, Name, ParentID, Level string
	Path                      []string // names from the top
}

// Cost is a part of a cost, as acquisition divides it.
type Cost struct {
	Source   int64    // 0: nobody came that month
	Channels []string // what it is for, and the channels above
	Month    int64    // year × 12 + month − 1
	Minor    int64
}

// Sale is what was sold in a month.
type Sale struct {
	Source                          int64 // 0: no arrival came before
	Month                           int64
	Orders, GMVMinor, RefundedMinor int64
}

// Walk is how one person was won and what they bought.
type Walk struct {
	PersonID string
	Source   int64 // 0: never arrived
	At       int64 // of the first arrival, microseconds
	Orders   []Order
}

// Order is one of a walk's, in the order of time; a refund that names no order
// is one Alone, at the end.
type Order struct {
	At, AmountMinor, RefundedMinor int64
	Foreign                        bool // in another currency
	Back                           bool // refunded in full
	Alone                          bool
}

// Acquisition keeps who won whom and what that cost.
type Acquisition interface {
	// Revision changes whenever a walk does; facts says how much there is to read.
	Revision(ctx context.Context, tx *db.Tx, orgID string) (revision, facts int64, err error)
	// Ledger draws that of the months from … to, both included.
	Ledger(ctx context.Context, tx *db.Tx, orgID string, from, to int64) (Ledger, error)
	// EachWalk tells of everybody who arrived or bought. A walk is valid until fn returns.
	EachWalk(ctx context.Context, tx *db.Tx, orgID string, fn func(*Walk) error) error
	// CostMonths are the first and the last month with a cost.
	CostMonths(ctx context.Context, tx *db.Tx, orgID string) (first, last int64, ok bool, err error)
}

// Streams tells who did what.
type Streams interface {
	// Active finds who had any event of some kinds in [from, to).
	Active(ctx context.Context, tx *db.Tx, orgID string, kinds []string, from, to time.Time) (who *roaring.Bitmap, counted *time.Time, err error)
	// ValueState says whether people have a value, as insight.Service does.
	ValueState(ctx context.Context, tx *db.Tx, orgID string) (refusal string, amounts bool, fittedAt int64, err error)
}

// Auditor writes the audit log. Who acts, and from where, it reads from ctx.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// Ports are what the module needs of others.
type Ports struct {
	Orgs        insight.Orgs
	Acquisition Acquisition
	Streams     Streams
	People      insight.Registry
	Desk        *behind.Desk
	Auditor     Auditor
}
