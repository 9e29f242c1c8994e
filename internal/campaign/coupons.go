package campaign

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// unambiguous are the characters of codes that are made here: none that people
// take for another.
const unambiguous = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// maxCodes is how many codes one call makes or brings at most.
const maxCodes = 200_000

// CouponPoolInput is a pool as it is made.
type CouponPoolInput struct {
	Name string `json:"name" minLength:"1" maxLength:"100"`
	CodesInput
}

// CodesInput are codes for a pool: so many that are made, or those of a text.
type CodesInput struct {
	Prefix string `json:"prefix,omitempty" maxLength:"12" pattern:"^[A-Za-z0-9_-]*$" doc:"Of codes that are made; of a pool that has some, theirs"`
	Length int    `json:"length,omitempty" minimum:"0" maximum:"16" doc:"Characters after the prefix, 6 to 16; 0: 10"`
	Count  int    `json:"count,omitempty" minimum:"0" maximum:"200000" doc:"How many to make"`
	Codes  string `json:"codes,omitempty" maxLength:"900000" doc:"Or codes of your own, one a line, or the first column of a CSV file"`
}

// CouponPool is a pool as it is shown.
type CouponPool struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Prefix    string    `json:"prefix"`
	Total     int64     `json:"total"`
	Taken     int64     `json:"taken" doc:"Somebody's"`
	Redeemed  int64     `json:"redeemed"`
	Left      int64     `json:"left"`
	CreatedAt time.Time `json:"created_at"`
}

// Coupon is a code.
type Coupon struct {
	Code       string     `json:"code"`
	State      string     `json:"state" enum:"free,taken,redeemed"`
	PoolID     string     `json:"pool_id"`
	PersonID   string     `json:"person_id" doc:"Who got it; empty: nobody yet"`
	PersonName string     `json:"person_name"`
	CampaignID string     `json:"campaign_id" doc:"With which"`
	TakenAt    *time.Time `json:"taken_at"`
	RedeemedAt *time.Time `json:"redeemed_at"`
	OrderID    string     `json:"order_id"`
}

var (
	errNoPool = errs.NotFound(i18n.T("这个券码池", "coupon pool"))
	errNoCode = errs.NotFound(i18n.T("这个优惠码", "coupon code"))
	codeForm  = regexp.MustCompile(`^[A-Za-z0-9_-]{4,40}$`)
)

const poolColumns = "id, name, prefix, total, taken, redeemed, created_at, length"

type poolRow struct {
	CouponPool
	length int64
}

func (p *poolRow) scan(from interface{ Scan(...any) error }) error {
	var at int64
	err := from.Scan(&p.ID, &p.Name, &p.Prefix, &p.Total, &p.Taken, &p.Redeemed, &at, &p.length)
	p.CreatedAt, p.Left = clock.Time(at), p.Total-p.Taken
	return err
}

// pool reads a pool. lock keeps others from taking of it until tx ends.
func pool(ctx context.Context, tx *db.Tx, orgID, id string, lock bool) (p poolRow, err error) {
	query := "SELECT " + poolColumns + " FROM campaign_coupon_pool WHERE org_id = ? AND id = ?"
	if lock && tx.Engine() == db.Postgres {
		query += " FOR UPDATE"
	}
	if err = p.scan(tx.QueryRow(ctx, query, orgID, id)); db.IsNoRows(err) {
		err = errNoPool
	}
	return p, err
}

// codesOf reads or makes codes. made tells that they may be made anew where one is
// taken already.
func (in *CodesInput) codesOf(have poolRow) (codes []string, made bool, err error) {
	if (in.Count > 0) == (strings.TrimSpace(in.Codes) != "") {
		return nil, false, errs.InvalidField("body.count", i18n.T("要么写生成多少个，要么给出券码", "Either how many to make, or the codes"))
	}
	if in.Count == 0 {
		codes, err = readCodes(in.Codes)
		return codes, false, err
	}
	if have.ID != "" && in.Prefix == "" && in.Length == 0 {
		in.Prefix, in.Length = have.Prefix, int(have.length)
	}
	if in.Length == 0 {
		in.Length = 10
	}
	space := 1.0
	for range in.Length {
		space *= float64(len(unambiguous))
	}
	if in.Length < 6 || space < 10_000*float64(have.Total+int64(in.Count)) {
		return nil, false, errs.InvalidField("body.length", i18n.T("太短，别人猜得到；请加长", "So short that others can guess one; make it longer"))
	}
	seen := make(map[string]bool, in.Count)
	for len(codes) < in.Count {
		if c := in.Prefix + random(in.Length); !seen[c] {
			seen[c], codes = true, append(codes, c)
		}
	}
	return codes, true, nil
}

// random draws unambiguous characters, each with the same chance.
func random(n int) string {
	out := make([]byte, 0, n)
	var b [32]byte
	for len(out) < n {
		_, _ = rand.Read(b[:]) // never fails
		for _, x := range b {
			if k := int(x) & 31; k < len(unambiguous) && len(out) < n { // 31 of 32 values: the last is drawn again
				out = append(out, unambiguous[k])
			}
		}
	}
	return string(out)
}

