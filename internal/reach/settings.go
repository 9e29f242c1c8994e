package reach

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/reach/gate"
)

// Settings are the rules of a brand's gate.
type Settings struct {
	OptIn        []string     `json:"opt_in" nullable:"false" maxItems:"2" enum:"marketing,service" doc:"Purposes for which a person must have agreed; for the others they only must not have refused"`
	Quiet        QuietHours   `json:"quiet_hours"`
	Caps         []CapSetting `json:"caps" nullable:"false" maxItems:"60" doc:"How many messages a person gets; transactional ones are exempt"`
	WecomPer     string       `json:"wecom_per" enum:"day,week,month" doc:"What the corp's administrator has set for mass messages to a customer: 1 a day, 7 a week, or the days of the month"`
	Attention    Attention    `json:"attention"`
	AccountRates []RateLimit  `json:"rates" nullable:"false" maxItems:"20" doc:"Messages a minute over one account, by carrier; carriers that are not named have no limit of ours"`
}

// QuietHours are when nobody is disturbed, in each person's time zone. What is
// due then waits until they end.
type QuietHours struct {
	Enabled bool     `json:"enabled"`
	From    string   `json:"from" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" example:"21:00"`
	To      string   `json:"to" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" example:"09:00"`
	Exempt  []string `json:"exempt" nullable:"false" maxItems:"1" enum:"service" doc:"Purposes that go all the same; transactional ones always do"`
}

// CapSetting is a limit to how often a person is written to.
type CapSetting struct {
	Carrier string `json:"carrier" enum:"all,wecom,wecom_kf,official_account,web,email,sms" doc:"all: over all carriers together"`
	Most    int    `json:"most" minimum:"1" maximum:"1000"`
	Per     string `json:"per" enum:"day,week,month" doc:"Any 24 hours, 7 days or 30 days"`
}

// Attention is the budget of attention: marketing uses it up, time, replies and
// orders bring it back.
type Attention struct {
	Enabled bool    `json:"enabled"`
	Size    int     `json:"size" minimum:"1" maximum:"100" doc:"Messages that somebody who never answers gets in a row"`
	PerDay  float64 `json:"per_day" minimum:"0" maximum:"100" doc:"Messages that come back a day"`
	Reply   float64 `json:"reply" minimum:"0" maximum:"100" doc:"For something they write"`
	Order   float64 `json:"order" minimum:"0" maximum:"100" doc:"For something they buy"`
}

// RateLimit is how fast accounts of a carrier send.
type RateLimit struct {
	Carrier   string `json:"carrier" enum:"wecom,wecom_kf,official_account,web,email,sms"`
	PerMinute int    `json:"per_minute" minimum:"1" maximum:"1000000"`
}

// DefaultSettings are a careful brand's.
func DefaultSettings() Settings {
	return Settings{
		OptIn: []string{gate.Marketing},
		Quiet: QuietHours{Enabled: true, From: "21:00", To: "09:00", Exempt: []string{}},
		Caps: []CapSetting{{"all", 2, "day"}, {"all", 5, "week"}, {"all", 15, "month"},
			{"sms", 1, "day"}, {"sms", 4, "month"}, {"email", 1, "day"}, {"email", 3, "week"}},
		WecomPer:     "month",
		Attention:    Attention{Enabled: true, Size: 8, PerDay: 0.5, Reply: 2, Order: 4},
		AccountRates: []RateLimit{{"sms", 1200}},
	}
}

var spans = map[string]time.Duration{"day": 24 * time.Hour, "week": 7 * 24 * time.Hour, "month": 30 * 24 * time.Hour}

// rules are settings as the gate reads them.
type rules struct {
	gate.Rules
	zone  *time.Location   // of persons of whom none is known
	rates map[string]int64 // by carrier
}

func minuteOf(hhmm string) int {
	t, err := time.Parse("15:04", hhmm)
	if err != nil {
		return 0
	}
	return t.Hour()*60 + t.Minute()
}

func (s Settings) rules(zone *time.Location) *rules {
	r := &rules{zone: zone, rates: map[string]int64{}, Rules: gate.Rules{OptIn: map[string]bool{}, QuietExempt: map[string]bool{}, CarrierCaps: map[string][]gate.Limit{}, WecomPer: s.WecomPer}}
	for _, p := range s.OptIn {
		r.OptIn[p] = true
	}
	if s.Quiet.Enabled {
		r.QuietFrom, r.QuietTo = minuteOf(s.Quiet.From), minuteOf(s.Quiet.To)
	}
	for _, p := range s.Quiet.Exempt {
		r.QuietExempt[p] = true
	}
	for _, c := range s.Caps {
		l := gate.Limit{Most: c.Most, Span: spans[c.Per]}
		if c.Carrier == "all" {
			r.Caps = append(r.Caps, l)
		} else {
			r.CarrierCaps[c.Carrier] = append(r.CarrierCaps[c.Carrier], l)
		}
	}
	a := s.Attention
	milli := func(v float64) int64 { return int64(v*gate.Whole + 0.5) }
	r.Purse = gate.PurseRules{Enabled: a.Enabled, Size: int64(a.Size), PerDay: milli(a.PerDay), Reply: milli(a.Reply), Order: milli(a.Order)}
	for _, l := range s.AccountRates {
		r.rates[l.Carrier] = int64(l.PerMinute)
	}
	return r
}

