package drill

import (
	"context"
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/db"
)

// steps are what a run reads, then counts and keeps.
const stepsOfRun = 7

// gatherer reads a ground, stream by stream.
type gatherer struct {
	*ground
	number  map[string]uint32 // of who speaks for them, by any id
	account map[string]int
	way     map[seatKey]*way
	bar     map[barKey]*bar
	blocked map[string]*roaring.Bitmap // by the gate's word
}

type seatKey struct {
	account int
	seat    string
}

type barKey struct {
	account int
	why     string
}

// gather reads all that a run counts. Each stream is read at one moment; people
// who come while others are read are left out. told is called before each step.
func (s *Service) gather(ctx context.Context, orgID, purpose string, told func(step int) error) (*ground, error) {
	var g *gatherer
	for i, read := range []func(tx *db.Tx) error{
		func(tx *db.Tx) error {
			accounts, err := s.ports.Sources.Accounts(ctx, tx, orgID)
			if err != nil {
				return err
			}
			g = newGatherer(accounts)
			return g.persons(ctx, tx, orgID, s.ports.Sources)
		},
		func(tx *db.Tx) error { return g.words(ctx, tx, orgID, purpose, s.ports.Sources) },
		func(tx *db.Tx) error { return g.ties(ctx, tx, orgID, s.ports.Sources) },
		func(tx *db.Tx) error { return g.addresses(ctx, tx, orgID, s.ports.Sources) },
		func(tx *db.Tx) error { return g.worths(ctx, tx, orgID, s.ports.Sources) },
	} {
		if err := told(i); err != nil {
			return nil, err
		}
		if err := s.db.Read(ctx, orgID, read); err != nil {
			return nil, fmt.Errorf("drill: step %d: %w", i, err)
		}
	}
	return g.settle(), nil
}

func newGatherer(accounts []Account) *gatherer {
	accounts = slices.DeleteFunc(slices.Clone(accounts), func(a Account) bool { return !slices.Contains(preferred, a.Kind) })
	g := &gatherer{ground: newGround(accounts), account: map[string]int{}}
	for i, a := range accounts {
		g.account[a.ID] = i
	}
	g.clear()
	return g
}

func (g *gatherer) clear() {
	g.way, g.bar, g.blocked = map[seatKey]*way{}, map[barKey]*bar{}, map[string]*roaring.Bitmap{}
}

func (g *gatherer) persons(ctx context.Context, tx *db.Tx, orgID string, src Sources) error {
	g.number = map[string]uint32{}
	g.all = roaring.New()
	merged := map[string]string{}
	if err := src.Persons(ctx, tx, orgID, func(id, speaker string, seq uint32) {
		if id != speaker {
			merged[id] = speaker
			return
		}
		g.number[id] = seq
		g.all.Add(seq)
	}); err != nil {
		return err
	}
	for id, speaker := range merged {
		if seq, ok := g.number[speaker]; ok {
			g.number[id] = seq
		}
	}
	return nil
}

func (g *gatherer) words(ctx context.Context, tx *db.Tx, orgID, purpose string, src Sources) error {
	g.blocked = map[string]*roaring.Bitmap{}
	told := roaring.New()
	unknown, err := src.Words(ctx, tx, orgID, purpose, func(id, why string) {
		seq, ok := g.number[id]
		if !ok {
			return
		}
		told.Add(seq)
		if why != "" {
			set(g.blocked, why).Add(seq)
		}
	})
	if err != nil {
		return err
	}
	if unknown != "" {
		set(g.blocked, unknown).Or(roaring.AndNot(g.all, told))
	}
	return nil
}

func set(of map[string]*roaring.Bitmap, key string) *roaring.Bitmap {
	if of[key] == nil {
		of[key] = roaring.New()
	}
	return of[key]
}

func (g *gatherer) wayOf(account int, seat string) *way {
	k := seatKey{account, seat}
	if g.way[k] == nil {
		g.way[k] = &way{account: account, seat: seat, direct: roaring.New(), waits: roaring.New()}
	}
	return g.way[k]
}

func (g *gatherer) barOf(account int, why string) *bar {
	k := barKey{account, why}
	if g.bar[k] == nil {
		g.bar[k] = &bar{account: account, why: why, who: roaring.New()}
	}
	return g.bar[k]
}

