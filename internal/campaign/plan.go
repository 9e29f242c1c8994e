package campaign

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/killpoint"
)

// errMoved ends a planner whose campaign was cancelled, or goes on elsewhere.
var errMoved = errors.New("campaign: somebody else is at it")

// Plan fixes the people of a campaign whose time has come, hands them to the
// outbox in chunks, and lets it begin. It may be called again at any time, also
// after it died half way, and by several nodes: each chunk is taken by one.
func (s *Service) Plan(ctx context.Context, orgID, id string) error {
	ctx = access.With(ctx, access.ForSystem(orgID, "campaign"))
	r, set, err := s.plannable(ctx, orgID, id)
	if err != nil || r == nil {
		return err
	}
	if r.frozen == 0 {
		if err := s.freeze(ctx, orgID, r, set); err != nil || r.frozen == 0 {
			return err
		}
		killpoint.Here("campaign.frozen")
	}
	members, err := s.frozen(ctx, orgID, id)
	if err != nil {
		return err
	}
	p := &planner{Service: s, orgID: orgID, row: r, set: set, cells: r.opt.cells()}
	if err := p.prepare(ctx); err != nil {
		return err
	}
	if err := p.openQuarter(ctx); err != nil {
		return err
	}
	it := members.Iterator()
	it.AdvanceIfNeeded(uint32(r.plannedSeq))
	reading, stop := context.WithCancel(ctx)
	chunks := p.ahead(reading, it)
	defer func() {
		stop()
		for range chunks { // until it has ended
			continue
		}
	}()
	for c := range chunks {
		err := c.err
		if err == nil {
			err = p.step(ctx, c)
		}
		if err == nil && s.planned != nil {
			err = s.planned()
		}
		killpoint.Here("campaign.planned")
		if errors.Is(err, errMoved) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil { // they were not all read
		return err
	}
	return s.release(ctx, orgID, r)
}

// plannable is a campaign that is to be planned now; nil when it is not.
func (s *Service) plannable(ctx context.Context, orgID, id string) (r *row, set Settings, err error) {
	var zone *time.Location
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		if set, err = settingsOf(ctx, tx, orgID); err != nil {
			return err
		}
		org, err := s.Orgs.Settings(ctx, tx, orgID)
		if err != nil {
			return err
		}
		zone = org.Zone
		r, err = load(ctx, tx, orgID, id)
		return err
	})
	if errs.Is(err, errs.CodeNotFound) {
		return nil, set, nil // withdrawn and thrown away
	}
	if err != nil || r.status != Planned || r.frozen == 0 && s.begins(r, zone).After(s.now().Add(time.Second)) {
		return nil, set, err
	}
	return r, set, nil
}

// freeze fixes the campaign's people as they are now. Who has not approved more
// people than one may decide is asked once more.
func (s *Service) freeze(ctx context.Context, orgID string, r *row, set Settings) error {
	members, _, err := s.Audience.Members(ctx, orgID, r.segment)
	why := ""
	switch {
	case errs.Is(err, errs.CodeNotFound):
		why = WhySegment
	case err != nil:
		return err
	case members.IsEmpty():
		why = WhyNobody
	}
	var stored string
	if why == "" {
		members.RunOptimize()
		var b bytes.Buffer
		if _, err := members.WriteTo(&b); err != nil {
			return fmt.Errorf("campaign: freeze: %w", err)
		}
		stored = base64.StdEncoding.EncodeToString(b.Bytes())
	}
	now := s.now()
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		r.frozen = 0
		if why != "" {
			_, err := s.turn(ctx, tx, orgID, r.id, Cancelled, []string{Planned}, "why = ?, finished_at = ?", why, clock.Micros(now))
			return err
		}
		people := int64(members.GetCardinality())
		if people > r.mayReach(set) {
			_, err := s.turn(ctx, tx, orgID, r.id, Awaiting, []string{Planned}, "why = ?, people = ?", WhyGrew, people)
			return err
		}
		n, err := tx.Changed(ctx, "UPDATE campaign_campaign SET frozen_at = ?, people = ?, changed_at = ?, secret = ?, code = ? WHERE org_id = ? AND id = ? AND status = 'planned' AND frozen_at = 0",
			clock.Micros(now), people, clock.Micros(now), ids.Token(), newCode(), orgID, r.id)
		if err != nil || n == 0 {
			return err // n == 0: another node has, and goes on
		}
		if _, err := tx.Exec(ctx, "INSERT INTO campaign_frozen (org_id, campaign_id, members) VALUES (?, ?, ?)", orgID, r.id, stored); err != nil {
			return fmt.Errorf("campaign: freeze: %w", err)
		}
		if err := freezeLinks(ctx, tx, orgID, r); err != nil {
			return err
		}
		for _, plan := range r.plans() {
			p := Plan{ID: plan, OrgID: orgID, OriginID: r.id, Purpose: r.purpose, Title: r.name, StartAt: now, PerMinute: int(r.perMinute)}
			if IsRest(plan) { // their week begins when the test ends
				p.EndAt = now.Add(time.Duration(r.opt.Winner.AfterHours)*time.Hour).AddDate(0, 0, 8)
			}
			if err := s.Outbox.CreatePlan(ctx, tx, p); err != nil {
				return err
			}
		}
		r.frozen, r.people = clock.Micros(now), people
		return nil
	})
}

