package acquisition

import (
	"context"
	"time"

	"fishpond/internal/acquisition/phrase"
	"fishpond/internal/acquisition/roster"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Newcomer is somebody who has just become a friend of an account.
type Newcomer struct {
	State      string // what the way that was used carries
	StaffName  string
	PersonName string // as the platform says it: hostile
	At         time.Time
}

// Greeting is what a newcomer means and what to say to them.
type Greeting struct {
	ChannelID  string // empty: unknown
	EntranceID string
	CodeID     string
	Tags       []string // names
	Remark     string   // at most 20 characters; empty: none
	Welcome    []Part   // empty: none
}

// maxRemark is how long a platform lets a remark be.
const maxRemark = 20

// Greet tells what to do with a newcomer, by the state that they came with. A
// state that no code has is no error: the greeting is then empty.
func (s *Service) Greet(ctx context.Context, tx *db.Tx, orgID string, n Newcomer) (g Greeting, err error) {
	if n.State == "" {
		return g, nil
	}
	c, err := codeByState(ctx, tx, orgID, n.State)
	if errs.Is(err, errs.CodeNotFound) {
		return g, nil
	}
	if err != nil {
		return g, err
	}
	t, err := treeOf(ctx, tx, orgID)
	if err != nil {
		return g, err
	}
	set, err := s.Orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return g, err
	}
	g = Greeting{ChannelID: c.channel, EntranceID: t.entrance(c.channel), CodeID: c.id, Tags: c.spec.Tags}
	vars := phrase.Vars{"name": n.PersonName, "staff": n.StaffName, "org": set.Name}
	if node := t.nodes[c.channel]; node != nil {
		vars["channel"] = node.name
	}
	g.Remark = phrase.Clean(phrase.Fill(c.spec.Remark, vars, maxRemark), maxRemark)
	g.Welcome = welcomeAt(c.spec.Welcome, n.At.In(set.Zone), vars)
	return g, nil
}

// Preview is what somebody would be greeted with.
type Preview struct {
	At       time.Time `json:"at"`
	TimeZone string    `json:"time_zone" doc:"By which the times of welcomes are meant"`
	Staff    *StaffRef `json:"staff" doc:"In whose name; null when nobody takes customers now"`
	Tags     []string  `json:"tags" nullable:"false"`
	Remark   string    `json:"remark"`
	Welcome  []Part    `json:"welcome" nullable:"false" doc:"Empty: none at this time"`
}

// PreviewGreeting tells what a customer of a name would be greeted with by a
// code at a moment (zero: now), in the name of a staff member (empty: whose
// turn it is).
func (s *Service) PreviewGreeting(ctx context.Context, codeID, staffID, name string, at time.Time) (out Preview, err error) {
	org := orgOf(ctx)
	if at.IsZero() {
		at = s.now()
	}
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		c, err := codeByID(ctx, tx, org, codeID)
		if err != nil {
			return err
		}
		v, err := s.viewer(ctx, tx, org, []*code{c})
		if err != nil {
			return err
		}
		if staffID == "" {
			staffID = v.duty(c).Next
		} else if _, ok := v.members[staffID]; !ok {
			return errs.InvalidField("query.staff_id", i18n.T("没有这名员工", "there is no such staff member"))
		}
		out = Preview{At: at, TimeZone: v.set.Zone.String(), Tags: []string{}, Welcome: []Part{}}
		if staffID != "" {
			ref := v.ref(staffID)
			out.Staff = &ref
		}
		g, err := s.Greet(ctx, tx, org, Newcomer{State: c.state, StaffName: v.members[staffID].Name, PersonName: name, At: at})
		out.Tags, out.Remark, out.Welcome = append(out.Tags, g.Tags...), g.Remark, append(out.Welcome, g.Welcome...)
		return err
	})
	return out, err
}

// welcomeAt fills the first welcome whose time it is. at is in the org's zone.
func welcomeAt(all []Welcome, at time.Time, vars phrase.Vars) []Part {
	for _, w := range all {
		sh := roster.Shift{Days: w.Days, To: 24 * 60}
		if w.From != "" {
			sh.From, _ = minutes(w.From)
			sh.To, _ = minutes(w.To)
		}
		if !sh.Covers(roster.Weekday(at), at.Hour()*60+at.Minute()) {
			continue
		}
		out := make([]Part, len(w.Parts))
		for i, p := range w.Parts {
			p.Text, p.Title = phrase.Fill(p.Text, vars, 0), phrase.Fill(p.Title, vars, 60)
			out[i] = p
		}
		return out
	}
	return nil
}
