package carrier

import (
	"context"
	"database/sql"
	"regexp"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/clue"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/timeline"
)

// What becomes of what people tell of themselves in chats: an account's setting.
const (
	linksOff     = "off"
	linksPropose = "propose"
	linksAttach  = "link" // what nobody else has is noted at once
)

const (
	maxOpen    = 20 // proposals about one person that wait for staff; more of them is somebody playing
	keepOrders = 180 * 24 * time.Hour
)

// Where a clue came from.
const (
	fromMessage = "message"
	fromForm    = "form"
)

// takeOrders keeps whose recent orders are: people quote their numbers within
// weeks, so that what is older need not be kept.
func (s *Service) takeOrders(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	oldest := s.now().Add(-keepOrders)
	var number, person []string
	var at []int64
	seen := map[[2]string]bool{}
	for _, e := range events {
		if e.PersonID == "" || e.OccurredAt.Before(oldest) {
			continue
		}
		var o mallevent.Order
		if err := e.Decode(&o); err != nil {
			return err
		}
		no := clue.OrderNumber(o.OrderID)
		if no == "" || seen[[2]string{no, e.PersonID}] {
			continue
		}
		seen[[2]string{no, e.PersonID}] = true
		number, person, at = append(number, no), append(person, e.PersonID), append(at, clock.Micros(e.OccurredAt))
	}
	_, err := tx.BulkInsert(ctx, "carrier_order", "ON CONFLICT (org_id, order_no, person_id) DO NOTHING",
		db.Same("org_id", orgID, len(at)), db.Text("order_no", number), db.Text("person_id", person), db.Int("at", at))
	return err
}

// takeMessages looks for clues in what people wrote, on whatever carrier.
func (s *Service) takeMessages(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	if s.ports.Links == nil {
		return nil
	}
	ctx = access.With(ctx, access.ForSystem(orgID, "carrier"))
	all, err := s.accounts(ctx, tx, orgID, "")
	if err != nil {
		return err
	}
	policy := map[string]string{}
	for _, a := range all {
		policy[a.id] = a.settings["links"]
	}
	var found []*Proposal
	for _, e := range events {
		var m carrierevent.Message
		if err := e.Decode(&m); err != nil {
			return err
		}
		if e.PersonID == "" || policy[m.AccountID] == linksOff {
			continue
		}
		for _, c := range clue.Find(m.Text) {
			found = append(found, &Proposal{AccountID: m.AccountID, PersonID: e.PersonID, Kind: c.Kind, Value: c.Value, Source: fromMessage, EventID: e.ID})
		}
	}
	return s.propose(ctx, tx, orgID, found, policy)
}

// propose keeps those of the proposals that say something new. Where the
// account's policy says so, what nobody else has is noted at once. Identities
// are attached before anything is written: on PostgreSQL the pool's lock comes
// first, as it does for all others.
func (s *Service) propose(ctx context.Context, tx *db.Tx, orgID string, found []*Proposal, policy map[string]string) error {
	var fresh []*Proposal
	open := map[string]int{}
	for _, p := range found {
		var err error
		if p.PersonID, p.CandidateID, err = s.whose(ctx, tx, orgID, p); err != nil {
			return err
		}
		if p.PersonID == "" || p.PersonID == p.CandidateID {
			continue // nobody, or known
		}
		if p.CandidateID == "" && identityOf(p.Kind) == "" {
			continue // a number that is nobody's is no clue
		}
		if _, counted := open[p.PersonID]; !counted {
			var n int
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM carrier_proposal WHERE org_id = ? AND person_id = ? AND status = 'proposed'", orgID, p.PersonID).Scan(&n); err != nil {
				return err
			}
			open[p.PersonID] = n
		}
		var had bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM carrier_proposal WHERE org_id = ? AND person_id = ? AND kind = ? AND value = ?)", orgID, p.PersonID, p.Kind, p.Value).Scan(&had); err != nil {
			return err
		}
		if had || open[p.PersonID] >= maxOpen {
			continue
		}
		open[p.PersonID]++
		p.Status = proposalOpen
		if p.CandidateID == "" && policy[p.AccountID] == linksAttach {
			kind := identityOf(p.Kind)
			if kind == "email" {
				kind = "email_unverified" // anybody can write anybody's address
			}
			err := s.ports.Links.Attach(ctx, tx, orgID, p.PersonID, Identity{kind, p.Value})
			if err != nil && !errs.Is(err, errs.CodeConflict) && !errs.Is(err, errs.CodeInvalid) {
				return err
			}
			if err == nil {
				p.Status, p.attached = proposalAccepted, kind
			}
		}
		fresh = append(fresh, p)
	}
	for _, p := range fresh {
		if err := s.keepProposal(ctx, tx, orgID, p); err != nil {
			return err
		}
	}
	return nil
}

// identityOf is the kind of identity that a clue can become by itself; empty:
// it only leads to somebody.
func identityOf(kind string) string {
	if kind == clue.Phone || kind == clue.Email {
		return kind
	}
	return ""
}

// shopSources are where numbers of customers in other systems come from.
var shopSources = []string{"import", "console", "taobao", "tmall", "jd", "douyin", "pinduoduo", "youzan", "weimob", "shopify"}