// mayReach is how many people a campaign may go to without being approved first,
// or anew.
func (r *row) mayReach(set Settings) int64 {
	switch {
	case r.approvedBy == "" && r.allowed > 0:
		return min(r.allowed, int64(set.ApproveOver))
	case r.approvedBy == "":
		return int64(set.ApproveOver)
	case r.allowed > 0:
		return r.allowed
	}
	return math.MaxInt64
}

func (s *Service) frozen(ctx context.Context, orgID, id string) (*roaring.Bitmap, error) {
	var stored string
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, "SELECT members FROM campaign_frozen WHERE org_id = ? AND campaign_id = ?", orgID, id).Scan(&stored)
	})
	if err != nil {
		return nil, fmt.Errorf("campaign: its people: %w", err)
	}
	b, err := base64.StdEncoding.DecodeString(stored)
	if err != nil {
		return nil, fmt.Errorf("campaign: its people: %w", err)
	}
	members := roaring.New()
	if _, err := members.FromBuffer(b); err != nil {
		return nil, fmt.Errorf("campaign: its people: %w", err)
	}
	return members, nil
}

// planner plans one campaign.
type planner struct {
	*Service
	orgID string
	row   *row
	set   Settings

	org      OrgSettings
	accounts []Account
	content  *content
	cells    []cell
}

func (p *planner) prepare(ctx context.Context) (err error) {
	return p.db.Read(ctx, p.orgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, p.orgID, p.row.id) // as it was frozen, perhaps by another
		if err != nil {
			return err
		}
		links, err := targetsOf(ctx, tx, p.orgID, r.id)
		if err != nil {
			return err
		}
		if p.content, err = newContent(r, links); err != nil {
			return err
		}
		if p.org, err = p.Orgs.Settings(ctx, tx, p.orgID); err != nil {
			return err
		}
		p.accounts, err = p.chosen(ctx, tx, p.orgID, p.row)
		return err
	})
}

// one is a person who is being planned.
type one struct {
	Person
	addresses []Address
	draw      uint64
	variant   string
	arm       string // of several variants, the one they were dealt
	tested    bool   // they get it whatever the test finds
}

// chunk are people as they are when they are read, up to a number.
type chunk struct {
	people []one
	last   uint32
	err    error
}

// ahead reads the next people while the last ones are written.
func (p *planner) ahead(ctx context.Context, it roaring.IntPeekable) <-chan chunk {
	out := make(chan chunk, 1)
	go func() {
		defer close(out)
		for it.HasNext() && ctx.Err() == nil {
			seqs := make([]uint32, 0, p.chunk)
			for it.HasNext() && len(seqs) < p.chunk {
				seqs = append(seqs, it.Next())
			}
			c := chunk{last: seqs[len(seqs)-1]}
			c.err = p.db.Read(ctx, p.orgID, func(tx *db.Tx) (err error) {
				c.people, err = p.read(ctx, tx, p.orgID, seqs, p.accounts, p.content)
				return err
			})
			select {
			case out <- c:
			case <-ctx.Done():
			}
			if c.err != nil {
				return
			}
		}
	}()
	return out
}

