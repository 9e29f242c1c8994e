package care

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/plaintext"
)

// Why somebody is out of reach.
const (
	reasonDeleted = "deleted"
	reasonBlocked = "blocked"
	reasonSilent  = "silent"
)

// Zombie is a contact that has gone, or says nothing any more.
type Zombie struct {
	PersonID    string     `json:"person_id"`
	PersonName  string     `json:"person_name"`
	Reason      string     `json:"reason" enum:"deleted,blocked,silent"`
	Detail      string     `json:"detail" doc:"blocked: the platform's code, or bounced; silent: the kind of the last event"`
	Since       time.Time  `json:"since"`
	AccountID   string     `json:"account_id"`
	AccountName string     `json:"account_name"`
	AccountKind string     `json:"account_kind"`
	StaffID     string     `json:"staff_id"`
	StaffName   string     `json:"staff_name"`
	LastAt      *time.Time `json:"last_at" doc:"The last sign of them anywhere; null: none is known"`
	Ways        []Way      `json:"ways" nullable:"false" doc:"Where they can still be reached"`
	Advice      string     `json:"advice" enum:"win_back,leave" doc:"win_back: over one of the ways; leave: nothing should be sent"`
}

// Way is another way to a person.
type Way struct {
	Kind      string `json:"kind" doc:"The carrier: wecom, official_account, email, sms …"`
	AccountID string `json:"account_id" doc:"Empty: over any account of the kind"`
	Name      string `json:"name"`
}

// ZombieQuery selects contacts.
type ZombieQuery struct {
	Reason    string `query:"reason" enum:"deleted,blocked,silent" default:"deleted"`
	StaffID   string `query:"staff_id" maxLength:"64"`
	AccountID string `query:"account_id" maxLength:"64" doc:"deleted, blocked"`
	Days      int64  `query:"days" minimum:"0" maximum:"3650" doc:"silent: for so long; 0: as the settings say"`
}

// zombiePlace is where a page goes on.
type zombiePlace struct {
	At       int64  `json:"t"`
	Account  string `json:"a,omitempty"`
	External string `json:"e,omitempty"`
	User     string `json:"u,omitempty"`
}

// goner is a row as the database has it.
type goner struct {
	person, detail, account, kind, staff string
	since, last                          int64
	place                                zombiePlace
}

// goners reads those of one reason: from is what stands behind SELECT … FROM.
func (s *Service) goners(ctx context.Context, tx *db.Tx, orgID string, a access.Actor, q ZombieQuery, after zombiePlace, limit int) (out []goner, err error) {
	from, args, order, err := s.gonersFrom(ctx, tx, orgID, a, q, after)
	if err != nil {
		return nil, err
	}
	columns := "r.person_id, r.blocked, r.account_id, r.kind, r.staff_id, r.tie_at, r.blocked_at, COALESCE((SELECT max(last_at) FROM care_active b WHERE b.org_id = r.org_id AND b.person_id = r.person_id), 0), r.external_id, r.user_id"
	if q.Reason == reasonSilent {
		columns = "a.person_id, a.last_kind, '', '', a.owner_staff_id, a.last_at, a.last_at, a.last_at, a.spoken_id, ''"
	}
	return db.All(ctx, tx, func(rows *sql.Rows, g *goner) error {
		var tie, blocked int64
		if err := rows.Scan(&g.person, &g.detail, &g.account, &g.kind, &g.staff, &tie, &blocked, &g.last, &g.place.External, &g.place.User); err != nil {
			return err
		}
		if g.since = tie; q.Reason == reasonBlocked {
			g.since = blocked
		} else if q.Reason == reasonDeleted {
			g.detail = ""
		}
		g.place.At, g.place.Account = g.since, g.account
		return nil
	}, "SELECT "+columns+" FROM "+from+order+" LIMIT ?", append(args, limit)...)
}

