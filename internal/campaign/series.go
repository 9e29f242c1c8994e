package campaign

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/killpoint"
)

// The kinds of campaigns.
const (
	Once   = "broadcast"
	Series = "series" // comes again and again, each time as a broadcast of its own
)

// Running is the state of a series that is on.
const Running = "running"

// Schedule says when a series comes.
type Schedule struct {
	Every string `json:"every" enum:"day,week,month"`
	Days  []int  `json:"days,omitempty" maxItems:"31" nullable:"false" doc:"Of the week, Monday is 1; of the month, 1–31: in a month without it, its last day. Not for day"`
	At    string `json:"at" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" doc:"HH:MM where the brand is"`
	Until string `json:"until,omitempty" pattern:"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$" doc:"The last day; empty: until it is stopped"`
	Late  string `json:"late" enum:"skip,send" doc:"When its hour has passed by more than an hour, because the server did not run: leave it out, or send it late. Of several that were missed, only the last is ever sent"`
	// MostPeople keeps an approval from holding for whatever the segment becomes.
	MostPeople int `json:"most_people,omitempty" minimum:"0" maximum:"100000000" doc:"To more people it does not go without being approved anew; 0: the size from which campaigns need approval"`
}

// What becomes of one whose hour has passed.
const (
	LateSkip = "skip"
	LateSend = "send"
)

// tooLate is after which a missed hour is missed.
const tooLate = time.Hour

// check says what is wrong with a schedule.
func (c *Schedule) check() (fields []errs.Field) {
	wrong := func(path string, t i18n.Text) {
		fields = append(fields, errs.Field{Path: "body.schedule." + path, Text: t})
	}
	most := map[string]int{"day": 0, "week": 7, "month": 31}[c.Every]
	if most == 0 && len(c.Days) > 0 {
		wrong("days", i18n.T("每天发的不用选日子", "What comes every day has no days"))
	}
	if most > 0 && len(c.Days) == 0 {
		wrong("days", i18n.T("请选日子", "Choose the days"))
	}
	for _, d := range c.Days {
		if most > 0 && (d < 1 || d > most) {
			wrong("days", i18n.T("日子应在 1 到 %d 之间", "Days are from 1 to %d", most))
			break
		}
	}
	if _, err := time.Parse("15:04", c.At); err != nil {
		wrong("at", i18n.T("时间应写成 10:00 这样", "A time is written as 10:00"))
	}
	if c.Until != "" {
		if _, err := time.Parse(time.DateOnly, c.Until); err != nil {
			wrong("until", i18n.T("没有这一天", "There is no such day"))
		}
	}
	return fields
}

// on tells whether it comes on a day.
func (c *Schedule) on(day time.Time) bool {
	switch c.Every {
	case "week":
		return slices.Contains(c.Days, (int(day.Weekday())+6)%7+1)
	case "month":
		last := day.AddDate(0, 0, 1).Month() != day.Month()
		return slices.ContainsFunc(c.Days, func(d int) bool { return d == day.Day() || last && d > day.Day() })
	}
	return true
}

// after is the first day after one on which it comes; false when there is none.
// Days are midnights in UTC.
func (c *Schedule) after(day time.Time) (time.Time, bool) {
	for range 366 {
		day = day.AddDate(0, 0, 1)
		if c.Until != "" && day.Format(time.DateOnly) > c.Until {
			return day, false
		}
		if c.on(day) {
			return day, true
		}
	}
	return day, false
}

// wall is what the clock shows on a day when it comes.
func (c *Schedule) wall(day time.Time) wall {
	at, err := time.Parse("15:04", c.At)
	if err != nil {
		panic("campaign: a time of day that was checked does not read: " + err.Error())
	}
	return wall{day.Year(), day.Month(), day.Day(), at.Hour(), at.Minute()}
}

// made is when the campaign of a day is made: at its hour, or where the day
// begins first when it goes by each person's clock.
func (r *row) made(day time.Time, zone *time.Location) time.Time {
	if r.opt.LocalTime {
		zone = eastmost
	}
	return r.opt.Schedule.wall(day).in(zone)
}

func dayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// firstAfter is the first day of a series that is made at a time or later.
func (r *row) firstAfter(from time.Time, zone *time.Location) (day time.Time, ok bool) {
	day = dayOf(from.In(zone)).AddDate(0, 0, -2)
	for range 1000 {
		if day, ok = r.opt.Schedule.after(day); !ok || !r.made(day, zone).Before(from) {
			return day, ok
		}
	}
	return day, false
}

// begin starts a series: from one of the states to running, with its next day.
func (s *Service) begin(ctx context.Context, tx *db.Tx, orgID string, r *row, from []string, set string, args ...any) (bool, error) {
	org, err := s.Orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return false, err
	}
	at := s.now()
	if r.start > 0 && r.startAt().After(at) {
		at = r.startAt()
	}
	day, ok := r.firstAfter(at, org.Zone)
	if !ok {
		return false, errs.Conflict(i18n.T("结束日期之前已经没有要发的日子了", "There is no day left before its end"))
	}
	if set != "" {
		set = ", " + set
	}
	return s.turn(ctx, tx, orgID, r.id, Running, from, "next_at = ?, occurrence = ?"+set, append([]any{clock.Micros(r.made(day, org.Zone)), day.AddDate(0, 0, -1).Format(time.DateOnly)}, args...)...)
}