// whose returns who speaks for the person of a proposal now, empty when there
// is nobody, and whose the value is: empty when nobody's, or several persons'.
func (s *Service) whose(ctx context.Context, tx *db.Tx, orgID string, p *Proposal) (person, candidate string, err error) {
	person, _, err = s.ports.People.Members(ctx, tx, orgID, p.PersonID)
	if errs.Is(err, errs.CodeNotFound) {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	if p.Kind == clue.Order {
		candidate, err = s.whoseOrder(ctx, tx, orgID, p.Value)
		return person, candidate, err
	}
	of := []Identity{{p.Kind, p.Value}}
	if p.Kind == clue.Shop {
		of = nil
		for _, source := range shopSources {
			of = append(of, Identity{"customer_no", source + ":" + p.Value})
		}
	}
	holders, err := s.ports.People.Find(ctx, tx, orgID, of)
	if err != nil {
		return "", "", err
	}
	for _, h := range holders {
		if h != "" && candidate != "" && h != candidate {
			return person, "", nil // somebody in one shop, somebody else in another
		}
		if h != "" {
			candidate = h
		}
	}
	return person, candidate, nil
}

func (s *Service) whoseOrder(ctx context.Context, tx *db.Tx, orgID, number string) (candidate string, err error) {
	var persons []string
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		persons = append(persons, id)
		return err
	}, "SELECT person_id FROM carrier_order WHERE org_id = ? AND order_no = ? LIMIT 10", orgID, number); err != nil {
		return "", err
	}
	for _, id := range persons {
		canonical, _, err := s.ports.People.Members(ctx, tx, orgID, id)
		if err != nil {
			return "", err
		}
		if candidate != "" && canonical != candidate {
			return "", nil // two shops gave out the same number
		}
		candidate = canonical
	}
	return candidate, nil
}

var abroad = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// chatIdentify takes what a visitor says of themselves. It is a claim: whoever
// writes a number need not be its owner, so that nobody's person is touched
// without staff, and the answer does not tell whether anybody is known by it.
func (s *Service) chatIdentify(ctx context.Context, c request) (any, error) {
	var in struct {
		Phone string `json:"phone"`
		Email string `json:"email"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	p := &Proposal{AccountID: c.site.id, Kind: clue.Phone, Value: clue.Number(in.Phone), Source: fromForm}
	switch {
	case (in.Phone == "") == (in.Email == "") || len(in.Phone) > 64:
		return nil, errs.Invalid(i18n.T("手机号和邮箱填一项", "Give a phone number or an e-mail address"))
	case in.Email != "":
		p.Kind, p.Value = clue.Email, clue.Address(in.Email)
	case abroad.MatchString(in.Phone):
		p.Value = in.Phone
	}
	if p.Value == "" {
		return nil, errs.InvalidField("body."+p.Kind, i18n.T("格式不对", "This does not look right"))
	}
	if err := s.limit("identify "+c.ip, 60, 10*time.Minute); err != nil {
		return nil, err
	}
	if err := s.limit("identify "+c.visitor, 5, 10*time.Minute); err != nil {
		return nil, err
	}
	ctx = access.With(ctx, access.ForSystem(c.site.org, "carrier"))
	return nil, s.db.Write(ctx, c.site.org, func(tx *db.Tx) (err error) {
		if p.PersonID, err = s.welcomeVisitor(ctx, tx, c); err != nil || s.ports.Links == nil {
			return err
		}
		claim := *p
		return s.propose(ctx, tx, c.site.org, []*Proposal{&claim}, map[string]string{c.site.id: c.site.settings["links"]})
	})
}

func (s *Service) keepProposal(ctx context.Context, tx *db.Tx, orgID string, p *Proposal) error {
	p.ID = ids.New("prp")
	now := s.micros()
	by, at := "", int64(0)
	if p.Status == proposalAccepted {
		by, at = actor(ctx).ID, now
	}
	n, err := tx.Changed(ctx, `INSERT INTO carrier_proposal (org_id, id, account_id, person_id, kind, value, source, event_id, candidate_id, status, attached, decided_by, decided_at, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (org_id, person_id, kind, value) DO NOTHING`,
		orgID, p.ID, p.AccountID, p.PersonID, p.Kind, p.Value, p.Source, p.EventID, p.CandidateID, p.Status, p.attached, by, at, now)
	if err != nil || n == 0 {
		return err
	}
	facts := []timeline.Fact{p.fact(carrierevent.ProposalMade)}
	if p.Status == proposalAccepted {
		facts = append(facts, p.fact(carrierevent.ProposalAccepted))
	}
	_, err = s.log.Append(ctx, tx, orgID, facts...)
	return err
}

func (p *Proposal) fact(kind string) timeline.Fact {
	return timeline.Fact{Kind: kind, PersonID: p.PersonID, Source: "carrier", Data: carrierevent.Proposal{ProposalID: p.ID, AccountID: p.AccountID, Kind: p.Kind, Source: p.Source, CandidateID: p.CandidateID, MergeID: p.MergeID}}
}
