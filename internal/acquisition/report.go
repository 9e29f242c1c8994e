package acquisition

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"fishpond/internal/acquisition/credit"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// ReportQuery says what a report is about.
type ReportQuery struct {
	Model      string `query:"model" enum:"first,last,linear,position" default:"first" doc:"Who gets the credit: the first arrival, the last, each the same, or 40 % the first, 40 % the last and 20 % those between"`
	WindowDays int64  `query:"window_days" minimum:"1" maximum:"730" default:"90" doc:"An order is credited to arrivals at most so many days before it; a person to the arrivals of so many days from their first"`
	From       string `query:"from" maxLength:"7" doc:"First month, as 2026-01; empty: eleven months before the last"`
	To         string `query:"to" maxLength:"7" doc:"Last month, included; empty: the present one"`
	ChannelID  string `query:"channel_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$" doc:"Only this channel and what is below it"`
}

// Figures are what a report says of a row. Persons are by the month of their
// first arrival, orders and refunds by that of the order, costs by their day.
type Figures struct {
	CostMinor     int64    `json:"cost_minor" doc:"Of the row's channels. A cost above several of them, or of several staff, is divided by the persons that they brought in the month"`
	Persons       float64  `json:"persons" doc:"Who arrived first in these months; shares of a person where the model divides them"`
	CACMinor      *int64   `json:"cac_minor" doc:"cost_minor / persons, rounded; null without persons"`
	KnownBefore   float64  `json:"known_before" doc:"Of persons, who had bought before they arrived"`
	ReachedFirst  *float64 `json:"reached_first" doc:"Share of persons who have bought since they arrived; purchases refunded in full do not count"`
	ReachedRepeat *float64 `json:"reached_repeat" doc:"Share who have bought twice since"`
	RipePersons   float64  `json:"ripe_persons" doc:"Of persons, who arrived at least 30 days ago"`
	Orders30      *float64 `json:"orders_30" doc:"Orders within 30 days of the arrival, per ripe person"`
	StillFriend30 *float64 `json:"still_friend_30" doc:"Of the ripe persons who came as a friend, the share who still were one after 30 days"`
	Orders        float64  `json:"orders" doc:"Paid orders credited to the row"`
	GMVMinor      int64    `json:"gmv_minor"`
	RefundedMinor int64    `json:"refunded_minor" doc:"Counted in the month of its order"`
	NetMinor      int64    `json:"net_minor" doc:"gmv_minor − refunded_minor"`
	ROI           *float64 `json:"roi" doc:"net_minor / cost_minor; null without a cost"`
}

// ReportRow is one line of a report.
type ReportRow struct {
	Key      string   `json:"key" doc:"The channel, staff member, code or month; empty: unknown"`
	Name     string   `json:"name" doc:"Empty where there is none to show"`
	Path     []string `json:"path" nullable:"false" doc:"Of a channel, from the platform down"`
	ParentID string   `json:"parent_id" doc:"Of a channel"`
	Level    string   `json:"level" doc:"Of a channel"`
	Figures
}

// Report is who brought whom, what it cost and what came of it.
type Report struct {
	Model        string      `json:"model"`
	WindowDays   int64       `json:"window_days"`
	By           string      `json:"by"`
	From         string      `json:"from" example:"2026-01"`
	To           string      `json:"to" example:"2026-06"`
	TimeZone     string      `json:"time_zone"`
	Currency     string      `json:"currency"`
	AsOf         time.Time   `json:"as_of" doc:"Large orgs are counted at most once a minute"`
	Rows         []ReportRow `json:"rows" nullable:"false" doc:"With by=channel each channel holds what is below it. With any other by, rows add up to total"`
	Total        Figures     `json:"total" doc:"All that is credited to anything"`
	Unattributed Figures     `json:"unattributed" doc:"Orders that no arrival came before within the window; without channel_id only"`
}

// sum is Figures before they are divided.
type sum struct {
	cost int64
	people
	sales
}

func (s *sum) addPeople(p *people) {
	s.persons += p.persons
	s.known += p.known
	s.first += p.first
	s.repeat += p.repeat
	s.ripe += p.ripe
	s.soon += p.soon
	s.friends += p.friends
	s.staying += p.staying
}

func (s *sum) addSales(p *sales) {
	s.orders += p.orders
	s.gmv += p.gmv
	s.refunded += p.refunded
}