// firstOf is when a series that began now would come first; now when it has no
// day left.
func (s *Service) firstOf(r *row, zone *time.Location) time.Time {
	at := s.now()
	if r.start > 0 && r.startAt().After(at) {
		at = r.startAt()
	}
	day, ok := r.firstAfter(at, zone)
	if !ok {
		return s.now()
	}
	return r.made(day, zone)
}

// limit is the number of people up to which a series goes out without being
// approved anew.
func (r *row) limit(set Settings) int64 {
	if most := r.opt.Schedule.MostPeople; most > 0 {
		return int64(most)
	}
	return int64(set.ApproveOver)
}

// recur makes the campaigns of series whose time has come.
func (s *Service) recur(ctx context.Context, tx *db.Tx, orgID string) error {
	due, err := texts(ctx, tx, "SELECT id FROM campaign_campaign WHERE org_id = ? AND status = 'running' AND next_at <= ? ORDER BY id", orgID, s.micros())
	if err != nil || len(due) == 0 {
		return err
	}
	set, err := settingsOf(ctx, tx, orgID)
	if err != nil {
		return err
	}
	org, err := s.Orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return err
	}
	for _, id := range due {
		r, err := load(ctx, tx, orgID, id)
		if err == nil {
			err = s.occur(ctx, tx, orgID, r, set, org)
		}
		if err != nil {
			return fmt.Errorf("campaign: series %s: %w", id, err)
		}
	}
	return nil
}

// occur makes the campaign of the last day that has come, leaves out those before
// it, and says when the series comes next. Whoever else is at it moves the series
// on as well, and only one of them does.
func (s *Service) occur(ctx context.Context, tx *db.Tx, orgID string, r *row, set Settings, org OrgSettings) error {
	now := s.now()
	before, err := time.Parse(time.DateOnly, r.occurrence)
	if err != nil {
		return err
	}
	day, ok := r.opt.Schedule.after(before)
	var last time.Time
	missed := int64(-1)
	for ok && !r.made(day, org.Zone).After(now) {
		last = day
		missed++
		day, ok = r.opt.Schedule.after(day)
	}
	sent := int64(0)
	switch late := now.Sub(r.made(last, org.Zone)); {
	case missed < 0: // the clock was turned back
		_, err := tx.Exec(ctx, "UPDATE campaign_campaign SET next_at = ? WHERE org_id = ? AND id = ? AND status = 'running' AND next_at = ?", clock.Micros(r.made(day, org.Zone)), orgID, r.id, r.next)
		return err
	case late > tooLate && r.opt.Schedule.Late == LateSkip:
		missed++
	default:
		sent = 1
	}
	to, next, finished := Running, int64(0), int64(0)
	if ok {
		next = clock.Micros(r.made(day, org.Zone))
	} else {
		to, finished = Done, clock.Micros(now)
	}
	n, err := tx.Changed(ctx, "UPDATE campaign_campaign SET status = ?, next_at = ?, occurrence = ?, runs = runs + ?, skipped = skipped + ?, finished_at = ?, changed_at = ? WHERE org_id = ? AND id = ? AND status = 'running' AND next_at = ?",
		to, next, last.Format(time.DateOnly), sent, missed, finished, clock.Micros(now), orgID, r.id, r.next)
	if err != nil || n == 0 || sent == 0 {
		return err
	}
	child := *r
	child.id, child.kind, child.series, child.occurrence = ids.New("cmp"), Once, r.id, last.Format(time.DateOnly)
	child.name = clip(r.name, 86) + " · " + child.occurrence
	child.status, child.why, child.version, child.next, child.runs, child.skipped = Planned, "", 1, 0, 0, 0
	child.start, child.created, child.changed, child.people = clock.Micros(r.opt.Schedule.wall(last).in(org.Zone)), clock.Micros(now), clock.Micros(now), 0
	child.allowed = r.limit(set)
	child.opt.Schedule = nil
	if child.options, err = child.opt.stored(); err != nil {
		return err
	}
	if err := child.insert(ctx, tx, orgID); err != nil {
		return err
	}
	if err := s.keepAttached(ctx, tx, orgID, &child); err != nil {
		return err
	}
	if err := s.Jobs.EnqueueCampaign(ctx, tx, orgID, child.id, s.begins(&child, org.Zone)); err != nil {
		return err
	}
	killpoint.Here("campaign.recurring")
	return s.Auditor.Audit(ctx, tx, "campaign.recurred", "campaign", child.id, map[string]any{"series_id": r.id, "day": child.occurrence})
}

// clip is the first n characters.
func clip(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}

// steerSeries pauses, resumes or ends a series. What it has begun to send goes on.
func (s *Service) steerSeries(ctx context.Context, tx *db.Tx, orgID string, r *row, what string) (bool, error) {
	switch what {
	case "pause":
		return s.turn(ctx, tx, orgID, r.id, Paused, []string{Running}, "next_at = 0")
	case "resume": // what would have come meanwhile is not made up for
		return s.begin(ctx, tx, orgID, r, []string{Paused}, "")
	}
	return s.turn(ctx, tx, orgID, r.id, Cancelled, []string{Awaiting, Running, Paused}, "next_at = 0, finished_at = ?", s.micros())
}
