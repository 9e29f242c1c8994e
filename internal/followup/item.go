package followup

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// What has become of somebody on a list.
const (
	Open      = "open"
	Done      = "done"
	Postponed = "postponed"
	Declined  = "declined"  // not interested
	Answered  = "answered"  // by itself: waited for an answer and got it
	Converted = "converted" // by itself: ordered
	Carried   = "carried"   // nobody attended to it; on the next list again
	Lapsed    = "lapsed"    // nobody attended to it; fell away
	merged    = "merged"    // two persons on the list were one
)

// Item is a person on a day's list.
type Item struct {
	ID             string     `json:"id"`
	Day            string     `json:"day"`
	PersonID       string     `json:"person_id"`
	Name           string     `json:"name"`
	Stage          string     `json:"stage"`
	Orders         int64      `json:"orders"`
	GMVMinor       int64      `json:"gmv_minor"`
	Currency       string     `json:"currency"`
	LastOrderAt    *time.Time `json:"last_order_at"`
	Openable       bool       `json:"openable" doc:"Whoever asks may open the customer's page"`
	StaffID        string     `json:"staff_id" doc:"Whose list; empty: nobody's"`
	StaffName      string     `json:"staff_name"`
	Status         string     `json:"status" enum:"open,done,postponed,declined,answered,converted,carried,lapsed"`
	Position       int64      `json:"position"`
	Weight         int64      `json:"weight"`
	Age            int        `json:"age" doc:"For how many days they have been listed without being attended to; 0: since today"`
	ListedAt       time.Time  `json:"listed_at"`
	HandledAt      *time.Time `json:"handled_at"`
	HandledBy      string     `json:"handled_by"`
	HandledByName  string     `json:"handled_by_name"`
	NextStep       string     `json:"next_step"`
	NextAt         *time.Time `json:"next_at"`
	Note           string     `json:"note"`
	Until          string     `json:"until" doc:"Postponed: to that day"`
	AnsweredAt     *time.Time `json:"answered_at"`
	RepliedAt      *time.Time `json:"replied_at" doc:"The customer wrote after they were listed"`
	OrderedAt      *time.Time `json:"ordered_at" doc:"First order after they were listed"`
	ResultOrders   int64      `json:"result_orders"`
	ResultMinor    int64      `json:"result_minor" doc:"Of these orders, less what was refunded; in the org's currency"`
	ConversationID string     `json:"conversation_id" doc:"Where they wait, or empty"`
	Reasons        []Reason   `json:"reasons" nullable:"false"`

	day       Day
	spoken    string
	promiseID string
}

const itemColumns = `id, day, person_id, spoken_id, staff_id, status, weight, position, first_day, listed_at, handled_at, handled_by, next_step, next_at, note, until_day, promise_id,
	answered_at, replied_at, ordered_at, orders, gain_minor`

func (i *Item) scan(rows *sql.Rows) error {
	var first, until Day
	var listed, handled, next, answered, replied, ordered int64
	err := rows.Scan(&i.ID, &i.day, &i.PersonID, &i.spoken, &i.StaffID, &i.Status, &i.Weight, &i.Position, &first, &listed, &handled, &i.HandledBy, &i.NextStep, &next, &i.Note, &until, &i.promiseID,
		&answered, &replied, &ordered, &i.ResultOrders, &i.ResultMinor)
	i.Day, i.Age, i.ListedAt = i.day.String(), int(i.day-first), clock.Time(listed)
	i.HandledAt, i.NextAt, i.AnsweredAt, i.RepliedAt, i.OrderedAt = clock.Ptr(handled), clock.Ptr(next), clock.Ptr(answered), clock.Ptr(replied), clock.Ptr(ordered)
	if until > 0 {
		i.Until = until.String()
	}
	i.Reasons = []Reason{}
	return err
}

func itemsWhere(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) (out []*Item, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		i := &Item{}
		out = append(out, i)
		return i.scan(rows)
	}, "SELECT "+itemColumns+" FROM followup_item WHERE org_id = ? AND status <> 'merged' AND "+where, append([]any{orgID}, args...)...)
}