func (s *Service) gonersFrom(ctx context.Context, tx *db.Tx, orgID string, a access.Actor, q ZombieQuery, after zombiePlace) (from string, args []any, order string, err error) {
	staff := q.StaffID
	if q.Reason == reasonSilent {
		days := q.Days
		if days == 0 {
			o, err := settingsOf(ctx, tx, orgID)
			if err != nil {
				return "", nil, "", err
			}
			days = o.silentDays
		}
		// Of a person with several ids the last sign counts, and somebody whom
		// nothing reaches is no contact.
		from = `care_active a WHERE a.org_id = ? AND a.last_at < ? AND NOT EXISTS (SELECT 1 FROM care_active b WHERE b.org_id = a.org_id AND b.person_id = a.person_id AND (b.last_at, b.spoken_id) > (a.last_at, a.spoken_id))
			AND EXISTS (SELECT 1 FROM care_reach r WHERE r.org_id = a.org_id AND r.person_id = a.person_id AND r.tie IN ('friend', '') AND r.blocked = '')`
		args = []any{orgID, clock.Micros(s.now().Add(-time.Duration(days) * 24 * time.Hour))}
		if staff != "" {
			from, args = from+" AND a.owner_staff_id = ?", append(args, staff)
		}
		if a.OwnOnly {
			from, args = from+" AND a.owner_staff_id = ?", append(args, a.ID)
		}
		if after.External != "" {
			from, args = from+" AND (a.last_at, a.spoken_id) < (?, ?)", append(args, after.At, after.External)
		}
		return from, args, " ORDER BY a.last_at DESC, a.spoken_id DESC", nil
	}
	at, cond := "r.tie_at", "r.tie = 'deleted'"
	if q.Reason == reasonBlocked {
		at, cond = "r.blocked_at", "r.blocked <> ''"
	}
	from, args = "care_reach r WHERE r.org_id = ? AND "+cond, []any{orgID}
	if staff != "" {
		from, args = from+" AND r.staff_id = ?", append(args, staff)
	}
	if a.OwnOnly {
		from, args = from+" AND (r.staff_id = ? OR EXISTS (SELECT 1 FROM care_active o WHERE o.org_id = r.org_id AND o.spoken_id = r.spoken_id AND o.owner_staff_id = ?))", append(args, a.ID, a.ID)
	}
	if q.AccountID != "" {
		from, args = from+" AND r.account_id = ?", append(args, q.AccountID)
	}
	if after.External != "" {
		from, args = from+" AND ("+at+", r.account_id, r.external_id, r.user_id) < (?, ?, ?, ?)", append(args, after.At, after.Account, after.External, after.User)
	}
	return from, args, " ORDER BY " + at + " DESC, r.account_id DESC, r.external_id DESC, r.user_id DESC", nil
}

// Zombies returns a page of contacts that have gone, the latest first, and how
// many there are. Associates get their own customers.
func (s *Service) Zombies(ctx context.Context, q ZombieQuery, after zombiePlace, limit, most int) (out []Zombie, next zombiePlace, total int64, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		next = zombiePlace{}
		found, err := s.goners(ctx, tx, a.OrgID, a, q, after, limit+1)
		if err != nil {
			return fmt.Errorf("care: zombies: %w", err)
		}
		if most > 0 {
			if total, err = s.countGoners(ctx, tx, a, q, most); err != nil {
				return err
			}
		}
		if len(found) > limit {
			found = found[:limit]
			next = found[limit-1].place
		}
		out, err = s.shownZombies(ctx, tx, a.OrgID, q.Reason, found)
		return err
	})
	return out, next, total, err
}

func (s *Service) countGoners(ctx context.Context, tx *db.Tx, a access.Actor, q ZombieQuery, most int) (n int64, err error) {
	from, args, _, err := s.gonersFrom(ctx, tx, a.OrgID, a, q, zombiePlace{})
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+from+" LIMIT ?) AS counted", append(args, most+1)...).Scan(&n)
	return n, err
}

// ZombieCounts are how many have gone, and why; counted up to 10,000.
type ZombieCounts struct {
	Deleted    int64 `json:"deleted"`
	Blocked    int64 `json:"blocked"`
	Silent     int64 `json:"silent"`
	SilentDays int64 `json:"silent_days"`
}

// CountZombies counts them.
func (s *Service) CountZombies(ctx context.Context, most int) (c ZombieCounts, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		o, err := settingsOf(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		c.SilentDays = o.silentDays
		for reason, to := range map[string]*int64{reasonDeleted: &c.Deleted, reasonBlocked: &c.Blocked, reasonSilent: &c.Silent} {
			if *to, err = s.countGoners(ctx, tx, a, ZombieQuery{Reason: reason}, most); err != nil {
				return err
			}
			*to = min(*to, int64(most))
		}
		return nil
	})
	return c, err
}