// off tells why nothing goes over an account at all; empty: it works.
func off(a *Account) string {
	switch {
	case !a.Active:
		return WhyAccountOff
	case a.Failing:
		return WhyAccountIll
	}
	return ""
}

func (g *gatherer) ties(ctx context.Context, tx *db.Tx, orgID string, src Sources) error {
	return src.Ties(ctx, tx, orgID, func(t Tie) {
		i, known := g.account[t.AccountID]
		seq, there := g.number[t.PersonID]
		if !known || !there {
			return
		}
		why := off(&g.accounts[i])
		switch {
		case !t.Direct && !t.Waits:
			g.barOf(i, t.Why).who.Add(seq)
		case why != "":
			g.barOf(i, why).who.Add(seq)
		case t.Direct:
			g.wayOf(i, t.UserID).direct.Add(seq)
		default:
			g.wayOf(i, t.UserID).waits.Add(seq)
		}
	})
}

func (g *gatherer) addresses(ctx context.Context, tx *db.Tx, orgID string, src Sources) error {
	for _, kind := range []string{"email", "sms"} {
		var of []int
		for i := range g.accounts {
			if g.accounts[i].Kind == kind {
				of = append(of, i)
			}
		}
		if len(of) == 0 {
			continue
		}
		good, bad := roaring.New(), roaring.New()
		if err := src.Addresses(ctx, tx, orgID, kind, func(id string, returned bool) {
			seq, ok := g.number[id]
			switch {
			case !ok:
			case returned:
				bad.Add(seq)
			default:
				good.Add(seq)
			}
		}); err != nil {
			return err
		}
		for _, i := range of {
			if why := off(&g.accounts[i]); why != "" {
				g.barOf(i, why).who.Or(good)
			} else {
				g.wayOf(i, "").direct.Or(good)
			}
			g.barOf(i, WhyBounced).who.Or(bad)
		}
	}
	return nil
}

func (g *gatherer) worths(ctx context.Context, tx *db.Tx, orgID string, src Sources) (err error) {
	g.valued = roaring.New()
	top := uint32(0)
	if !g.all.IsEmpty() {
		top = g.all.Maximum() + 1
	}
	g.values = make([]int64, top)
	g.stand, err = src.Values(ctx, tx, orgID, func(id string, minor int64) {
		if seq, ok := g.number[id]; ok {
			g.values[seq] = minor
			g.valued.Add(seq)
		}
	})
	return err
}

// settle keeps the gate's word over ties, tells one reason a person and account,
// and puts all in order.
func (g *gatherer) settle() *ground {
	for _, w := range g.way {
		if len(g.blocked) == 0 {
			break
		}
		for why, who := range g.blocked {
			hit := roaring.And(who, w.all())
			if hit.IsEmpty() {
				continue
			}
			g.barOf(w.account, why).who.Or(hit)
			w.direct.AndNot(hit)
			w.waits.AndNot(hit)
		}
	}
	told := map[int]*roaring.Bitmap{}
	for _, w := range g.way {
		w.waits.AndNot(w.direct)
		if told[w.account] == nil {
			told[w.account] = roaring.New()
		}
		told[w.account].Or(w.all())
		if !w.all().IsEmpty() {
			w.direct.RunOptimize()
			w.waits.RunOptimize()
			g.ways = append(g.ways, w)
		}
	}
	slices.SortFunc(g.ways, func(a, b *way) int { return order2(a.account, b.account, a.seat, b.seat) })
	for _, b := range g.bar {
		g.bars = append(g.bars, b)
	}
	slices.SortFunc(g.bars, func(a, b *bar) int {
		return order2(a.account, b.account, fmt.Sprintf("%02d%s", rank(whys, a.why), a.why), fmt.Sprintf("%02d%s", rank(whys, b.why), b.why))
	})
	for _, b := range g.bars {
		if told[b.account] == nil {
			told[b.account] = roaring.New()
		}
		b.who.AndNot(told[b.account])
		told[b.account].Or(b.who)
		b.who.RunOptimize()
	}
	g.bars = slices.DeleteFunc(g.bars, func(b *bar) bool { return b.who.IsEmpty() })
	return g.ground
}
