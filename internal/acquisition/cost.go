package acquisition

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Limits of costs.
const (
	maxCost     = 1_000_000_000_000 // minor units of one entry: a hundred thousand days of it fit into a sum
	maxCostDays = 366               // of one entry
)

// Cost is what a channel cost on one day.
type Cost struct {
	ChannelID   string    `json:"channel_id"`
	Path        []string  `json:"path" nullable:"false" doc:"The channel's name and those above it"`
	Day         string    `json:"day" example:"2026-03-08" doc:"In the org's time zone"`
	AmountMinor int64     `json:"amount_minor"`
	Currency    string    `json:"currency"`
	Source      string    `json:"source" enum:"typed,file"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// Booked says what an entry of costs did.
type Booked struct {
	Days        int64  `json:"days" doc:"Channel days that have these costs now"`
	Replaced    int64  `json:"replaced" doc:"Of these, the days that had a cost before"`
	AmountMinor int64  `json:"amount_minor" doc:"Of all days together"`
	Currency    string `json:"currency"`
}

// A day is kept as the number of days since 1970-01-01.

func dayOf(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

func dayName(day int64) string { return time.Unix(day*86400, 0).UTC().Format(time.DateOnly) }

// dayStart is the first moment of a day in zone, in UTC microseconds.
func dayStart(day int64, zone *time.Location) int64 {
	t := time.Unix(day*86400, 0).UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone).UnixMicro()
}

var badDay = i18n.T("日期应写作 2026-03-08，且在 2000 年到 2100 年之间", "Write the day as 2026-03-08, between the years 2000 and 2100")

func parseDay(s string) (int64, bool) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 2000 || t.Year() > 2100 {
		return 0, false
	}
	return dayOf(t), true
}

// days reads a span of days, both ends included. Empty ends are those of
// otherwise.
func days(from, to string, otherwise [2]int64, most int64) (span [2]int64, err error) {
	span = otherwise
	var ok bool
	if from != "" {
		if span[0], ok = parseDay(from); !ok {
			return span, errs.InvalidField("from", badDay)
		}
	}
	if to != "" {
		if span[1], ok = parseDay(to); !ok {
			return span, errs.InvalidField("to", badDay)
		}
	}
	if span[0] > span[1] || span[1]-span[0] >= most {
		return span, errs.InvalidField("from", i18n.T("开始日期应不晚于结束日期，且最多 %d 天", "from must not be after to, and the span at most %d days", most))
	}
	return span, nil
}

// spread divides an amount over n days; what is left over goes to the first.
func spread(amount, n int64) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = amount / n
		if int64(i) < amount%n {
			out[i]++
		}
	}
	return out
}

// CostEntry is a cost that somebody types in.
type CostEntry struct {
	From        string `json:"from" maxLength:"10" example:"2026-03-01" doc:"First day"`
	To          string `json:"to,omitempty" maxLength:"10" doc:"Last day, included; empty: the same as from"`
	AmountMinor int64  `json:"amount_minor" minimum:"0" maximum:"1000000000000" doc:"Of the whole span, or of each day with per_day"`
	PerDay      bool   `json:"per_day,omitempty" doc:"The amount is that of each day. Otherwise it is spread evenly; what is left over goes to the first days"`
}

// PutCost sets what a channel cost on some days, over what was there.
func (s *Service) PutCost(ctx context.Context, channelID string, e CostEntry) (out Booked, err error) {
	org := orgOf(ctx)
	first, ok := parseDay(e.From)
	if !ok {
		return out, errs.InvalidField("body.from", badDay)
	}
	span, err := days(e.From, cmp.Or(e.To, e.From), [2]int64{first, first}, maxCostDays)
	if err != nil {
		return out, prefixed(err, "body.")
	}
	n := span[1] - span[0] + 1
	amounts := spread(e.AmountMinor, n)
	if e.PerDay {
		amounts = slices.Repeat([]int64{e.AmountMinor}, int(n))
	}
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		set, err := s.Orgs.Settings(ctx, tx, org)
		if err != nil {
			return err
		}
		t, err := treeOf(ctx, tx, org)
		if err != nil {
			return err
		}
		if t.nodes[channelID] == nil {
			return noSuchChannel
		}
		out = Booked{Currency: set.Currency}
		var costs []cost
		for i, a := range amounts {
			out.AmountMinor += a
			costs = append(costs, cost{channel: channelID, day: span[0] + int64(i), minor: a, currency: set.Currency, source: "typed", updated: clock.Micros(s.now())})
		}
		out.Days = n
		if out.Replaced, err = s.book(ctx, tx, org, costs); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "channel.cost_set", "channel", channelID, map[string]any{"from": dayName(span[0]), "to": dayName(span[1]), "amount_minor": out.AmountMinor, "replaced": out.Replaced})
	})
	return out, err
}

// book writes costs and counts the days that had one before.
func (s *Service) book(ctx context.Context, tx *db.Tx, orgID string, costs []cost) (replaced int64, err error) {
	there, err := occupied(ctx, tx, orgID, costs)
	if err != nil {
		return 0, err
	}
	// Rows in the order of their key: see db.Tx.BulkInsert.
	slices.SortFunc(costs, func(a, b cost) int { return cmp.Or(cmp.Compare(a.channel, b.channel), cmp.Compare(a.day, b.day)) })
	return int64(len(there)), saveCosts(ctx, tx, orgID, costs)
}

type channelDay struct {
	channel string
	day     int64
}

// occupied tells which of the channel days have a cost already.
func occupied(ctx context.Context, tx *db.Tx, orgID string, costs []cost) (map[channelDay]bool, error) {
	want, channels := map[channelDay]bool{}, map[string]bool{}
	from, to := int64(1<<62), int64(-1<<62)
	for _, c := range costs {
		want[channelDay{c.channel, c.day}], channels[c.channel] = true, true
		from, to = min(from, c.day), max(to, c.day)
	}
	list := make([]string, 0, len(channels))
	for id := range channels {
		list = append(list, id)
	}
	rows, err := costsBetween(ctx, tx, orgID, list, from, to)
	out := map[channelDay]bool{}
	for _, r := range rows {
		if k := (channelDay{r.channel, r.day}); want[k] {
			out[k] = true
		}
	}
	return out, err
}

// DeleteCosts takes back what a channel cost on some days and counts them.
func (s *Service) DeleteCosts(ctx context.Context, channelID, from, to string) (removed int64, err error) {
	org := orgOf(ctx)
	first, ok := parseDay(from)
	if !ok {
		return 0, errs.InvalidField("query.from", badDay)
	}
	span, err := days(from, cmp.Or(to, from), [2]int64{first, first}, 10*maxCostDays)
	if err != nil {
		return 0, prefixed(err, "query.")
	}
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		t, err := treeOf(ctx, tx, org)
		if err != nil {
			return err
		}
		if t.nodes[channelID] == nil {
			return noSuchChannel
		}
		if removed, err = deleteCosts(ctx, tx, org, channelID, span[0], span[1]); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "channel.cost_removed", "channel", channelID, map[string]any{"from": dayName(span[0]), "to": dayName(span[1]), "days": removed})
	})
	return removed, err
}

// CostFilter says which costs are listed.
type CostFilter struct {
	ChannelID string // with everything below it; empty: all
	From, To  string // days, both included; empty: no end
}

// CostPlace is where a page of costs ends.
type CostPlace struct {
	Day     int64  `json:"d"`
	Channel string `json:"c"`
}

// Costs lists costs, the newest day first, from behind after. sum is that of
// all that the filter finds.
func (s *Service) Costs(ctx context.Context, f CostFilter, after CostPlace, limit int) (out []Cost, more bool, total, sum int64, err error) {
	org := orgOf(ctx)
	span, err := days(f.From, f.To, [2]int64{0, 1 << 40}, 1<<41)
	if err != nil {
		return nil, false, 0, 0, prefixed(err, "query.")
	}
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		t, err := treeOf(ctx, tx, org)
		if err != nil {
			return err
		}
		if f.ChannelID != "" && t.nodes[f.ChannelID] == nil {
			return noSuchChannel
		}
		where, args := "org_id = ? AND day BETWEEN ? AND ?", []any{org, span[0], span[1]}
		if f.ChannelID != "" {
			in, arg := tx.In("channel_id", idsOf(t.below(f.ChannelID)))
			where, args = where+" AND "+in, append(args, arg)
		}
		if err := tx.QueryRow(ctx, "SELECT count(*), COALESCE(SUM(minor), 0) FROM acquisition_cost WHERE "+where, args...).Scan(&total, &sum); err != nil {
			return err
		}
		if after.Channel != "" {
			where, args = where+" AND (day < ? OR day = ? AND channel_id > ?)", append(args, after.Day, after.Day, after.Channel)
		}
		rows, err := tx.Query(ctx, "SELECT channel_id, day, minor, currency, source, updated_at FROM acquisition_cost WHERE "+where+
			" ORDER BY day DESC, channel_id LIMIT ?", append(args, limit+1)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c cost
			if err := rows.Scan(&c.channel, &c.day, &c.minor, &c.currency, &c.source, &c.updated); err != nil {
				return err
			}
			if more = len(out) == limit; more {
				break
			}
			out = append(out, Cost{ChannelID: c.channel, Path: t.path(c.channel), Day: dayName(c.day), AmountMinor: c.minor, Currency: c.currency,
				Source: c.source, UpdatedAt: clock.Time(c.updated)})
		}
		return rows.Err()
	})
	return out, more, total, sum, err
}

func idsOf(nodes []*node) []string {
	out := make([]string, len(nodes))
	for i, n := range nodes {
		out[i] = n.id
	}
	return out
}

// prefixed says where the fields of an error were.
func prefixed(err error, where string) error {
	e := errs.As(err)
	if e.Code != errs.CodeInvalid {
		return err
	}
	c := *e
	c.Fields = slices.Clone(e.Fields)
	for i := range c.Fields {
		c.Fields[i].Path = where + c.Fields[i].Path
	}
	return &c
}
