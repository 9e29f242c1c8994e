package drill

import (
	"cmp"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// The kinds of accounts that count, in the order in which they are preferred: a
// friend reads; mail and text messages arrive; the others wait for people.
var preferred = []string{"wecom", "email", "sms", "official_account", "wecom_kf", "web"}

// Why a tie is no way, in the order in which one reason of several is told.
const (
	WhyDoNotContact = "do_not_contact"
	WhyConsent      = "consent"
	WhyAccountOff   = "account_off"
	WhyAccountIll   = "account_ill"
	WhyBounced      = "bounced"
	WhyMemberLeft   = "member_left"
	WhyUnconfirmed  = "unconfirmed"
	WhyNotFriend    = "not_friend"
	WhyNoTie        = "no_tie" // there is nothing at all
)

var whys = []string{WhyDoNotContact, WhyConsent, WhyAccountOff, WhyAccountIll, WhyBounced, WhyMemberLeft, WhyUnconfirmed, WhyNotFriend}

func rank(order []string, s string) int {
	if i := slices.Index(order, s); i >= 0 {
		return i
	}
	return len(order)
}

// way is who is reached through one seat of an account.
type way struct {
	account int    // into ground.accounts
	seat    string // the member; empty where an account is one sender
	direct  *roaring.Bitmap
	waits   *roaring.Bitmap
}

func (w *way) all() *roaring.Bitmap { return roaring.Or(w.direct, w.waits) }

// bar is who is tied to an account and cannot be reached over it.
type bar struct {
	account int
	why     string
	who     *roaring.Bitmap
}

// ground is all that a run counts, as sets of persons' numbers.
type ground struct {
	accounts []Account
	all      *roaring.Bitmap // who speaks for themselves
	ways     []*way
	bars     []*bar
	values   []int64         // by number; only while a run counts
	valued   *roaring.Bitmap // whose value is known
	stand    ValueStand
}

func newGround(accounts []Account) *ground {
	return &ground{accounts: accounts, all: roaring.New(), valued: roaring.New()}
}

// platform is on what an account stands: customer service is the corp's.
func platform(kind string) string {
	if kind == "wecom_kf" {
		return "wecom"
	}
	return kind
}

// WeChat is the platform of all that one company could close at once.
const WeChat = "wechat"

func ofWeChat(kind string) bool {
	return kind == "wecom" || kind == "wecom_kf" || kind == "official_account"
}

// staffKey names who is behind a way: a member of staff, a member of a corp who
// is nobody here, or the account itself.
func (g *ground) staffKey(w *way) string {
	a := &g.accounts[w.account]
	if w.seat == "" {
		return a.ID
	}
	for i := range a.Members {
		if a.Members[i].UserID == w.seat && a.Members[i].StaffID != "" {
			return a.Members[i].StaffID
		}
	}
	return a.ID + "/" + w.seat
}

// inOrder are the accounts as they are preferred.
func (g *ground) inOrder() []int {
	out := make([]int, len(g.accounts))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int {
		return cmp.Compare(rank(preferred, g.accounts[a].Kind), rank(preferred, g.accounts[b].Kind))
	})
	return out
}

// cover is who is reached over each part of the ground, and who over several.
type cover struct {
	of    map[string]*roaring.Bitmap
	twice *roaring.Bitmap
	any   *roaring.Bitmap
}

// newCover puts ways together by a key that names the part of each; of picks
// which of its people count. A way without a key does not count.
func newCover(ways []*way, key func(*way) string, of func(*way) *roaring.Bitmap) *cover {
	c := &cover{of: map[string]*roaring.Bitmap{}, twice: roaring.New(), any: roaring.New()}
	var order []string
	for _, w := range ways {
		k := key(w)
		if c.of[k] == nil {
			c.of[k] = roaring.New()
			order = append(order, k)
		}
		c.of[k].Or(of(w))
	}
	for _, k := range order {
		c.twice.Or(roaring.And(c.any, c.of[k]))
		c.any.Or(c.of[k])
	}
	return c
}

// part is who is reached over a part; never nil.
func (c *cover) part(key string) *roaring.Bitmap {
	if b := c.of[key]; b != nil {
		return b
	}
	return roaring.New()
}

// only is who is reached over this part and no other.
func (c *cover) only(key string) *roaring.Bitmap { return roaring.AndNot(c.part(key), c.twice) }

func direct(w *way) *roaring.Bitmap { return w.direct }
func waits(w *way) *roaring.Bitmap  { return w.waits }
func either(w *way) *roaring.Bitmap { return w.all() }

// worth adds the values of people up; how many of them have one.
func (g *ground) worth(who *roaring.Bitmap) (minor, valued int64) {
	known := roaring.And(who, g.valued)
	for it := known.Iterator(); it.HasNext(); {
		minor += g.values[it.Next()]
	}
	return minor, size(known)
}

func size(b *roaring.Bitmap) int64 { return int64(b.GetCardinality()) } //nolint:gosec // at most 2³²

// order2 compares by a number, then by a text.
func order2(a, b int, s, t string) int { return cmp.Or(cmp.Compare(a, b), cmp.Compare(s, t)) }
