package carrier

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/clue"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// How a proposal stands.
const (
	proposalOpen     = "proposed"
	proposalAccepted = "accepted"
	proposalRefused  = "refused"
	proposalUndone   = "undone"
)

// Proposal is something that somebody told of themselves, and whom it may make
// them.
type Proposal struct {
	ID            string     `json:"id"`
	AccountID     string     `json:"account_id" doc:"Where it was said; empty: not over an account of ours"`
	PersonID      string     `json:"person_id" doc:"Who said it"`
	PersonName    string     `json:"person_name"`
	Kind          string     `json:"kind" enum:"phone,email,order_no,member_no,shop_id"`
	Value         string     `json:"value" doc:"What was said; masked for who lacks pool.reveal"`
	Source        string     `json:"source" enum:"message,form"`
	EventID       string     `json:"event_id" doc:"The message on the timeline; empty for a form"`
	CandidateID   string     `json:"candidate_id" doc:"Whose it is: accepting merges the two. Empty: nobody's, accepting notes it"`
	CandidateName string     `json:"candidate_name"`
	Status        string     `json:"status" enum:"proposed,accepted,refused,undone"`
	MergeID       string     `json:"merge_id" doc:"The merge that accepting made; empty: none was needed"`
	DecidedBy     string     `json:"decided_by" doc:"carrier: at once, as the account's settings say"`
	DecidedAt     *time.Time `json:"decided_at"`
	CreatedAt     time.Time  `json:"created_at"`

	attached string // the kind of identity that was noted
}

// ProposalFilter selects proposals; empty: all.
type ProposalFilter struct {
	Status   string
	PersonID string
	Before   string // the id of the last one of the page before
	Limit    int
}

const proposalColumns = "id, account_id, person_id, kind, value, source, event_id, candidate_id, status, merge_id, decided_by, decided_at, created_at, attached FROM carrier_proposal WHERE org_id = ? "

func scanProposal(row interface{ Scan(...any) error }) (p Proposal, err error) {
	var decided, created int64
	err = row.Scan(&p.ID, &p.AccountID, &p.PersonID, &p.Kind, &p.Value, &p.Source, &p.EventID, &p.CandidateID, &p.Status, &p.MergeID, &p.DecidedBy, &decided, &created, &p.attached)
	p.DecidedAt, p.CreatedAt = clock.Ptr(decided), clock.Time(created)
	return p, err
}

// Proposals lists proposals, the newest first. Who sees only their own customers
// asks about one of them.
func (s *Service) Proposals(ctx context.Context, f ProposalFilter) (out []Proposal, err error) {
	a := actor(ctx)
	if a.OwnOnly && f.PersonID == "" {
		return nil, errs.InvalidField("query.person_id", i18n.T("请指定客户", "Name a person"))
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out = nil
		tail, args := "AND (? = '' OR status = ?) AND (? = '' OR id < ?)", []any{a.OrgID, f.Status, f.Status, f.Before, f.Before}
		if f.PersonID != "" {
			members, err := s.seenMembers(ctx, tx, a.OrgID, f.PersonID)
			if err != nil {
				return err
			}
			where, arg := tx.In("person_id", members)
			tail, args = tail+" AND "+where, append(args, arg)
		}
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			p, err := scanProposal(rows)
			out = append(out, p)
			return err
		}, "SELECT "+proposalColumns+tail+" ORDER BY id DESC LIMIT ?", append(args, f.Limit)...); err != nil {
			return err
		}
		return s.dress(ctx, tx, a, out)
	})
	return out, err
}

// seenMembers are all ids of a person whom the actor may see.
func (s *Service) seenMembers(ctx context.Context, tx *db.Tx, orgID, personID string) ([]string, error) {
	canonical, members, err := s.ports.People.Members(ctx, tx, orgID, personID)
	if err != nil {
		return nil, err
	}
	if seen, err := s.ports.People.Visible(ctx, tx, orgID, canonical); err != nil {
		return nil, err
	} else if !seen {
		return nil, errs.NotFound(i18n.T("这位客户", "person"))
	}
	return members, nil
}

