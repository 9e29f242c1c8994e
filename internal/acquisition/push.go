package acquisition

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/acquisition/roster"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/timeline"
)

// Telling the platform: whoever does it has the row to themselves for a while.
// Two tellings cannot hurt each other: ways have keys, and what is told is what
// the code says at that moment.
const (
	claimFor   = 2 * time.Minute
	maxBackoff = time.Hour
	maxChats   = 5 // of a join way
)

// wanted is what the platform should have of a code, by staff.
type wanted struct {
	way  way
	put  *ContactWay
	join *JoinWay
	link string // the state of a link to customer service
	hash string
}

// wants tells what the platform should have of a code. A paused code is left as
// it is: a QR on paper that leads nowhere helps nobody.
func (v *viewer) wants(c *code) (out []wanted, keep bool) {
	if c.account == "" || c.status == StatusPaused {
		return nil, true
	}
	if c.status == StatusEnded || c.expired(v.now) {
		return nil, false
	}
	add := func(staff string, w wanted, told any) {
		w.way = way{code: c.id, staff: staff, account: c.account}
		b, err := json.Marshal(told)
		if err != nil {
			panic("acquisition: a way does not marshal: " + err.Error()) // plain structs
		}
		sum := sha256.Sum256(b)
		w.hash = hex.EncodeToString(sum[:8])
		out = append(out, w)
	}
	if c.kind == CodeService {
		add("", wanted{link: c.state}, c.state)
		return out, false
	}
	if c.kind == CodeGroup {
		chats, now := v.chats(c)
		join := JoinWay{Key: c.id, State: c.state}
		for i := max(now, 0); i < len(chats) && len(join.ChatIDs) < maxChats; i++ {
			join.ChatIDs = append(join.ChatIDs, chats[i].ChatID)
		}
		if len(join.ChatIDs) > 0 {
			add("", wanted{join: &join}, join)
		}
		return out, false
	}
	contact := func(staff string, of []string) {
		key := c.id
		if staff != "" {
			key += "/" + staff
		}
		put := ContactWay{Key: key, StaffIDs: of, State: c.state, Remark: short(c.name, 25), Confirm: c.spec.Confirm}
		add(staff, wanted{put: &put}, put)
	}
	if c.mode == ModeWay {
		d := v.duty(c)
		switch {
		case len(d.On) == 0:
			return nil, true // nobody is left: the last ones stay, and health says so
		case c.spec.Strategy == roster.Weighted, c.spec.Strategy == roster.LeastLoaded, d.Spare && len(d.On) == 1:
			contact("", []string{d.Next})
		default:
			contact("", d.On)
		}
		return out, false
	}
	seen := map[string]bool{}
	for _, m := range c.spec.Members {
		if v.active(m.StaffID) && !seen[m.StaffID] {
			seen[m.StaffID] = true
			contact(m.StaffID, []string{m.StaffID})
		}
	}
	for _, id := range c.spec.Spare {
		if v.active(id) && !seen[id] {
			seen[id] = true
			contact(id, []string{id})
		}
	}
	return out, false
}

// RefreshCode tells the platform what a code says now, where it does not know
// it yet. It is safe to call at any time, twice and from several nodes.
func (s *Service) RefreshCode(ctx context.Context, orgID, codeID string) error {
	return s.refresh(ctx, orgID, []string{codeID})
}