// step plans the people of a chunk.
func (p *planner) step(ctx context.Context, c chunk) error {
	people := c.people
	carry := map[string]int64{}
	if err := json.Unmarshal([]byte(p.row.carry), &carry); err != nil {
		return fmt.Errorf("campaign: hold-outs so far: %w", err)
	}
	n := p.assign(people, carry)
	carried, err := json.Marshal(carry)
	if err != nil {
		return err
	}
	var now, later []Recipient
	var coupons []string // who gets one
	for i := range people {
		o := &people[i]
		r, err := p.content.recipient(o, p.org)
		if err != nil {
			return err
		}
		if p.content.pool != "" && o.variant == Treated {
			coupons = append(coupons, o.ID)
		}
		if p.row.opt.Winner != nil && o.variant == Treated && !o.tested {
			later = append(later, r)
		} else {
			now = append(now, r)
		}
	}
	kept, next := rememberedOf(people), int64(c.last)+1
	err = p.db.Write(ctx, p.orgID, func(tx *db.Tx) error {
		moved, err := tx.Changed(ctx, `UPDATE campaign_campaign SET planned_seq = ?, treated = treated + ?, held_out = held_out + ?, global_out = global_out + ?, unreachable = unreachable + ?, tested = tested + ?, carry = ?
			WHERE org_id = ? AND id = ? AND status = 'planned' AND planned_seq = ?`, next, n[Treated], n[Holdout], n[Global], n[""], n[tested], string(carried), p.orgID, p.row.id, p.row.plannedSeq)
		if err != nil {
			return err
		}
		if moved == 0 {
			return errMoved
		}
		if err := p.remember(ctx, tx, kept); err != nil {
			return err
		}
		codes, err := p.codes(ctx, tx, coupons)
		if err != nil {
			return err
		}
		for _, to := range []struct {
			plan string
			all  []Recipient
		}{{p.row.id, now}, {restID(p.row.id), later}} {
			if len(to.all) == 0 {
				continue
			}
			all, err := coded(to.all, codes)
			if err != nil {
				return err
			}
			if err := p.Outbox.Add(ctx, tx, p.orgID, to.plan, all); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.row.plannedSeq, p.row.carry = next, string(carried)
	return nil
}

// codes takes coupon codes for those of a chunk who are to get one.
func (p *planner) codes(ctx context.Context, tx *db.Tx, people []string) (map[string]string, error) {
	if len(people) == 0 {
		return nil, nil
	}
	return p.takeCodes(ctx, tx, p.orgID, p.content.pool, p.row.id, people)
}

// coded are the recipients with their codes. The argument stays as it is: the
// transaction may run again.
func coded(all []Recipient, codes map[string]string) ([]Recipient, error) {
	if len(codes) == 0 {
		return all, nil
	}
	out := slices.Clone(all)
	for i, r := range out {
		code, ok := codes[r.PersonID]
		if !ok {
			continue
		}
		var err error
		if out[i].Data, err = withCode(r.Data, code); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// read fetches people with the ways to them.
func (s *Service) read(ctx context.Context, tx *db.Tx, orgID string, seqs []uint32, accounts []Account, c *content) ([]one, error) {
	found, err := s.Audience.Persons(ctx, tx, orgID, seqs, c.traits, c.region)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = f.ID
	}
	addresses, err := s.Accounts.Addresses(ctx, tx, orgID, accounts, ids)
	if err != nil {
		return nil, err
	}
	people := make([]one, len(found))
	for i, f := range found {
		people[i] = one{Person: f, addresses: addresses[f.ID]}
	}
	if c.route == RoutePreferred {
		return people, s.prefer(ctx, tx, orgID, people)
	}
	return people, nil
}

// remembered are the people of a chunk who are in a group, in columns.
type remembered struct {
	id, variant, arm      []string
	orders, minor, placed []int64
}

func rememberedOf(people []one) *remembered {
	m := &remembered{}
	for _, o := range people {
		if o.variant == "" {
			continue
		}
		m.id, m.variant, m.orders, m.minor = append(m.id, o.ID), append(m.variant, o.variant), append(m.orders, o.Orders), append(m.minor, o.GMVMinor)
		m.arm, m.placed = append(m.arm, o.arm), append(m.placed, 0)
		if o.tested {
			m.placed[len(m.placed)-1] = 1
		}
	}
	return m
}

// remember keeps who is in which group, with what they did before.
func (p *planner) remember(ctx context.Context, tx *db.Tx, m *remembered) error {
	k := len(m.id)
	if k == 0 {
		return nil
	}
	zero := make([]int64, k)
	if _, err := tx.BulkInsert(ctx, "campaign_person", "ON CONFLICT (org_id, campaign_id, person_id) DO NOTHING", db.Same("org_id", p.orgID, k), db.Same("campaign_id", p.row.id, k), db.Text("person_id", m.id), db.Text("variant", m.variant),
		db.Int("before_orders", m.orders), db.Int("before_minor", m.minor), db.Int("visits", zero), db.Int("orders", zero), db.Int("spent_minor", zero), db.Int("mixed", zero),
		db.Text("arm", m.arm), db.Int("tested", m.placed)); err != nil {
		return err
	}
	return p.enrol(ctx, tx, m)
}

// release lets the outbox begin once all are planned.
func (s *Service) release(ctx context.Context, orgID string, r *row) error {
	now := s.now()
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		until := now.AddDate(0, 0, int(r.measureDays))
		var decide int64
		if w := r.opt.Winner; w != nil {
			end := now.Add(time.Duration(w.AfterHours) * time.Hour)
			decide, until = clock.Micros(end), end.AddDate(0, 0, int(r.measureDays))
		}
		ok, err := s.turn(ctx, tx, orgID, r.id, Sending, []string{Planned}, "measure_from = ?, measure_to = ?, decide_at = ?", clock.Micros(now), clock.Micros(until), decide)
		if err != nil || !ok {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM campaign_frozen WHERE org_id = ? AND campaign_id = ?", orgID, r.id); err != nil {
			return err
		}
		return s.Outbox.Start(ctx, tx, orgID, r.id)
	})
}

// texts reads one column of texts.
func texts(ctx context.Context, tx *db.Tx, query string, args ...any) ([]string, error) {
	return db.All(ctx, tx, func(r *sql.Rows, s *string) error { return r.Scan(s) }, query, args...)
}