func (s *sum) figures() Figures {
	f := Figures{CostMinor: s.cost, Persons: ofWhole(s.persons), KnownBefore: ofWhole(s.known), RipePersons: ofWhole(s.ripe), Orders: ofWhole(s.orders),
		GMVMinor: s.gmv, RefundedMinor: s.refunded, NetMinor: s.gmv - s.refunded,
		ReachedFirst: ratio(s.first, s.persons), ReachedRepeat: ratio(s.repeat, s.persons), Orders30: ratio(s.soon, s.ripe),
		StillFriend30: ratio(s.staying, s.friends), ROI: ratio(s.gmv-s.refunded, s.cost)}
	if s.persons > 0 {
		cac := int64(math.Round(float64(s.cost) / f.Persons))
		f.CACMinor = &cac
	}
	return f
}

func ofWhole(n int64) float64 { return float64(n) / whole }

func ratio(a, b int64) *float64 {
	if b == 0 {
		return nil
	}
	r := float64(a) / float64(b)
	return &r
}

// ground is what reports are drawn from.
type ground struct {
	set         OrgSettings
	cube        *cube
	tree        *tree
	first, last int64           // months
	within      map[string]bool // channels that are looked at; nil: all
	costs       map[channelMonth]int64
}

type channelMonth struct {
	channel string
	month   int64
}

// survey reads all that a report needs.
func (s *Service) survey(ctx context.Context, tx *db.Tx, orgID string, q ReportQuery) (*ground, error) {
	g := &ground{costs: map[channelMonth]int64{}}
	var err error
	if g.set, err = s.Orgs.Settings(ctx, tx, orgID); err != nil {
		return nil, err
	}
	if g.first, g.last, err = spanOf(q.From, q.To, monthOf(clock.Micros(s.now()), g.set.Zone)); err != nil {
		return nil, err
	}
	if g.tree, err = treeOf(ctx, tx, orgID); err != nil {
		return nil, err
	}
	if q.ChannelID != "" {
		if g.tree.nodes[q.ChannelID] == nil {
			return nil, noSuchChannel
		}
		g.within = map[string]bool{}
		for _, n := range g.tree.below(q.ChannelID) {
			g.within[n.id] = true
		}
	}
	if g.cube, err = s.cubeOf(ctx, tx, orgID, g.set, credit.Model(q.Model), q.WindowDays); err != nil {
		return nil, err
	}
	// A day is the same in every zone, so a month of days is too.
	from, to := monthFirst(g.first), monthFirst(g.last+1)-1
	rows, err := costsBetween(ctx, tx, orgID, nil, from, to)
	for _, c := range rows {
		if c.currency == g.set.Currency {
			g.costs[channelMonth{c.channel, monthOfDay(c.day)}] += c.minor
		}
	}
	return g, err
}

func monthOfDay(day int64) int64 { return monthOf(dayStart(day, time.UTC), time.UTC) }

// monthFirst is the first day of a month.
func monthFirst(m int64) int64 {
	return dayOf(time.Date(int(m/12), time.Month(m%12+1), 1, 0, 0, 0, 0, time.UTC))
}