// Push tells the platform all that a code says, also what it should know: ways
// that were deleted there are made anew.
func (s *Service) Push(ctx context.Context, codeID string) (Code, error) {
	org := orgOf(ctx)
	if err := s.db.Write(ctx, org, func(tx *db.Tx) error {
		if _, err := codeByID(ctx, tx, org, codeID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE acquisition_way SET hash = '', attempts = 0 WHERE org_id = ? AND code_id = ?", org, codeID)
		return err
	}); err != nil {
		return Code{}, err
	}
	if err := s.RefreshCode(ctx, org, codeID); err != nil {
		return Code{}, err
	}
	return s.Code(ctx, codeID)
}

// RefreshAll does so for all codes of all orgs: shifts begin and end, codes
// expire. It also tells of codes by which nobody is reached any more. Call it
// once a minute.
func (s *Service) RefreshAll(ctx context.Context) error {
	orgs, err := s.Orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, org := range orgs {
		failed = append(failed, s.refresh(ctx, org, nil), s.watch(ctx, org))
	}
	return errors.Join(failed...)
}

// refresh works on some codes, or on all with nil.
func (s *Service) refresh(ctx context.Context, orgID string, codeIDs []string) error {
	if s.Carrier == nil {
		return nil
	}
	var put []wanted
	var gone []way
	groups := map[string]bool{}
	now := s.now()
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		codes, err := codesWithAccount(ctx, tx, orgID, codeIDs)
		if err != nil || len(codes) == 0 {
			return err
		}
		v, err := s.viewer(ctx, tx, orgID, codes)
		if err != nil {
			return err
		}
		for _, c := range codes {
			wants, keep := v.wants(c)
			groups[c.id] = c.kind == CodeGroup
			for _, w := range v.ways[c.id] {
				i := slices.IndexFunc(wants, func(x wanted) bool { return x.way.staff == w.staff })
				switch {
				case i >= 0 && (w.hash == wants[i].hash || w.waits(now)):
					wants = slices.Delete(wants, i, i+1)
				case i >= 0:
					wants[i].way = w
				case !keep && !w.waits(now):
					gone = append(gone, w)
				}
			}
			put = append(put, wants...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	var failed []error
	for _, w := range put {
		failed = append(failed, s.tell(ctx, orgID, w))
	}
	for _, w := range gone {
		failed = append(failed, s.forget(ctx, orgID, w, groups[w.code]))
	}
	return errors.Join(failed...)
}

// waits reports whether somebody else is at it, or the platform refused it a
// moment ago.
func (w *way) waits(now time.Time) bool {
	if w.claim != "" && w.claimUntil > clock.Micros(now) {
		return true
	}
	if w.attempts == 0 {
		return false
	}
	pause := min(time.Minute<<min(w.attempts-1, 10), maxBackoff)
	return clock.Time(w.tried).Add(pause).After(now)
}

// claim takes a way for the caller; false when somebody else has it.
func (s *Service) claim(ctx context.Context, orgID string, w way) (token string, ok bool, err error) {
	token = ids.New("clm")
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		now := s.now()
		ok, err = claimWay(ctx, tx, orgID, w, token, clock.Micros(now), clock.Micros(now.Add(claimFor)))
		return err
	})
	return token, ok, err
}

func (s *Service) tell(ctx context.Context, orgID string, want wanted) error {
	w := want.way
	token, ok, err := s.claim(ctx, orgID, w)
	if err != nil || !ok {
		return err
	}
	var put Way
	switch {
	case want.link != "":
		put.QRURL, err = s.Carrier.PutServiceLink(ctx, orgID, w.account, want.link)
	case want.join != nil:
		want.join.ConfigID = w.config
		put, err = s.Carrier.PutJoinWay(ctx, orgID, w.account, *want.join)
	default:
		want.put.ConfigID = w.config
		put, err = s.Carrier.PutContactWay(ctx, orgID, w.account, *want.put)
	}
	cause := err
	w.tried = clock.Micros(s.now())
	if err == nil {
		w.config, w.hash, w.trouble, w.attempts = put.ConfigID, want.hash, i18n.Text{}, 0
		if put.QRURL != "" { // a way that was changed keeps its picture
			w.qr = put.QRURL
		}
	} else {
		w.attempts++
		w.trouble = trouble(err)
		s.slog.WarnContext(ctx, "a live code could not be put on its platform", "org", orgID, "code", w.code, "error", err)
	}
	// Also when the process is told to stop: the platform has it now.
	err = s.db.Write(context.WithoutCancel(ctx), orgID, func(tx *db.Tx) error { return settleWay(ctx, tx, orgID, w, token) })
	if cause != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// trouble is what people are told of a failure, each in their language.
func trouble(err error) i18n.Text {
	t := errs.As(err).Text
	return i18n.Text{ZH: short(t.ZH, 300), EN: short(t.EN, 300)}
}

func (s *Service) forget(ctx context.Context, orgID string, w way, group bool) error {
	token, ok, err := s.claim(ctx, orgID, w)
	if err != nil || !ok {
		return err
	}
	if w.config != "" {
		if group {
			err = s.Carrier.DeleteJoinWay(ctx, orgID, w.account, w.config)
		} else {
			err = s.Carrier.DeleteContactWay(ctx, orgID, w.account, w.config)
		}
	}
	w.tried = clock.Micros(s.now())
	if err != nil {
		w.attempts++
		w.trouble = trouble(err)
	}
	return s.db.Write(context.WithoutCancel(ctx), orgID, func(tx *db.Tx) error {
		if e := settleWay(ctx, tx, orgID, w, token); e != nil || err != nil {
			return e
		}
		return deleteWay(ctx, tx, orgID, w)
	})
}

// watch tells once when a code comes to reach nobody, and once when that is
// over.
func (s *Service) watch(ctx context.Context, orgID string) error {
	type change struct {
		code     *code
		was, now string
	}
	var changes []change
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		codes, err := usedCodes(ctx, tx, orgID)
		if err != nil || len(codes) == 0 {
			return err
		}
		v, err := s.viewer(ctx, tx, orgID, codes)
		if err != nil {
			return err
		}
		alerts, err := alertsOf(ctx, tx, orgID)
		for _, c := range codes {
			if now := v.blocked(c); now != alerts[c.id] {
				changes = append(changes, change{c, alerts[c.id], now})
			}
		}
		return err
	}); err != nil || len(changes) == 0 {
		return err
	}
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		for _, c := range changes {
			n, err := tx.Changed(ctx, "UPDATE acquisition_code SET alert = ? WHERE org_id = ? AND id = ? AND alert = ?", c.now, orgID, c.code.id, c.was)
			if err != nil {
				return err
			}
			if n == 0 {
				continue // another node has seen it
			}
			fact := timeline.Fact{Kind: acquisitionevent.CodeBlocked, OccurredAt: s.now(), Source: "acquisition", Data: acquisitionevent.Code{CodeID: c.code.id, Name: c.code.name, Reason: c.now}}
			if c.now == "" {
				fact.Kind = acquisitionevent.CodeCleared
			}
			if _, err := s.log.Append(ctx, tx, orgID, fact); err != nil {
				return err
			}
			s.slog.WarnContext(ctx, "what a live code reaches has changed", "org", orgID, "code", c.code.id, "blocked", c.now)
		}
		return nil
	})
}