// itemFor finds an item that whoever acts may see: their own, or anybody's
// with followup.team.
func itemFor(ctx context.Context, tx *db.Tx, a access.Actor, id string) (*Item, error) {
	found, err := itemsWhere(ctx, tx, a.OrgID, "id = ?", id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 || found[0].StaffID != a.ID && !a.Can(mayTeam) {
		return nil, errNoItem
	}
	return found[0], nil
}

// dress adds names, and reasons in words.
func (s *Service) dress(ctx context.Context, tx *db.Tx, a access.Actor, items []*Item) error {
	if len(items) == 0 {
		return nil
	}
	org, err := s.Orgs.Settings(ctx, tx, a.OrgID)
	if err != nil {
		return err
	}
	members, err := s.Staff.Members(ctx, tx, a.OrgID)
	if err != nil {
		return err
	}
	if err := s.people(ctx, tx, a, items); err != nil {
		return err
	}
	rules, err := rulesOf(ctx, tx, a.OrgID)
	if err != nil {
		return err
	}
	ruled := map[string]*Rule{}
	for _, r := range rules {
		ruled[r.ID] = r
	}
	byID := map[string]*Item{}
	var all []string
	for _, i := range items {
		i.StaffName, i.HandledByName, i.Currency = members[i.StaffID].Name, members[i.HandledBy].Name, org.Currency
		byID[i.ID], all = i, append(all, i.ID)
	}
	lang := i18n.From(ctx)
	tell := &teller{lang: lang, zone: org.Zone, staff: members, traits: s.labels(ctx)}
	where, arg := tx.In("item_id", all)
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var id, rule, promise string
		var data []byte
		if err := rows.Scan(&id, &rule, &promise, &data); err != nil {
			return err
		}
		r := ruled[rule]
		if r == nil {
			return nil
		}
		out := Reason{RuleID: rule, Rule: r.title(lang), Builtin: r.Builtin, Anchor: r.Anchor, Suggestion: r.advice(lang), QuickReplyID: r.QuickReplyID, PromiseID: promise}
		if err := json.Unmarshal(data, &out.Facts); err != nil {
			return err
		}
		i := byID[id]
		tell.day = i.day
		out.Text = tell.say(r, out.Facts)
		if out.Facts.ConversationID != "" && i.ConversationID == "" {
			i.ConversationID = out.Facts.ConversationID
		}
		i.Reasons = append(i.Reasons, out)
		return nil
	}, "SELECT item_id, rule_id, promise_id, data FROM followup_reason WHERE org_id = ? AND "+where+" ORDER BY item_id, n", a.OrgID, arg)
}

type labelsKey struct{}

// withLabels reads the labels of traits, which cannot be done in a
// transaction, for words that speak of them.
func (s *Service) withLabels(ctx context.Context) context.Context {
	traits, err := s.Audience.Traits(ctx, actor(ctx).OrgID)
	if err != nil { // the key says it too
		return ctx
	}
	return context.WithValue(ctx, labelsKey{}, traits)
}

func (s *Service) labels(ctx context.Context) map[string]string {
	labels, _ := ctx.Value(labelsKey{}).(map[string]string)
	return labels
}

// people adds who the persons are now.
func (s *Service) people(ctx context.Context, tx *db.Tx, a access.Actor, items []*Item) error {
	var of []string
	for _, i := range items {
		of = append(of, i.PersonID)
	}
	at, err := s.Audience.Places(ctx, tx, a.OrgID, of)
	if err != nil {
		return err
	}
	var seqs []uint32
	for _, p := range at {
		seqs = append(seqs, p.Seq)
	}
	known, err := s.Audience.Described(ctx, tx, a.OrgID, sorted(seqs), Wanted{})
	if err != nil {
		return err
	}
	bySeq := map[uint32]*Described{}
	for i := range known {
		bySeq[known[i].Seq] = &known[i]
	}
	for _, i := range items {
		d := bySeq[at[i.PersonID].Seq]
		if d == nil {
			continue
		}
		i.Name, i.Stage, i.Orders, i.GMVMinor, i.LastOrderAt = d.Name, d.Stage, d.Orders, d.GMVMinor, clock.Ptr(d.LastOrder)
		i.Openable = !a.OwnOnly || d.Owner == a.ID
	}
	return nil
}

