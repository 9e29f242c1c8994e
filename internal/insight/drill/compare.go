package drill

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// Change is one figure in two runs.
type Change struct {
	Key    string `json:"key" doc:"Of the totals"`
	Before *int64 `json:"before" doc:"Null: not known"`
	After  *int64 `json:"after"`
	Delta  *int64 `json:"delta" doc:"Null where one of them is not known"`
}

// UnitChange is one unit in two runs.
type UnitChange struct {
	Kind    string    `json:"kind" enum:"account,staff,platform"`
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Carrier string    `json:"carrier"`
	Before  *UnitSums `json:"before" doc:"Null: it was not there"`
	After   *UnitSums `json:"after"`
}

// UnitSums are a unit's figures.
type UnitSums struct {
	Persons   int64  `json:"persons"`
	Lost      int64  `json:"lost"`
	Muted     int64  `json:"muted"`
	LostMinor *int64 `json:"lost_minor"`
}

// Moves are people whose standing changed from one run to the other.
type Moves struct {
	Secured int64 `json:"secured" doc:"Hung on one platform, and are reached over several now"`
	Exposed int64 `json:"exposed" doc:"Were reached over several platforms, and hang on one now"`
	CutOff  int64 `json:"cut_off" doc:"Were reached, are still in the pool, and cannot be reached now"`
	Gained  int64 `json:"gained" doc:"Were not reached, or not there, and are reached now"`
}

// Comparison is what changed between two runs.
type Comparison struct {
	Before Run          `json:"before"`
	After  Run          `json:"after"`
	Why    string       `json:"why,omitempty" doc:"Why the two are not alike: read them with care"`
	Totals []Change     `json:"totals" nullable:"false"`
	Units  []UnitChange `json:"units" nullable:"false"`
	Moves  Moves        `json:"moves"`
}

var (
	otherPurpose  = i18n.T("两次演练的消息用途不同（营销、服务），差别部分来自同意的范围不同", "The two drills ask about messages of different purposes: part of the difference is whom each may be sent to")
	otherCurrency = i18n.T("两次演练的币种不同，金额不能相减", "The two drills are in different currencies: their money cannot be compared")
)

// Compare sets two runs side by side.
func (s *Service) Compare(ctx context.Context, orgID, beforeID, afterID string) (out Comparison, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		before, old, err := findings(ctx, tx, orgID, beforeID)
		if err != nil {
			return err
		}
		after, new, err := findings(ctx, tx, orgID, afterID)
		if err != nil {
			return err
		}
		lang := i18n.From(ctx)
		out = Comparison{Before: before, After: after, Units: []UnitChange{}}
		money := old.Value.Currency == new.Value.Currency
		switch {
		case before.Purpose != after.Purpose:
			out.Why = otherPurpose.In(lang)
		case !money:
			out.Why = otherCurrency.In(lang)
		}
		out.Totals = changes(&old.Totals, &new.Totals, money)
		out.Units = unitChanges(old.Units, new.Units)
		a, err := loadGround(ctx, tx, orgID, beforeID, old.Accounts)
		if err != nil {
			return err
		}
		b, err := loadGround(ctx, tx, orgID, afterID, new.Accounts)
		if err != nil {
			return err
		}
		m := moved(a.survey(), b.survey())
		out.Moves = Moves{Secured: size(m["secured"]), Exposed: size(m["exposed"]), CutOff: size(m["cut_off"]), Gained: size(m["gained"])}
		return nil
	})
	return out, err
}

// moved are the people of Moves.
func moved(before, after *survey) map[string]*roaring.Bitmap {
	was, is := before.byAccount.any, after.byAccount.any
	risked, risks := before.byPlatform.once(), after.byPlatform.once()
	return map[string]*roaring.Bitmap{
		"secured": roaring.AndNot(roaring.And(risked, is), risks),
		"exposed": roaring.AndNot(roaring.And(risks, was), risked),
		"cut_off": roaring.And(roaring.AndNot(was, is), after.all),
		"gained":  roaring.AndNot(is, was),
	}
}

func changes(a, b *Totals, money bool) []Change {
	var out []Change
	put := func(key string, x, y *int64, alike bool) {
		c := Change{Key: key, Before: x, After: y}
		if x != nil && y != nil && alike {
			d := *y - *x
			c.Delta = &d
		}
		out = append(out, c)
	}
	put("persons", &a.Persons, &b.Persons, true)
	put("reachable", &a.Reachable, &b.Reachable, true)
	put("direct", &a.Direct, &b.Direct, true)
	put("waiting", &a.Waiting, &b.Waiting, true)
	put("unreachable", &a.Unreachable, &b.Unreachable, true)
	put("one_account", &a.OneAccount, &b.OneAccount, true)
	put("one_platform", &a.OnePlatform, &b.OnePlatform, true)
	put("value_minor", a.ValueMinor, b.ValueMinor, money)
	put("reachable_minor", a.ReachableMinor, b.ReachableMinor, money)
	put("one_platform_minor", a.OnePlatformMinor, b.OnePlatformMinor, money)
	return out
}

func unitChanges(a, b []Unit) []UnitChange {
	sums := func(u Unit) *UnitSums { return &UnitSums{u.Persons, u.Lost, u.Muted, u.LostMinor} }
	type key struct{ kind, id string }
	out, at := []UnitChange{}, map[key]int{}
	for _, u := range b {
		at[key{u.Kind, u.ID}] = len(out)
		out = append(out, UnitChange{Kind: u.Kind, ID: u.ID, Name: u.Name, Carrier: u.Carrier, After: sums(u)})
	}
	for _, u := range a {
		if i, ok := at[key{u.Kind, u.ID}]; ok {
			out[i].Before = sums(u)
			continue
		}
		out = append(out, UnitChange{Kind: u.Kind, ID: u.ID, Name: u.Name, Carrier: u.Carrier, Before: sums(u)})
	}
	return out
}
