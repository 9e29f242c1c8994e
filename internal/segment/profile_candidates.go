package segment

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/lifecycle/lifecycleevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
)

const (
	maxOfKind     = 100    // candidates of one field or trait
	maxTagsOf     = 1_000  // tags that a profile looks at
	maxProducts   = 200    // the most bought ones of either side
	looked        = 2_000  // members whose traits are looked at to find values
	productSample = 20_000 // persons on either side whose orders are read
	productPage   = 1_000  // of them at once
)

func compare(field predicate.Field, is predicate.Op, values ...predicate.Value) predicate.Expr {
	return &predicate.Compare{Field: field, Is: is, Values: values}
}

// candidates lists what to look at, products apart.
func (p *profiler) candidates(ctx context.Context, wanted func(string) bool) (out []candidate, err error) {
	each := func(kind, label string, field predicate.Field, values []string) {
		for _, v := range values[:min(len(values), maxOfKind)] {
			out = append(out, candidate{kind, label, v, compare(field, predicate.Equal, predicate.Text(v))})
		}
	}
	named := func(kind string, all []predicate.Named) {
		for _, n := range all[:min(len(all), maxOfKind)] {
			out = append(out, candidate{kind, "", n.Name, compare(predicate.Field{Name: kind}, predicate.Equal, predicate.Value{Kind: predicate.RefValue, Text: n.Name, ID: n.ID})})
		}
	}
	bands := func(kind string, edges ...int64) {
		for i, from := range edges {
			field, lo := predicate.Field{Name: kind}, strconv.FormatInt(from, 10)
			switch {
			case i == len(edges)-1:
				out = append(out, candidate{kind, "", lo + "+", compare(field, predicate.AtLeast, predicate.Number(lo))})
			case edges[i+1] == from+1:
				out = append(out, candidate{kind, "", lo, compare(field, predicate.Equal, predicate.Number(lo))})
			default:
				hi := strconv.FormatInt(edges[i+1]-1, 10)
				out = append(out, candidate{kind, "", lo + "–" + hi, compare(field, predicate.Between, predicate.Number(lo), predicate.Number(hi))})
			}
		}
	}
	for _, kind := range ProfileKinds {
		if !wanted(kind) {
			continue
		}
		field := predicate.Field{Name: kind}
		switch kind {
		case "stage":
			each(kind, "", field, lifecycleevent.Stages)
		case "gender":
			each(kind, "", field, []string{"male", "female", "other"})
		case "region":
			each(kind, "", field, p.seen.regions)
		case "source":
			each(kind, "", field, p.seen.sources)
		case "channel":
			named(kind, p.def.Channels)
		case "owner":
			if !p.a.OwnOnly { // they are all their own
				named(kind, p.def.Staff)
			}
		case "orders":
			bands(kind, 0, 1, 2, 3, 6, 11)
		case "age":
			bands(kind, 0, 18, 25, 35, 45, 55, 65)
		case "tag":
			for _, t := range p.def.Tags[:min(len(p.def.Tags), maxTagsOf)] {
				out = append(out, candidate{kind, t.Group, t.Name, &predicate.Tag{Any: []predicate.TagRef{{Ref: predicate.Ref{ID: t.ID, Name: t.Name}, Group: t.Group}}}})
			}
		case "trait":
			found, err := p.traits(ctx)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
	}
	return out, nil
}

// traits lists values of declared traits: those declared, else those that
// members have; numbers by quarters.
func (p *profiler) traits(ctx context.Context) (out []candidate, err error) {
	texts, numbers, err := p.traitValues(ctx, spread(p.members, looked))
	if err != nil {
		return nil, err
	}
	for _, t := range p.def.Traits {
		field := predicate.Field{Name: t.Key, Trait: true}
		add := func(value string, is predicate.Op, values ...predicate.Value) {
			out = append(out, candidate{"trait", t.Label, value, compare(field, is, values...)})
		}
		values := t.Options
		if len(values) == 0 {
			values = texts[t.Key]
		}
		values = values[:min(len(values), maxOfKind)]
		switch t.Type {
		case plan.Text:
			for _, v := range values {
				add(v, predicate.Equal, predicate.Text(v))
			}
		case plan.List:
			for _, v := range values {
				add(v, predicate.HasAny, predicate.Text(v))
			}
		case plan.Bool:
			add("true", predicate.Equal, predicate.Bool(true))
			add("false", predicate.Equal, predicate.Bool(false))
		case plan.Number:
			for _, b := range quarters(numbers[t.Key]) {
				lo, hi := fixed(b[0]), fixed(b[1])
				if lo == hi {
					add(lo, predicate.Equal, predicate.Number(lo))
				} else {
					add(lo+"–"+hi, predicate.Between, predicate.Number(lo), predicate.Number(hi))
				}
			}
		}
	}
	return out, nil
}

// fixed writes ten-thousandths as a decimal.
func fixed(v int64) string {
	f := strconv.FormatFloat(float64(v)/plan.Scale, 'f', -1, 64)
	return predicate.Number(f).Text
}

// quarters cuts sorted values into up to four ranges with about as many each;
// few different values are ranges of their own.
func quarters(v []int64) (out [][2]int64) {
	different := slices.Compact(slices.Clone(v))
	if len(different) <= 8 {
		for _, d := range different {
			out = append(out, [2]int64{d, d})
		}
		return out
	}
	from := 0
	for i := 1; i <= 4; i++ {
		to := len(v) * i / 4
		for to > 0 && to < len(v) && v[to] == v[to-1] {
			to++ // equal values stay together
		}
		if to > from {
			out = append(out, [2]int64{v[from], v[to-1]})
			from = to
		}
	}
	return out
}

// traitValues finds values of traits that some persons have: texts, the most
// frequent first, and numbers in order.
func (p *profiler) traitValues(ctx context.Context, of []uint32) (texts map[string][]string, numbers map[string][]int64, err error) {
	counts := map[string]map[string]int{}
	numbers = map[string][]int64{}
	types := map[string]plan.Type{}
	for _, t := range p.def.Traits {
		types[t.Key] = t.Type
	}
	err = p.s.db.Read(ctx, p.a.OrgID, func(tx *db.Tx) error {
		in, arg := among(tx, of)
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var key, text string
			var num int64
			if err := rows.Scan(&key, &text, &num); err != nil {
				return err
			}
			switch types[key] {
			case plan.Text, plan.List:
				if counts[key] == nil {
					counts[key] = map[string]int{}
				}
				counts[key][text]++
			case plan.Number:
				numbers[key] = append(numbers[key], num)
			}
			return nil
		}, "SELECT trait_key, txt, num FROM segment_trait WHERE org_id = ? AND "+in, p.a.OrgID, arg)
	})
	texts = map[string][]string{}
	for key, n := range counts {
		all := slices.Collect(maps.Keys(n))
		slices.SortFunc(all, func(x, y string) int { return cmp.Or(cmp.Compare(n[y], n[x]), cmp.Compare(x, y)) })
		texts[key] = all
	}
	for _, v := range numbers {
		slices.Sort(v)
	}
	return texts, numbers, err
}