const wrongLines = 20 // of codes that are told

// headings are first lines that are no codes.
var headings = map[string]bool{"code": true, "codes": true, "coupon": true, "coupons": true, "券码": true, "优惠码": true, "兑换码": true}

// readCodes reads a code a line. All of it is good, or nothing is taken.
func readCodes(text string) (codes []string, err error) {
	var fields []errs.Field
	seen := map[string]int{}
	text = strings.TrimPrefix(text, "\ufeff")
	n := 0
	for line := range strings.Lines(text) {
		n++
		code := strings.TrimSpace(line)
		if i := strings.IndexAny(code, ",;\t"); i >= 0 {
			code = strings.TrimSpace(code[:i])
		}
		code = strings.Trim(code, `"'`)
		if code == "" || n == 1 && headings[strings.ToLower(code)] {
			continue
		}
		why := i18n.Text{}
		switch first := seen[code]; {
		case !codeForm.MatchString(code):
			why = i18n.T("第 %d 行：券码应为 4–40 个字母、数字、- 或 _", "Line %d: a code has 4 to 40 letters, digits, - or _", n)
		case first > 0:
			why = i18n.T("第 %d 行：和第 %d 行相同", "Line %d: the same as line %d", n, first)
		default:
			seen[code] = n
			codes = append(codes, code)
		}
		if !why.IsZero() {
			if fields = append(fields, errs.Field{Path: "body.codes", Text: why}); len(fields) == wrongLines {
				break
			}
		}
	}
	if len(codes) == 0 && len(fields) == 0 {
		fields = append(fields, errs.Field{Path: "body.codes", Text: i18n.T("里面没有券码", "There is no code in it")})
	}
	if len(codes) > maxCodes {
		fields = append(fields, errs.Field{Path: "body.codes", Text: i18n.T("一次最多 %d 个", "%d at a time at most", maxCodes)})
	}
	if len(fields) > 0 {
		return nil, errs.Invalid(i18n.T("券码有问题，没有导入", "Something is wrong with the codes; none was taken"), fields...)
	}
	return codes, nil
}

// CreatePool makes a pool with its first codes.
func (s *Service) CreatePool(ctx context.Context, in CouponPoolInput) (out CouponPool, err error) {
	a := actor(ctx)
	in.Name = strings.TrimSpace(in.Name)
	if in.Name == "" {
		return out, errs.InvalidField("body.name", i18n.T("请写名称", "A name is needed"))
	}
	codes, made, err := in.codesOf(poolRow{})
	if err != nil {
		return out, err
	}
	id := ids.New("cpl")
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "INSERT INTO campaign_coupon_pool (org_id, id, name, prefix, length, total, taken, redeemed, created_at, created_by) VALUES (?, ?, ?, ?, ?, 0, 0, 0, ?, ?)",
			a.OrgID, id, in.Name, in.Prefix, in.Length, s.micros(), a.ID); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "coupon_pool.created", "coupon_pool", id, map[string]any{"name": in.Name, "codes": len(codes)})
	})
	if err != nil {
		return out, err
	}
	return s.fill(ctx, a.OrgID, id, codes, made)
}

// AddCodes adds codes to a pool.
func (s *Service) AddCodes(ctx context.Context, id string, in CodesInput) (out CouponPool, err error) {
	a := actor(ctx)
	var have poolRow
	if err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) { have, err = pool(ctx, tx, a.OrgID, id, false); return err }); err != nil {
		return out, err
	}
	codes, made, err := in.codesOf(have)
	if err != nil {
		return out, err
	}
	if err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		return s.Auditor.Audit(ctx, tx, "coupon_pool.filled", "coupon_pool", id, map[string]any{"codes": len(codes)})
	}); err != nil {
		return out, err
	}
	return s.fill(ctx, a.OrgID, id, codes, made)
}

const fillChunk = 5000

// fill puts codes into a pool. Codes that were brought go in together or not at
// all; those that were made in chunks, and of them one that there is already is
// left out.
func (s *Service) fill(ctx context.Context, orgID, id string, codes []string, made bool) (out CouponPool, err error) {
	chunk := fillChunk
	if !made {
		chunk = len(codes)
	}
	for len(codes) > 0 {
		k := min(chunk, len(codes))
		if err = s.db.Write(ctx, orgID, func(tx *db.Tx) error { return put(ctx, tx, orgID, id, codes[:k], made) }); err != nil {
			return out, err
		}
		codes = codes[k:]
	}
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		p, err := pool(ctx, tx, orgID, id, false)
		out = p.CouponPool
		return err
	})
	return out, err
}