// dress adds names, and hides what the actor may not see: the middle of
// numbers, and who is somebody else's customer.
func (s *Service) dress(ctx context.Context, tx *db.Tx, a access.Actor, list []Proposal) error {
	var persons []string
	for _, p := range list {
		persons = append(persons, p.PersonID)
		if p.CandidateID != "" {
			persons = append(persons, p.CandidateID)
		}
	}
	names, err := s.ports.People.Names(ctx, tx, a.OrgID, persons)
	if err != nil {
		return err
	}
	for i := range list {
		p := &list[i]
		p.PersonName, p.CandidateName = names[p.PersonID], names[p.CandidateID]
		if !a.Can("pool.reveal") {
			p.Value = masked(p.Value)
		}
		if p.CandidateID == "" || !a.OwnOnly {
			continue
		}
		if seen, err := s.ports.People.Visible(ctx, tx, a.OrgID, p.CandidateID); err != nil {
			return err
		} else if !seen {
			p.CandidateName = ""
		}
	}
	return nil
}

func masked(v string) string {
	if local, domain, ok := strings.Cut(v, "@"); ok && local != "" {
		return local[:1] + "***@" + domain
	}
	if len(v) < 8 {
		return "****"
	}
	return v[:len(v)-8] + "****" + v[len(v)-4:]
}

func errNoProposal() error { return errs.NotFound(i18n.T("这条建议", "proposal")) }

var errMoved = errs.Conflict(i18n.T("这个号码现在属于别的客户了，请刷新后再看", "It belongs to somebody else by now; refresh and look again"))

// decide runs one decision about a proposal in one transaction. fn does what is
// to be done in the pool, before anything here is written: on PostgreSQL the
// pool's lock comes first.
func (s *Service) decide(ctx context.Context, id, from, to, kind string, fn func(tx *db.Tx, p *Proposal) error) (out Proposal, err error) {
	a := actor(ctx)
	if s.ports.Links == nil {
		return out, errNoProposal()
	}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		p, err := scanProposal(tx.QueryRow(ctx, "SELECT "+proposalColumns+"AND id = ?", a.OrgID, id))
		if db.IsNoRows(err) {
			return errNoProposal()
		}
		if err != nil {
			return err
		}
		if _, err := s.seenMembers(ctx, tx, a.OrgID, p.PersonID); err != nil {
			return errNoProposal()
		}
		gone := errs.Conflict(i18n.T("这条建议已经处理过了", "The proposal has been dealt with"))
		if p.Status != from {
			return gone
		}
		if err := fn(tx, &p); err != nil {
			return err
		}
		p.Status, p.DecidedBy = to, a.ID
		now := s.micros()
		p.DecidedAt = clock.Ptr(now)
		n, err := tx.Changed(ctx, "UPDATE carrier_proposal SET status = ?, attached = ?, merge_id = ?, candidate_id = ?, decided_by = ?, decided_at = ? WHERE org_id = ? AND id = ? AND status = ?",
			p.Status, p.attached, p.MergeID, p.CandidateID, p.DecidedBy, now, a.OrgID, id, from)
		if err != nil {
			return err
		}
		if n == 0 {
			return gone
		}
		if _, err := s.log.Append(ctx, tx, a.OrgID, p.fact(kind)); err != nil {
			return err
		}
		if err := s.ports.Auditor.Audit(ctx, tx, kind, "proposal", id, map[string]any{"kind": p.Kind, "person_id": p.PersonID, "merge_id": p.MergeID}); err != nil {
			return err
		}
		list := []Proposal{p}
		err = s.dress(ctx, tx, a, list)
		out = list[0]
		return err
	})
	return out, err
}

