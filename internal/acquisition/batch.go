package acquisition

import (
	"context"
	"database/sql"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/plaintext"
)

// How often a printed card can be redeemed.
const (
	CardSingle   = "single"    // each card once
	CardPerOrder = "per_order" // each order number once, whichever card of the batch it comes with
	CardStore    = "store"     // stays at the till: each customer once, as often as the reward's limits say
)

// BatchSpec is what the cards of a batch show.
type BatchSpec struct {
	Title    string `json:"title" minLength:"1" maxLength:"60"`
	Text     string `json:"text,omitempty" maxLength:"1000" doc:"May reward a scan, a registration or feedback; a text that asks for a good review is refused"`
	CodeID   string `json:"code_id,omitempty" maxLength:"64" doc:"The live code that the page offers"`
	Target   string `json:"target,omitempty" maxLength:"2048" doc:"Or an address that it leads to"`
	RewardID string `json:"reward_id,omitempty" maxLength:"64" doc:"For scanned, for friend_added with a live code, or for order_proven with the mode per_order; empty: no reward"`
}

// Batch is a number of printed cards.
type Batch struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	ChannelID   string    `json:"channel_id"`
	ChannelPath []string  `json:"channel_path" nullable:"false"`
	Mode        string    `json:"mode" enum:"single,per_order,store"`
	Cards       int64     `json:"cards"`
	Status      string    `json:"status" enum:"active,ended"`
	Spec        BatchSpec `json:"spec"`
	Views       int64     `json:"views" doc:"Scans"`
	Claims      int64     `json:"claims" doc:"Redeemed, with those whose condition is not met yet"`
	RewardTitle string    `json:"reward_title" doc:"Of its reward"`
	Version     int64     `json:"version"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// BatchInput makes a batch.
type BatchInput struct {
	Name      string    `json:"name" minLength:"1" maxLength:"60"`
	ChannelID string    `json:"channel_id,omitempty" maxLength:"64"`
	Mode      string    `json:"mode,omitempty" enum:"single,per_order,store" default:"single" doc:"single: each card is redeemed once; per_order: each order number; store: a code that stays in a shop, redeemed by everybody once"`
	Cards     int64     `json:"cards" minimum:"1" maximum:"20000" doc:"How many different cards; with per_order one is enough, as the same can be printed for every parcel. Of a store one for each till"`
	Spec      BatchSpec `json:"spec"`
}

// BatchPatch changes a batch; nil stays. What is printed keeps its code.
type BatchPatch struct {
	Name      *string    `json:"name,omitempty" minLength:"1" maxLength:"60"`
	ChannelID *string    `json:"channel_id,omitempty" maxLength:"64"`
	Status    *string    `json:"status,omitempty" enum:"active,ended"`
	Spec      *BatchSpec `json:"spec,omitempty"`
	Version   int64      `json:"version,omitempty"`
}

// Card is one printed card.
type Card struct {
	Serial    int64      `json:"serial"`
	Code      string     `json:"code"`
	URL       string     `json:"url"`
	Scans     int64      `json:"scans"`
	Voided    bool       `json:"voided"`
	ClaimedAt *time.Time `json:"claimed_at" doc:"Of a single card"`
	Receipt   string     `json:"receipt"`
}

// batch is a row of acquisition_batch.
type batch struct {
	org, id, name, channel, mode, status string
	cards, version, created, updated     int64
	spec                                 BatchSpec
}

const batchColumns = "org_id, id, name, channel_id, mode, cards, status, spec, version, created_at, updated_at"

var noSuchBatch = errs.NotFound(i18n.T("这批卡片", "batch of cards"))

func (b *batch) scan(row interface{ Scan(...any) error }) error {
	var spec string
	err := row.Scan(&b.org, &b.id, &b.name, &b.channel, &b.mode, &b.cards, &b.status, &spec, &b.version, &b.created, &b.updated)
	if err == nil {
		err = json.Unmarshal([]byte(spec), &b.spec)
	}
	return err
}

func batchByID(ctx context.Context, tx *db.Tx, orgID, id string) (*batch, error) {
	b := &batch{}
	err := b.scan(tx.QueryRow(ctx, "SELECT "+batchColumns+" FROM acquisition_batch WHERE org_id = ? AND id = ?", orgID, id))
	if db.IsNoRows(err) {
		return nil, noSuchBatch
	}
	return b, err
}

func (s *Service) checkBatch(ctx context.Context, tx *db.Tx, b *batch) error {
	v := &verdict{}
	v.need("body.name", b.name)
	sp := &b.spec
	sp.Title, sp.Text = line(sp.Title), plaintext.Tidy(sp.Text)
	v.need("body.spec.title", sp.Title)
	v.neutral("body.spec.title", sp.Title, sp.RewardID != "")
	v.neutral("body.spec.text", sp.Text, sp.RewardID != "")
	r, err := s.checkReward(ctx, tx, b.org, v, "body.spec.reward_id", sp.RewardID, ForScan, ForFriend, ForOrder)
	if err != nil {
		return err
	}
	switch {
	case r == nil:
	case r.condition == ForFriend && sp.CodeID == "":
		v.add("body.spec.code_id", i18n.T("奖励条件是添加好友，请选择活码", "the reward is for a new friend: choose a live code"))
	case r.condition == ForOrder && b.mode != CardPerOrder:
		v.add("body.spec.reward_id", i18n.T("核对订单号的奖励只能用于按订单领取的卡片", "a reward for an order number goes with the mode per_order"))
	}
	switch {
	case sp.CodeID != "" && sp.Target != "":
		v.add("body.spec.target", i18n.T("活码和网址只能选一个", "choose either a live code or an address"))
	case sp.CodeID == "" && sp.Target == "":
		v.add("body.spec.code_id", i18n.T("请选择扫码后展示的活码，或填写网址", "choose the live code that the page offers, or an address"))
	case sp.Target != "":
		v.web("body.spec.target", sp.Target, true)
	}
	if err := s.checkCodeOf(ctx, tx, b.org, v, sp.CodeID); err != nil {
		return err
	}
	if err := s.checkPlaces(ctx, tx, b.org, v, b.channel, "", false); err != nil {
		return err
	}
	return v.err()
}

// CreateBatch makes a batch and its cards.
func (s *Service) CreateBatch(ctx context.Context, in BatchInput) (out Batch, err error) {
	org, now := orgOf(ctx), clock.Micros(s.now())
	b := &batch{org: org, id: ids.New("bat"), name: line(in.Name), channel: in.ChannelID, mode: in.Mode, cards: in.Cards, status: StatusActive, spec: in.Spec, version: 1, created: now, updated: now}
	if b.mode == "" {
		b.mode = CardSingle
	}
	serial, codes := make([]int64, in.Cards), make([]string, in.Cards)
	for i := range serial {
		serial[i], codes[i] = int64(i+1), slug()
	}
	zero := make([]int64, in.Cards)
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		if err := s.checkBatch(ctx, tx, b); err != nil {
			return err
		}
		spec, err := json.Marshal(b.spec)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "INSERT INTO acquisition_batch ("+batchColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", b.org, b.id, b.name, b.channel, b.mode, b.cards, b.status, string(spec),
			b.version, b.created, b.updated); err != nil {
			return err
		}
		if _, err := tx.BulkInsert(ctx, "acquisition_card", "", db.Same("org_id", org, len(serial)), db.Same("batch_id", b.id, len(serial)), db.Int("serial", serial),
			db.Text("code", codes), db.Int("scans", zero), db.Int("voided", zero)); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, "cards.created", "batch", b.id, map[string]any{"name": b.name, "cards": b.cards}); err != nil {
			return err
		}
		out, err = s.showBatch(ctx, tx, b)
		return err
	})
	return out, err
}

// UpdateBatch changes a batch.
func (s *Service) UpdateBatch(ctx context.Context, id string, p BatchPatch) (out Batch, err error) {
	org := orgOf(ctx)
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		b, err := batchByID(ctx, tx, org, id)
		if err != nil {
			return err
		}
		if p.Version != 0 && p.Version != b.version {
			return moved
		}
		set(&b.channel, p.ChannelID)
		set(&b.status, p.Status)
		if p.Name != nil {
			b.name = line(*p.Name)
		}
		if p.Spec != nil {
			b.spec = *p.Spec
		}
		if err := s.checkBatch(ctx, tx, b); err != nil {
			return err
		}
		spec, err := json.Marshal(b.spec)
		if err != nil {
			return err
		}
		b.updated = clock.Micros(s.now())
		n, err := tx.Changed(ctx, "UPDATE acquisition_batch SET name = ?, channel_id = ?, status = ?, spec = ?, version = version + 1, updated_at = ? WHERE org_id = ? AND id = ? AND version = ?",
			b.name, b.channel, b.status, string(spec), b.updated, org, id, b.version)
		if err != nil {
			return err
		}
		if n == 0 {
			return moved
		}
		b.version++
		if err := s.Auditor.Audit(ctx, tx, "cards.updated", "batch", id, map[string]any{"name": b.name, "status": b.status}); err != nil {
			return err
		}
		out, err = s.showBatch(ctx, tx, b)
		return err
	})
	return out, err
}

func (s *Service) showBatch(ctx context.Context, tx *db.Tx, b *batch) (Batch, error) {
	all, err := s.showBatches(ctx, tx, b.org, []*batch{b})
	if err != nil {
		return Batch{}, err
	}
	return all[0], nil
}

func (s *Service) showBatches(ctx context.Context, tx *db.Tx, orgID string, all []*batch) (out []Batch, err error) {
	t, err := treeOf(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, b := range all {
		list = append(list, b.id)
	}
	views, err := hitsBy(ctx, tx, orgID, list)
	if err != nil {
		return nil, err
	}
	claims := map[string]int64{}
	where, arg := tx.In("thing", list)
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var n int64
		err := rows.Scan(&id, &n)
		claims[id] = n
		return err
	}, "SELECT thing, count(*) FROM acquisition_claim WHERE org_id = ? AND status <> 'lapsed' AND "+where+" GROUP BY thing", orgID, arg); err != nil {
		return nil, err
	}
	titles, err := rewardTitles(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		out = append(out, Batch{ID: b.id, Name: b.name, ChannelID: b.channel, ChannelPath: t.path(b.channel), Mode: b.mode, Cards: b.cards, Status: b.status, Spec: b.spec,
			Views: views[b.id], Claims: claims[b.id], RewardTitle: titles[b.spec.RewardID], Version: b.version, CreatedAt: clock.Time(b.created), UpdatedAt: clock.Time(b.updated)})
	}
	return out, nil
}

// Batches lists batches, the newest first.
func (s *Service) Batches(ctx context.Context, filter ThingFilter, after string, limit int) (out []Batch, more bool, total int64, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		where, args, err := filter.where(ctx, tx, org, false)
		if err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM acquisition_batch WHERE org_id = ? AND "+where, append([]any{org}, args...)...).Scan(&total); err != nil {
			return err
		}
		if after != "" {
			where, args = where+" AND id < ?", append(args, after)
		}
		var all []*batch
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			b := &batch{}
			all = append(all, b)
			return b.scan(rows)
		}, "SELECT "+batchColumns+" FROM acquisition_batch WHERE "+where+" ORDER BY id DESC LIMIT ?", append(args, limit+1)...); err != nil {
			return err
		}
		if more = len(all) > limit; more {
			all = all[:limit]
		}
		out, err = s.showBatches(ctx, tx, org, all)
		return err
	})
	return out, more, total, err
}

// Cards lists the cards of a batch in the order of their serial numbers, from
// behind after.
func (s *Service) Cards(ctx context.Context, batchID string, after int64, limit int) (out []Card, total int64, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		b, err := batchByID(ctx, tx, org, batchID)
		if err != nil {
			return err
		}
		total = b.cards
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var c Card
			var voided, at int64
			err := rows.Scan(&c.Serial, &c.Code, &c.Scans, &voided, &at, &c.Receipt)
			c.URL, c.Voided, c.ClaimedAt = s.config.BaseURL+"/c/"+c.Code, voided == 1, clock.Ptr(at)
			out = append(out, c)
			return err
		}, `SELECT c.serial, c.code, c.scans, c.voided, COALESCE(m.at, 0), COALESCE(m.receipt, '') FROM acquisition_card c
			LEFT JOIN acquisition_claim m ON m.org_id = c.org_id AND m.thing = c.batch_id AND m.what = c.code
			WHERE c.org_id = ? AND c.batch_id = ? AND c.serial > ? ORDER BY c.serial LIMIT ?`, org, batchID, after, limit)
	})
	return out, total, err
}

// VoidCard takes a card out of use, or back into it.
func (s *Service) VoidCard(ctx context.Context, batchID string, serial int64, voided bool) error {
	org := orgOf(ctx)
	return s.db.Write(ctx, org, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, "UPDATE acquisition_card SET voided = ? WHERE org_id = ? AND batch_id = ? AND serial = ?", db.Bit(voided), org, batchID, serial)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.NotFound(i18n.T("这张卡片", "card"))
		}
		return s.Auditor.Audit(ctx, tx, "card.voided", "batch", batchID, map[string]any{"serial": serial, "voided": voided})
	})
}

// printed is a card as its page needs it.
type printed struct {
	*batch
	code   string
	serial int64
	voided bool
	reward *reward // nil: none
	claim  *claim  // this visitor's latest; nil: none
	taken  bool    // somebody else has claimed a single card
}

func (s *Service) printed(ctx context.Context, tx *db.Tx, cardCode, visitor string) (*printed, error) {
	p := &printed{code: cardCode}
	var org, batchID string
	var voided int64
	err := tx.QueryRow(ctx, "SELECT org_id, batch_id, serial, voided FROM acquisition_card WHERE code = ?", cardCode).Scan(&org, &batchID, &p.serial, &voided)
	if db.IsNoRows(err) {
		return nil, noSuchBatch
	}
	if err != nil {
		return nil, err
	}
	p.voided = voided == 1
	if p.batch, err = batchByID(ctx, tx, org, batchID); err != nil || p.spec.RewardID == "" {
		return p, err
	}
	if p.reward, err = rewardByID(ctx, tx, org, p.spec.RewardID); err != nil {
		return nil, err
	}
	if visitor != "" {
		mine, err := claimsWhere(ctx, tx, org, "visitor = ? AND thing = ? AND (what = ? OR ? <> ?) AND status <> 'lapsed' ORDER BY id DESC LIMIT 1", visitor, batchID, cardCode, p.mode, CardSingle)
		if err != nil {
			return nil, err
		}
		if len(mine) > 0 {
			p.claim = mine[0]
			return p, nil
		}
	}
	if p.mode == CardSingle {
		others, err := claimsWhere(ctx, tx, org, "thing = ? AND what = ?", batchID, cardCode)
		p.taken = len(others) > 0
		return p, err
	}
	return p, nil
}

var (
	orderForm = regexp.MustCompile(`^[A-Z0-9][A-Z0-9_-]{3,39}$`)
	badOrder  = errs.InvalidField("order_no", i18n.T("请填写订单号：4–40 个字母、数字、- 或 _", "Write the order number: 4–40 letters, digits, - or _"))
)

// claimCard redeems a card once. Who has done so already and sends it again
// gets the same receipt.
func (s *Service) claimCard(ctx context.Context, p *printed, visitor, orderNo string) (made *claim, err error) {
	c := claim{reward: p.reward.id, thing: p.id, what: p.code, card: p.code, code: p.spec.CodeID, visitor: visitor}
	switch p.mode {
	case CardPerOrder:
		c.order = strings.ToUpper(line(orderNo))
		if c.what = c.order; !orderForm.MatchString(c.what) {
			return nil, badOrder
		}
	case CardStore:
		if c.what = visitor; visitor == "" {
			return nil, nobodyThen
		}
	}
	err = s.db.Write(ctx, p.org, func(tx *db.Tx) error {
		var voided int64
		if err := tx.QueryRow(ctx, "SELECT voided FROM acquisition_card WHERE org_id = ? AND batch_id = ? AND serial = ?", p.org, p.id, p.serial).Scan(&voided); err != nil {
			return err
		}
		if voided == 1 {
			return claimed
		}
		made, _, err = s.claimReward(ctx, tx, p.org, c, s.now())
		return err
	})
	return made, err
}