// check tells what is wrong with settings that the shape does not show.
func (s Settings) check() error {
	if s.Quiet.Enabled && s.Quiet.From == s.Quiet.To {
		return errs.InvalidField("body.quiet_hours.to", i18n.T("结束时间不能与开始时间相同", "They cannot end when they begin"))
	}
	for i, c := range s.Caps {
		if slices.ContainsFunc(s.Caps[:i], func(o CapSetting) bool { return o.Carrier == c.Carrier && o.Per == c.Per }) {
			return errs.InvalidField(fmt.Sprintf("body.caps[%d]", i), i18n.T("同一载体同一周期只能有一条", "One limit for a carrier and a span"))
		}
	}
	for i, c := range s.AccountRates {
		if slices.ContainsFunc(s.AccountRates[:i], func(o RateLimit) bool { return o.Carrier == c.Carrier }) {
			return errs.InvalidField(fmt.Sprintf("body.rates[%d]", i), i18n.T("同一载体只能有一条", "One rate for a carrier"))
		}
	}
	return nil
}

func settingsOf(ctx context.Context, tx *db.Tx, orgID string) (Settings, error) {
	var text string
	err := tx.QueryRow(ctx, "SELECT settings FROM reach_settings WHERE org_id = ?", orgID).Scan(&text)
	if db.IsNoRows(err) {
		return DefaultSettings(), nil
	}
	if err != nil {
		return Settings{}, fmt.Errorf("reach: settings: %w", err)
	}
	var s Settings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return Settings{}, fmt.Errorf("reach: settings: %w", err)
	}
	return s, nil
}

// settingsCache keeps what settings were read, for those who judge thousands
// of messages a second. What it holds is compared with the row each time.
type settingsCache struct {
	mu   sync.Mutex
	orgs map[string]cachedRules
}

type cachedRules struct {
	at    int64
	zone  *time.Location
	rules *rules
}

// rulesOf reads the rules of an org within tx.
func (s *Service) rulesOf(ctx context.Context, tx *db.Tx, orgID string) (*rules, error) {
	var at int64
	err := tx.QueryRow(ctx, "SELECT updated_at FROM reach_settings WHERE org_id = ?", orgID).Scan(&at)
	if err != nil && !db.IsNoRows(err) {
		return nil, fmt.Errorf("reach: settings: %w", err)
	}
	zone, err := s.Orgs.Zone(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	s.cache.mu.Lock()
	c, ok := s.cache.orgs[orgID]
	s.cache.mu.Unlock()
	if ok && c.at == at && c.zone.String() == zone.String() {
		return c.rules, nil
	}
	set, err := settingsOf(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	c = cachedRules{at, zone, set.rules(zone)}
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	if s.cache.orgs == nil {
		s.cache.orgs = map[string]cachedRules{}
	}
	s.cache.orgs[orgID] = c
	return c.rules, nil
}

// Settings returns the rules of the actor's org.
func (s *Service) Settings(ctx context.Context) (out Settings, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out, err = settingsOf(ctx, tx, org)
		return err
	})
	return out, err
}

// PutSettings changes them. They count for every message that has not left.
func (s *Service) PutSettings(ctx context.Context, in Settings) (Settings, error) {
	a := actor(ctx)
	if err := in.check(); err != nil {
		return in, err
	}
	text, err := json.Marshal(in)
	if err != nil {
		return in, err
	}
	return in, s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		// Always later than before: the time tells settings apart.
		if _, err := tx.Exec(ctx, `INSERT INTO reach_settings (org_id, settings, updated_at, updated_by) VALUES (?, ?, ?, ?)
			ON CONFLICT (org_id) DO UPDATE SET settings = excluded.settings, updated_by = excluded.updated_by,
			updated_at = CASE WHEN excluded.updated_at > reach_settings.updated_at THEN excluded.updated_at ELSE reach_settings.updated_at + 1 END`, a.OrgID, string(text), s.micros(), a.ID); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, "reach.settings_changed", "settings", "gate", in); err != nil {
			return err
		}
		// Whoever waits for a rule that is gone need not wait any longer.
		_, err := tx.Exec(ctx, "UPDATE reach_message SET due_at = 0 WHERE org_id = ? AND status = 'waiting' AND waits = 1 AND why NOT IN ('retry', 'rate', 'account')", a.OrgID)
		if err == nil {
			_, err = tx.Exec(ctx, "UPDATE reach_plan SET wake_at = 0 WHERE org_id = ? AND status = 'running'", a.OrgID)
		}
		tx.OnCommit(s.ring)
		return err
	})
}