func (s *Service) shownZombies(ctx context.Context, tx *db.Tx, orgID, reason string, found []goner) ([]Zombie, error) {
	persons := make([]string, len(found))
	for i, g := range found {
		persons[i] = g.person
	}
	f, err := s.faces(ctx, tx, orgID, persons)
	if err != nil {
		return nil, err
	}
	ways, err := s.ways(ctx, tx, orgID, persons, f.accounts)
	if err != nil {
		return nil, err
	}
	out := make([]Zombie, len(found))
	for i, g := range found {
		z := Zombie{PersonID: g.person, PersonName: f.people[g.person].Name, Reason: reason, Detail: g.detail, Since: clock.Time(g.since), AccountID: g.account, AccountName: f.accounts[g.account].Name, AccountKind: g.kind,
			StaffID: g.staff, StaffName: f.staff[g.staff], LastAt: clock.Ptr(g.last), Ways: []Way{}, Advice: "leave"}
		if z.StaffID == "" {
			z.StaffID = f.people[g.person].OwnerStaffID
			z.StaffName = f.staff[z.StaffID]
		}
		if w := ways[g.person]; len(w) > 0 {
			z.Ways, z.Advice = w, "win_back"
		}
		out[i] = z
	}
	return out, nil
}

// ways are where persons can be reached: accounts of which they are a friend or
// to which they wrote, and numbers and addresses that we have a carrier for.
func (s *Service) ways(ctx context.Context, tx *db.Tx, orgID string, persons []string, accounts map[string]Account) (map[string][]Way, error) {
	out := map[string][]Way{}
	if len(persons) == 0 {
		return out, nil
	}
	add := func(person string, w Way) {
		if !slices.ContainsFunc(out[person], func(h Way) bool { return h.Kind == w.Kind && h.AccountID == w.AccountID }) {
			out[person] = append(out[person], w)
		}
	}
	where, arg := tx.In("person_id", persons)
	returned := map[string]bool{}
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var person, account, kind, blocked string
		if err := rows.Scan(&person, &account, &kind, &blocked); err != nil {
			return err
		}
		if blocked != "" {
			returned[person+" "+kind] = true
			return nil
		}
		add(person, Way{Kind: kind, AccountID: account, Name: accounts[account].Name})
		return nil
	}, "SELECT person_id, account_id, kind, blocked FROM care_reach WHERE org_id = ? AND (tie = 'friend' OR tie = '') AND "+where+" ORDER BY account_id, external_id, user_id", orgID, arg)
	if err != nil {
		return nil, fmt.Errorf("care: ways: %w", err)
	}
	have := map[string]bool{}
	for _, a := range accounts {
		have[a.Kind] = true
	}
	known, err := s.People.Ways(ctx, tx, orgID, persons)
	if err != nil {
		return nil, fmt.Errorf("care: ways: %w", err)
	}
	for person, kinds := range known {
		for _, k := range kinds {
			carrier := map[string]string{"phone": "sms", "email": "email"}[k]
			if have[carrier] && !returned[person+" "+carrier] {
				add(person, Way{Kind: carrier})
			}
		}
	}
	return out, nil
}

const maxListed = 10_000

// ListZombies puts those that a query selects on a new list of persons, which
// segments can refer to.
func (s *Service) ListZombies(ctx context.Context, q ZombieQuery, name string) (listID string, n int, err error) {
	a := actor(ctx)
	if !a.Can("segment.write") {
		return "", 0, errs.Forbidden(i18n.T("没有新建名单的权限", "Making lists is not allowed to you"))
	}
	var persons []string
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		persons = nil
		found, err := s.goners(ctx, tx, a.OrgID, a, q, zombiePlace{}, maxListed)
		for _, g := range found {
			persons = append(persons, g.person)
		}
		return err
	})
	if err != nil {
		return "", 0, err
	}
	slices.Sort(persons)
	if persons = slices.Compact(persons); len(persons) == 0 {
		return "", 0, errs.Conflict(i18n.T("名单里没有人", "There is nobody to put on the list"))
	}
	listID, err = s.Ports.Lists.MakeList(ctx, plaintext.Line(name, 60), persons)
	return listID, len(persons), err
}