// ListFilter selects from a day's list.
type ListFilter struct {
	Day     string `query:"day" maxLength:"10" doc:"YYYY-MM-DD; empty: the latest lists"`
	StaffID string `query:"staff_id" maxLength:"64" doc:"Somebody else's list, none for nobody's, all for every list: needs followup.team; empty: one's own"`
	Status  string `query:"status" enum:"open,handled,all,done,postponed,declined,answered,converted,carried,lapsed" default:"all" doc:"handled: all but open, carried and lapsed"`
	RuleID  string `query:"rule_id" maxLength:"64" doc:"Only who is listed by this rule"`
}

// Count is how many are listed by a rule.
type Count struct {
	RuleID string `json:"rule_id"`
	Rule   string `json:"rule"`
	Open   int64  `json:"open"`
	Listed int64  `json:"listed"`
}

// List is a page of a day's list, and how all of it stands.
type List struct {
	Day        string           `json:"day" doc:"Empty: no lists were made yet"`
	Today      string           `json:"today" doc:"The present day in the org's time zone"`
	TimeZone   string           `json:"time_zone"`
	BuiltAt    *time.Time       `json:"built_at"`
	NextAt     time.Time        `json:"next_at" doc:"When the next lists are made"`
	StaffID    string           `json:"staff_id"`
	Items      []Item           `json:"items" nullable:"false"`
	NextCursor string           `json:"next_cursor"`
	Counts     map[string]int64 `json:"counts" doc:"How many of the list have each status"`
	Rules      []Count          `json:"rules" nullable:"false" doc:"Of those who are or were listed by each rule"`
	Listed     int64            `json:"listed"`
	Beyond     int64            `json:"beyond" doc:"Further people for whom the list had no room"`
	Cap        int              `json:"cap"`
	ToConfirm  int              `json:"to_confirm" doc:"Mass messages that wait for them in WeCom; 0 on lists of several"`
}

// ListPlace is where a page of a list goes on; zero: at its beginning.
type ListPlace struct {
	Staff    string `json:"s"`
	Position int64  `json:"p"`
	ID       string `json:"i"`
}

var statusSets = map[string]string{
	"": "status <> 'merged'", "all": "status <> 'merged'", "handled": "status IN ('done', 'postponed', 'declined', 'answered', 'converted')",
}

// Today returns a page of a day's list.
func (s *Service) Today(ctx context.Context, f ListFilter, after ListPlace, limit int) (out List, next ListPlace, err error) {
	a := actor(ctx)
	staff, args := "staff_id = ?", []any{a.ID}
	out.StaffID = a.ID
	if f.StaffID != "" && f.StaffID != a.ID {
		if !a.Can(mayTeam) {
			return out, next, errs.Forbidden(i18n.T("只能看自己的名单", "You can only see your own list"))
		}
		switch out.StaffID = f.StaffID; f.StaffID {
		case "all":
			staff, args = "TRUE", nil
		case "none":
			args = []any{""}
		default:
			args = []any{f.StaffID}
		}
	}
	ctx = s.withLabels(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		next = ListPlace{}
		if f.StaffID != "" && f.StaffID != "all" && f.StaffID != "none" && f.StaffID != a.ID {
			members, err := s.Staff.Members(ctx, tx, a.OrgID)
			if err != nil {
				return err
			}
			if _, ok := members[f.StaffID]; !ok {
				return errNoStaff
			}
		}
		if s.Masses != nil && f.StaffID != "all" && f.StaffID != "none" {
			waits, err := s.Masses.ToConfirm(ctx, tx, a.OrgID)
			if err != nil {
				return err
			}
			out.ToConfirm = waits[out.StaffID]
		}
		day, err := s.head(ctx, tx, a.OrgID, f.Day, &out)
		if err != nil || out.Day == "" {
			return err
		}
		of := append([]any{a.OrgID, int64(day)}, args...)
		if err := s.counts(ctx, tx, a.OrgID, staff, of, &out); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT COALESCE(SUM(beyond), 0) FROM followup_list WHERE org_id = ? AND day = ? AND "+staff, of...).Scan(&out.Beyond); err != nil {
			return err
		}
		status, ok := statusSets[f.Status]
		if !ok {
			status = "status = '" + f.Status + "'" // one of an enum
		}
		where, with := "day = ? AND "+staff+" AND "+status, of[1:]
		if f.RuleID != "" {
			where += " AND EXISTS (SELECT 1 FROM followup_reason r WHERE r.org_id = followup_item.org_id AND r.item_id = followup_item.id AND r.rule_id = ?)"
			with = append(with, f.RuleID)
		}
		if after.ID != "" {
			where += " AND (staff_id, position, id) > (?, ?, ?)"
			with = append(with, after.Staff, after.Position, after.ID)
		}
		found, err := itemsWhere(ctx, tx, a.OrgID, where+" ORDER BY staff_id, position, id LIMIT ?", append(with, limit+1)...)
		if err != nil {
			return err
		}
		if len(found) > limit {
			found = found[:limit]
			last := found[limit-1]
			next = ListPlace{last.StaffID, last.Position, last.ID}
		}
		if err := s.dress(ctx, tx, a, found); err != nil {
			return err
		}
		for _, i := range found {
			out.Items = append(out.Items, *i)
		}
		return nil
	})
	return out, next, err
}