func monthName(m int64) string {
	return time.Date(int(m/12), time.Month(m%12+1), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
}

// spanOf reads a request's months; empty: twelve up to the present.
func spanOf(from, to string, present int64) (first, last int64, err error) {
	if last, err = parseMonth("query.to", to, present); err != nil {
		return 0, 0, err
	}
	if first, err = parseMonth("query.from", from, last-11); err != nil {
		return 0, 0, err
	}
	const most = 120
	if first > last || last-first >= most {
		return 0, 0, errs.InvalidField("query.from", i18n.T("起始月份应不晚于结束月份，且最多 %d 个月", "from must not be after to, and at most %d months can be shown", most))
	}
	return first, last, nil
}

func parseMonth(field, value string, otherwise int64) (int64, error) {
	if value == "" {
		return otherwise, nil
	}
	t, err := time.Parse("2006-01", value)
	if err != nil || t.Year() < 2000 || t.Year() > 2100 {
		return 0, errs.InvalidField(field, i18n.T("月份应写作 2026-03，且在 2000 年到 2100 年之间", "Write the month as 2026-03, between the years 2000 and 2100"))
	}
	return int64(t.Year())*12 + int64(t.Month()) - 1, nil
}

func (g *ground) sees(channel string) bool { return g.within == nil || g.within[channel] }

func (g *ground) in(month int64) bool { return month >= g.first && month <= g.last }

// each tells of everything in the months and channels that are looked at: by
// source, and where nobody came, of costs by their channel.
func (g *ground) each(people func(cell, *people), sold func(cell, *sales), cost func(at cell, channel string, minor int64)) {
	brought := map[channelMonth][]cell{} // by each channel at or above that of the source
	for at, p := range g.cube.people {
		src := g.cube.sources[at.source]
		if !g.in(at.month) {
			continue
		}
		g.tree.up(src.channel, func(n *node) {
			k := channelMonth{n.id, at.month}
			brought[k] = append(brought[k], at)
		})
		if g.sees(src.channel) {
			people(at, p)
		}
	}
	for at, p := range g.cube.sales {
		if g.in(at.month) && (at.source == 0 && g.within == nil || at.source != 0 && g.sees(g.cube.sources[at.source].channel)) {
			sold(at, p)
		}
	}
	for at, minor := range g.costs {
		cells := brought[at]
		if len(cells) == 0 {
			if g.sees(at.channel) {
				cost(cell{0, at.month}, at.channel, minor)
			}
			continue
		}
		slices.SortFunc(cells, func(a, b cell) int { return cmp.Compare(a.source, b.source) })
		weights := make([]int64, len(cells))
		for i, c := range cells {
			weights[i] = g.cube.people[c].persons
		}
		for i, part := range credit.Split(minor, weights) {
			if channel := g.cube.sources[cells[i].source].channel; g.sees(channel) {
				cost(cells[i], channel, part)
			}
		}
	}
}

// Report draws a report by channel (each with what is below it), platform,
// campaign, entrance, staff, code, link or month.
func (s *Service) Report(ctx context.Context, by string, q ReportQuery) (out Report, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		g, err := s.survey(ctx, tx, org, q)
		if err != nil {
			return err
		}
		out = Report{Model: q.Model, WindowDays: q.WindowDays, By: by, From: monthName(g.first), To: monthName(g.last), TimeZone: g.set.Zone.String(),
			Currency: g.set.Currency, AsOf: clock.Time(g.cube.asOf), Rows: []ReportRow{}}
		var total, nobody sum
		rows := map[string]*sum{}
		add := func(at cell, channel string, fn func(*sum)) {
			fn(&total)
			for _, key := range g.keys(by, at, channel) {
				if rows[key] == nil {
					rows[key] = &sum{}
				}
				fn(rows[key])
			}
		}
		g.each(
			func(at cell, p *people) { add(at, g.cube.sources[at.source].channel, func(s *sum) { s.addPeople(p) }) },
			func(at cell, p *sales) {
				if at.source == 0 {
					nobody.addSales(p)
					return
				}
				add(at, g.cube.sources[at.source].channel, func(s *sum) { s.addSales(p) })
			},
			func(at cell, channel string, minor int64) { add(at, channel, func(s *sum) { s.cost += minor }) })
		out.Total, out.Unattributed = total.figures(), nobody.figures()
		names, err := s.names(ctx, tx, org, by)
		if err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(rows)) {
			row := ReportRow{Key: key, Name: names[key], Path: []string{}, Figures: rows[key].figures()}
			if n := g.tree.nodes[key]; n != nil {
				row.Name, row.Path, row.ParentID, row.Level = n.name, g.tree.path(key), n.parent, levelNames[n.level]
			}
			out.Rows = append(out.Rows, row)
		}
		g.sort(by, out.Rows)
		return nil
	})
	return out, err
}

// keys are the rows to which something belongs.
func (g *ground) keys(by string, at cell, channel string) []string {
	src := g.cube.sources[at.source]
	switch by {
	case "month":
		return []string{monthName(at.month)}
	case "staff":
		return []string{src.staff}
	case "code":
		return []string{src.code}
	case "link":
		return []string{src.link}
	case "channel":
		var out []string
		g.tree.up(channel, func(n *node) { out = append(out, n.id) })
		if out == nil {
			out = []string{""}
		}
		return out
	}
	for level := int64(slices.Index(levelNames, by)); level > 0; level-- {
		if n := g.tree.at(channel, level); n != nil {
			return []string{n.id}
		}
	}
	return []string{""}
}

// sort puts months in order, channels in that of their tree, and the rest by
// the persons that they brought.
func (g *ground) sort(by string, rows []ReportRow) {
	place := map[string]int{}
	for i, n := range g.tree.below("") {
		place[n.id] = i + 1
	}
	slices.SortStableFunc(rows, func(a, b ReportRow) int {
		switch by {
		case "month":
			return cmp.Compare(a.Key, b.Key)
		case "channel":
			return cmp.Compare(place[a.Key], place[b.Key])
		}
		return cmp.Or(-cmp.Compare(a.Persons, b.Persons), -cmp.Compare(a.CostMinor, b.CostMinor), cmp.Compare(a.Key, b.Key))
	})
}

// names are what the rows of a report are called.
func (s *Service) names(ctx context.Context, tx *db.Tx, orgID, by string) (map[string]string, error) {
	out := map[string]string{}
	if by == "staff" {
		members, err := s.Staff.Members(ctx, tx, orgID)
		for id, m := range members {
			out[id] = m.Name
		}
		return out, err
	}
	if by == "code" || by == "link" {
		return thingNames(ctx, tx, orgID)
	}
	return out, nil
}
