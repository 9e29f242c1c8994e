package economics

import (
	"cmp"
	"context"
	"slices"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// Ways to break people and costs down.
const (
	byChannel = "channel"
	byStaff   = "staff"
	byAccount = "account"
	byCode    = "code"
	byLink    = "link"
	byMonth   = "month"
)

var levels = []string{"platform", "campaign", "entrance"}

// ground is what an answer is drawn from.
type ground struct {
	cube    *cube
	ledger  Ledger
	span    span
	channel map[string]*Channel
	place   map[string]int // of a channel in the tree
	margin  int64          // basis points
	// hasMargin is false while nobody typed one in.
	hasMargin  bool
	noValue    i18n.Text // why people have no value; empty when they have
	valueUntil int64
}

// survey reads all that an answer needs.
func (s *Service) survey(ctx context.Context, orgID, where, from, to string) (*ground, error) {
	c, err := s.cubeOf(ctx, orgID)
	if err != nil {
		return nil, err
	}
	g := &ground{cube: c, channel: map[string]*Channel{}, place: map[string]int{}}
	if g.span, err = c.span(where, from, to); err != nil {
		return nil, err
	}
	return g, s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		if g.ledger, err = s.ports.Acquisition.Ledger(ctx, tx, orgID, g.span.from, g.span.to); err != nil {
			return err
		}
		for i := range g.ledger.Channels {
			n := &g.ledger.Channels[i]
			g.channel[n.ID], g.place[n.ID] = n, i+1
		}
		if g.margin, _, _, g.hasMargin, err = marginOf(ctx, tx, orgID); err != nil {
			return err
		}
		g.noValue, err = s.noValue(ctx, tx, orgID)
		return err
	})
}

// keys are the rows to which somebody belongs. channels are those of the
// source and above; of a cost without people, those that it is for.
func (g *ground) keys(by string, source int64, channels []string, month int64) []string {
	src := g.ledger.Sources[source]
	switch by {
	case byMonth:
		return []string{monthName(month)}
	case byStaff:
		return []string{src.Staff}
	case byAccount:
		return []string{src.Account}
	case byCode:
		return []string{src.Code}
	case byLink:
		return []string{src.Link}
	case byChannel:
		if len(channels) == 0 {
			return []string{""}
		}
		return channels
	}
	// A level of the tree: those above it belong to it, as in acquisition's reports.
	for level := slices.Index(levels, by); level >= 0; level-- {
		for _, id := range channels {
			if n := g.channel[id]; n != nil && n.Level == levels[level] {
				return []string{id}
			}
		}
	}
	return []string{""}
}

// sum is a row before it is divided.
type sum struct {
	won
	cost    int64
	costed  bool // there is an entry, be it 0
	nowhere bool // the row of what belongs to nobody
}

// sums adds everything up by row, and altogether.
func (g *ground) sums(by string) (rows map[string]*sum, total sum) {
	rows = map[string]*sum{}
	at := func(key string) *sum {
		if rows[key] == nil {
			rows[key] = &sum{nowhere: key == ""}
		}
		return rows[key]
	}
	for k, w := range g.cube.cells {
		if !g.span.in(k.month) {
			continue
		}
		total.add(w)
		for _, key := range g.keys(by, k.source, g.ledger.Sources[k.source].Channels, k.month) {
			at(key).add(w)
		}
	}
	for _, c := range g.ledger.Costs {
		total.cost, total.costed = total.cost+c.Minor, true
		for _, key := range g.keys(by, c.Source, c.Channels, c.Month) {
			r := at(key)
			r.cost, r.costed = r.cost+c.Minor, true
		}
	}
	return rows, total
}

// Named is what a row is about.
type Named struct {
	Key      string   `json:"key" doc:"The channel, staff member, account, code, link or month; empty: of whom it is not known"`
	Name     string   `json:"name" doc:"Empty where there is none to show"`
	Path     []string `json:"path" nullable:"false" doc:"Of a channel, from the platform down"`
	ParentID string   `json:"parent_id" doc:"Of a channel"`
	Level    string   `json:"level" doc:"Of a channel"`
}

func (g *ground) named(by, key string) Named {
	n := Named{Key: key, Path: []string{}}
	if c := g.channel[key]; c != nil {
		n.Name, n.ParentID, n.Level = c.Name, c.ParentID, c.Level
		n.Path = append(n.Path, c.Path...)
		return n
	}
	switch by {
	case byMonth:
		n.Name = key
	case byAccount:
		n.Name = g.ledger.Accounts[key]
	default:
		n.Name = g.ledger.Names[key]
	}
	return n
}

// order puts months in order, channels in that of their tree, and the rest by
// people; what belongs to nobody comes last.
func order[R any](g *ground, by string, rows []R, of func(R) (key string, persons, cost int64)) {
	slices.SortFunc(rows, func(a, b R) int {
		ka, pa, ca := of(a)
		kb, pb, cb := of(b)
		if last := cmp.Compare(db.Bit(ka == ""), db.Bit(kb == "")); last != 0 {
			return last
		}
		switch by {
		case byMonth:
			return cmp.Compare(ka, kb)
		case byChannel:
			return cmp.Compare(g.place[ka], g.place[kb])
		}
		return cmp.Or(-cmp.Compare(pa, pb), -cmp.Compare(ca, cb), cmp.Compare(ka, kb))
	})
}