// head finds the day, and says when lists are made.
func (s *Service) head(ctx context.Context, tx *db.Tx, orgID, wanted string, out *List) (Day, error) {
	*out = List{StaffID: out.StaffID, Items: []Item{}, Counts: map[string]int64{}, Rules: []Count{}}
	org, err := s.Orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return 0, err
	}
	set, err := settingsOf(ctx, tx, orgID)
	if err != nil {
		return 0, err
	}
	now := s.now()
	today := DayOf(now.In(org.Zone))
	out.Today, out.TimeZone, out.Cap = today.String(), org.Zone.String(), set.Cap
	var built int64
	var last Day
	if err := tx.QueryRow(ctx, "SELECT COALESCE(MAX(day), 0) FROM followup_day WHERE org_id = ?", orgID).Scan(&last); err != nil {
		return 0, err
	}
	if out.NextAt = today.At(set.minute(), org.Zone).UTC(); !now.Before(out.NextAt) && last >= today {
		out.NextAt = (today + 1).At(set.minute(), org.Zone).UTC()
	}
	day, err := dayField("query.day", wanted, last)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, "SELECT built_at FROM followup_day WHERE org_id = ? AND day = ?", orgID, int64(day)).Scan(&built)
	if db.IsNoRows(err) {
		return 0, nil
	}
	out.Day, out.BuiltAt = day.String(), clock.Ptr(built)
	return day, err
}

func (s *Service) counts(ctx context.Context, tx *db.Tx, orgID, staff string, of []any, out *List) error {
	for _, status := range []string{Open, Done, Postponed, Declined, Answered, Converted, Carried, Lapsed} {
		out.Counts[status] = 0
	}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var status string
		var n int64
		err := rows.Scan(&status, &n)
		out.Counts[status] = n
		out.Listed += n
		return err
	}, "SELECT status, count(*) FROM followup_item WHERE org_id = ? AND day = ? AND "+staff+" AND status <> 'merged' GROUP BY status", of...); err != nil {
		return err
	}
	rules, err := rulesOf(ctx, tx, orgID)
	if err != nil {
		return err
	}
	count := map[string]Count{}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var c Count
		err := rows.Scan(&c.RuleID, &c.Listed, &c.Open)
		count[c.RuleID] = c
		return err
	}, `SELECT r.rule_id, count(DISTINCT i.id), count(DISTINCT CASE WHEN i.status = 'open' THEN i.id END) FROM followup_item i JOIN followup_reason r ON r.org_id = i.org_id AND r.item_id = i.id
		WHERE i.org_id = ? AND i.day = ? AND `+strings.Replace(staff, "staff_id", "i.staff_id", 1)+` AND i.status <> 'merged' GROUP BY r.rule_id`, of...); err != nil {
		return err
	}
	for _, r := range rules {
		if c, ok := count[r.ID]; ok {
			c.Rule = r.title(i18n.From(ctx))
			out.Rules = append(out.Rules, c)
		}
	}
	return nil
}

// Item returns one item.
func (s *Service) Item(ctx context.Context, id string) (out Item, err error) {
	a := actor(ctx)
	ctx = s.withLabels(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		i, err := itemFor(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if err := s.dress(ctx, tx, a, []*Item{i}); err != nil {
			return err
		}
		out = *i
		return nil
	})
	return out, err
}

func sorted(seqs []uint32) []uint32 {
	slices.Sort(seqs)
	return slices.Compact(seqs)
}