func put(ctx context.Context, tx *db.Tx, orgID, id string, codes []string, made bool) error {
	p, err := pool(ctx, tx, orgID, id, true)
	if err != nil {
		return err
	}
	where, arg := tx.In("code", codes)
	have, err := texts(ctx, tx, "SELECT code FROM campaign_coupon WHERE org_id = ? AND "+where+" ORDER BY code LIMIT 20", orgID, arg)
	if err != nil {
		return err
	}
	if len(have) > 0 && !made {
		var fields []errs.Field
		for _, c := range have {
			fields = append(fields, errs.Field{Path: "body.codes", Text: i18n.T("“%s”已经有了", "“%s” is there already", c)})
		}
		return errs.Invalid(i18n.T("券码有问题，没有导入", "Something is wrong with the codes; none was taken"), fields...)
	}
	fresh := codes
	if len(have) > 0 {
		gone := map[string]bool{}
		for _, c := range have {
			gone[c] = true
		}
		fresh = nil
		for _, c := range codes {
			if !gone[c] {
				fresh = append(fresh, c)
			}
		}
	}
	k := len(fresh)
	n, zero := make([]int64, k), make([]int64, k)
	for i := range n {
		n[i] = p.Total + int64(i) + 1
	}
	if _, err := tx.BulkInsert(ctx, "campaign_coupon", "", db.Same("org_id", orgID, k), db.Same("pool_id", id, k), db.Int("n", n), db.Text("code", fresh), db.Same("person_id", "", k), db.Same("campaign_id", "", k),
		db.Int("taken_at", zero), db.Int("redeemed_at", zero), db.Same("order_id", "", k)); err != nil {
		return fmt.Errorf("campaign: codes: %w", err)
	}
	_, err = tx.Exec(ctx, "UPDATE campaign_coupon_pool SET total = total + ? WHERE org_id = ? AND id = ?", k, orgID, id)
	return err
}

// takeCodes is TakeCodes for people who are named once, by person.
func (s *Service) takeCodes(ctx context.Context, tx *db.Tx, orgID, poolID, campaignID string, people []string) (map[string]string, error) {
	codes, err := s.TakeCodes(ctx, tx, orgID, poolID, campaignID, people)
	if err != nil || len(codes) == 0 {
		return nil, err
	}
	out := make(map[string]string, len(codes))
	for i, code := range codes {
		out[people[i]] = code
	}
	return out, nil
}

// TakeCodes gives each of these people a code of a pool, in the caller's
// transaction: it is theirs exactly when they are planned. The codes are in the
// order of the people; when the pool runs out the last of them get none, and a pool
// that is gone gives none at all. campaignID is what it is for: a campaign, or a
// journey.
func (s *Service) TakeCodes(ctx context.Context, tx *db.Tx, orgID, poolID, campaignID string, people []string) ([]string, error) {
	p, err := pool(ctx, tx, orgID, poolID, true)
	if errs.Is(err, errs.CodeNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	codes, err := texts(ctx, tx, "SELECT code FROM campaign_coupon WHERE org_id = ? AND pool_id = ? AND n > ? AND n <= ? ORDER BY n", orgID, poolID, p.Taken, p.Taken+int64(len(people)))
	if err != nil || len(codes) == 0 {
		return nil, err
	}
	people = people[:len(codes)]
	at := s.micros()
	if tx.Engine() == db.Postgres {
		if _, err := tx.Exec(ctx, "UPDATE campaign_coupon c SET person_id = v.person, campaign_id = ?, taken_at = ? FROM unnest(?::text[], ?::text[]) AS v(code, person) WHERE c.org_id = ? AND c.code = v.code AND c.person_id = ''",
			campaignID, at, codes, people, orgID); err != nil {
			return nil, fmt.Errorf("campaign: codes taken: %w", err)
		}
	} else {
		b, err := json.Marshal(people)
		if err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, "UPDATE campaign_coupon SET person_id = json_extract(?, '$[' || (n - ?) || ']'), campaign_id = ?, taken_at = ? WHERE org_id = ? AND pool_id = ? AND n > ? AND n <= ? AND person_id = ''",
			string(b), p.Taken+1, campaignID, at, orgID, poolID, p.Taken, p.Taken+int64(len(codes))); err != nil {
			return nil, fmt.Errorf("campaign: codes taken: %w", err)
		}
	}
	n, err := tx.Changed(ctx, "UPDATE campaign_coupon_pool SET taken = taken + ? WHERE org_id = ? AND id = ? AND taken = ?", len(codes), orgID, poolID, p.Taken)
	if err == nil && n == 0 {
		err = errMoved
	}
	return codes, err
}

// withCode puts a code beside a person's values.
func withCode(data json.RawMessage, code string) (json.RawMessage, error) {
	v, err := json.Marshal(code)
	if err != nil {
		return nil, err
	}
	out := append(json.RawMessage(`{"`+couponName+`":`), v...)
	if len(data) > 2 { // more than {}
		return append(append(out, ','), data[1:]...), nil
	}
	return append(out, '}'), nil
}

// couponName is the variable that stands for a person's code, and sampleCode what
// previews and tests show in its place.
const (
	couponName = "coupon"
	sampleCode = "SAMPLE-CODE"
)