// AcceptProposal ties what was said to who said it: it notes the identity, or
// merges the two persons when somebody else has it.
func (s *Service) AcceptProposal(ctx context.Context, id string) (Proposal, error) {
	a := actor(ctx)
	moved := ""
	out, err := s.decide(ctx, id, proposalOpen, proposalAccepted, carrierevent.ProposalAccepted, func(tx *db.Tx, p *Proposal) error {
		person, candidate, err := s.whose(ctx, tx, a.OrgID, p)
		if err != nil {
			return err
		}
		shown := ""
		if p.CandidateID != "" {
			if shown, _, err = s.ports.People.Members(ctx, tx, a.OrgID, p.CandidateID); err != nil {
				return err
			}
		}
		kind := identityOf(p.Kind)
		switch {
		case candidate == person && candidate != "": // one by now, in another way
			return nil
		case candidate != shown:
			moved = candidate
			return errMoved
		case candidate != "":
			if !a.Can("pool.merge") {
				return errs.Forbidden(i18n.T("这会合并两位客户，你的角色没有合并的权限", "This merges two people, which your role may not"))
			}
			p.MergeID, err = s.ports.Links.Merge(ctx, tx, a.OrgID, person, candidate, reasons[p.Kind].In(i18n.From(ctx)))
			return err
		case kind == "":
			return errs.Conflict(i18n.T("找不到这个号码的客户了", "Nobody is known by it any more"))
		}
		p.attached = kind
		return s.ports.Links.Attach(ctx, tx, a.OrgID, person, Identity{kind, p.Value})
	})
	if errors.Is(err, errMoved) {
		return out, s.shift(ctx, a.OrgID, id, moved)
	}
	return out, err
}

// shift notes that a value has become somebody else's, so that the next look
// shows whose, and says so.
func (s *Service) shift(ctx context.Context, orgID, id, candidate string) error {
	if err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE carrier_proposal SET candidate_id = ? WHERE org_id = ? AND id = ? AND status = 'proposed'", candidate, orgID, id)
		return err
	}); err != nil {
		return err
	}
	return errMoved
}

var reasons = map[string]i18n.Text{
	clue.Phone: i18n.T("客户在聊天中说出了手机号", "Told the phone number in a chat"), clue.Email: i18n.T("客户在聊天中说出了邮箱", "Told the e-mail address in a chat"),
	clue.Order: i18n.T("客户在聊天中说出了订单号", "Told the order number in a chat"), clue.Member: i18n.T("客户在聊天中说出了会员号", "Told the member number in a chat"),
	clue.Shop: i18n.T("客户在聊天中说出了店铺里的名字", "Told the name in a shop in a chat"),
}

// RefuseProposal says that it is not so. The same is not proposed again.
func (s *Service) RefuseProposal(ctx context.Context, id string) (Proposal, error) {
	return s.decide(ctx, id, proposalOpen, proposalRefused, carrierevent.ProposalRefused, func(*db.Tx, *Proposal) error { return nil })
}

// UndoProposal takes back what accepting did, exactly.
func (s *Service) UndoProposal(ctx context.Context, id string) (Proposal, error) {
	a := actor(ctx)
	return s.decide(ctx, id, proposalAccepted, proposalUndone, carrierevent.ProposalUndone, func(tx *db.Tx, p *Proposal) error {
		if p.MergeID != "" {
			if !a.Can("pool.merge") {
				return errs.Forbidden(i18n.T("这会拆分两位客户，你的角色没有拆分的权限", "This splits two people, which your role may not"))
			}
			return s.ports.Links.Split(ctx, tx, a.OrgID, p.MergeID)
		}
		if p.attached == "" {
			return nil
		}
		err := s.ports.Links.Detach(ctx, tx, a.OrgID, p.PersonID, Identity{p.attached, p.Value})
		if errs.Is(err, errs.CodeNotFound) { // somebody was faster
			return nil
		}
		return err
	})
}