// bought is what is known of a product.
type bought struct {
	sku, name string
	buyers    [2]int64 // in the segment, in the rest
}

// products looks at what was bought. Orders are too many to read for
// everybody: of large groups, a sample stands for all.
func (p *profiler) products(ctx context.Context) error {
	found := map[string]*bought{}
	rest := roaring.AndNot(p.pool, p.members)
	var size [2]int64
	var each [2]float64
	for side, group := range []*roaring.Bitmap{p.members, rest} {
		sample := spread(group, productSample)
		size[side], each[side] = int64(len(sample)), 1
		if n := group.GetCardinality(); n > uint64(len(sample)) {
			each[side] = float64(n) / float64(len(sample))
		}
		for part := range slices.Chunk(sample, productPage) {
			if err := p.buyers(ctx, part, side, found); err != nil {
				return err
			}
		}
	}
	all := slices.Collect(maps.Values(found))
	slices.SortFunc(all, func(x, y *bought) int {
		return cmp.Or(cmp.Compare(y.buyers[0]+y.buyers[1], x.buyers[0]+x.buyers[1]), cmp.Compare(x.sku, y.sku))
	})
	for _, b := range all[:min(len(all), maxProducts)] {
		e := &predicate.Did{Event: "order.paid", Where: []predicate.Condition{{Property: "sku", Is: predicate.Equal, Values: []predicate.Value{predicate.Text(b.sku)}}}}
		compiled, err := predicate.Compile(e, p.cat, p.s.now())
		if err != nil {
			continue // a SKU that no predicate can name, such as one that is too long
		}
		p.add(candidate{"product", cmp.Or(b.name, b.sku), b.sku, compiled.Expr}, fourfold{b.buyers[0], size[0], b.buyers[1], size[1]}, each[0], each[1])
	}
	return nil
}

// buyers counts who of some persons bought each product.
func (p *profiler) buyers(ctx context.Context, of []uint32, side int, found map[string]*bought) error {
	type had struct {
		seq uint32
		sku string
	}
	once := map[had]bool{}
	return p.s.db.Read(ctx, p.a.OrgID, func(tx *db.Tx) error {
		in, arg := among(tx, of)
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var seq uint32
			var data []byte
			if err := rows.Scan(&seq, &data); err != nil {
				return err
			}
			var order struct {
				Items []struct {
					SKU  string `json:"sku"`
					Name string `json:"name"`
				} `json:"items"`
			}
			if err := json.Unmarshal(data, &order); err != nil {
				return fmt.Errorf("order of person %d: %w", seq, err)
			}
			for _, item := range order.Items {
				if item.SKU == "" || once[had{seq, item.SKU}] {
					continue
				}
				once[had{seq, item.SKU}] = true
				b := found[item.SKU]
				if b == nil {
					b = &bought{sku: item.SKU}
					found[item.SKU] = b
				}
				b.name = cmp.Or(b.name, item.Name)
				b.buyers[side]++
			}
			return nil
		}, "SELECT seq, data FROM segment_event WHERE org_id = ? AND kind = 'order.paid' AND "+in, p.a.OrgID, arg)
	})
}
