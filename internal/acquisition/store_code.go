package acquisition

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

const codeColumns = "id, kind, mode, name, channel_id, account_id, staff_id, state, slug, status, spec, last_staff, version, created_at, updated_at"

func (c *code) scan(row interface{ Scan(...any) error }) error {
	var spec string
	err := row.Scan(&c.id, &c.kind, &c.mode, &c.name, &c.channel, &c.account, &c.staff, &c.state, &c.slug, &c.status, &spec, &c.last, &c.version, &c.created, &c.updated)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(spec), &c.spec); err != nil {
		return fmt.Errorf("acquisition: code %s: %w", c.id, err)
	}
	return nil
}

func insertCode(ctx context.Context, tx *db.Tx, orgID string, c *code) error {
	spec, err := json.Marshal(c.spec)
	if err != nil {
		return err
	}
	n, err := tx.Changed(ctx, "INSERT INTO acquisition_code (org_id, "+codeColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (org_id, state) DO NOTHING`, orgID, c.id, c.kind, c.mode, c.name, c.channel, c.account, c.staff, c.state, c.slug, c.status, string(spec), c.last,
		c.version, c.created, c.updated)
	if err == nil && n == 0 {
		return errs.InvalidField("body.state", i18n.T("这个 state 已被另一个活码使用", "another code has this state"))
	}
	return err
}

// updateCode writes a code if it still has the version was.
func updateCode(ctx context.Context, tx *db.Tx, orgID string, c *code, was int64) error {
	spec, err := json.Marshal(c.spec)
	if err != nil {
		return err
	}
	c.version = was + 1
	n, err := tx.Changed(ctx, "UPDATE acquisition_code SET name = ?, channel_id = ?, status = ?, spec = ?, version = ?, updated_at = ? WHERE org_id = ? AND id = ? AND version = ?",
		c.name, c.channel, c.status, string(spec), c.version, c.updated, orgID, c.id, was)
	if err == nil && n == 0 {
		return moved
	}
	return err
}

func codeByID(ctx context.Context, tx *db.Tx, orgID, id string) (*code, error) {
	return oneCode(tx.QueryRow(ctx, "SELECT "+codeColumns+" FROM acquisition_code WHERE org_id = ? AND id = ?", orgID, id))
}

func codeByState(ctx context.Context, tx *db.Tx, orgID, state string) (*code, error) {
	return oneCode(tx.QueryRow(ctx, "SELECT "+codeColumns+" FROM acquisition_code WHERE org_id = ? AND state = ?", orgID, state))
}

func oneCode(row *sql.Row) (*code, error) {
	c := &code{}
	err := c.scan(row)
	if db.IsNoRows(err) {
		return nil, noSuchCode
	}
	return c, err
}

// CodeFilter says which codes are listed.
type CodeFilter struct {
	Q         string
	ChannelID string
	AccountID string
	Kind      string
	Status    string
	StaffID   string // whose shares
	Shares    bool   // codes of staff shares instead of the others
	Blocked   bool   // by which nobody is reached, as was seen at the latest look
}

func listCodes(ctx context.Context, tx *db.Tx, orgID string, f CodeFilter, after string, limit int) (out []*code, total int64, err error) {
	where, args := "org_id = ?", []any{orgID}
	and := func(cond string, values ...any) { where, args = where+" AND "+cond, append(args, values...) }
	if f.ChannelID != "" {
		t, err := treeOf(ctx, tx, orgID)
		if err != nil {
			return nil, 0, err
		}
		in, arg := tx.In("channel_id", idsOf(t.below(f.ChannelID)))
		and(in, arg)
	}
	for column, value := range map[string]string{"account_id": f.AccountID, "kind": f.Kind, "status": f.Status, "staff_id": f.StaffID} {
		if value != "" {
			and(column+" = ?", value)
		}
	}
	if f.Blocked {
		and("alert <> ''")
	}
	if f.Shares {
		and("staff_id <> ''")
	} else if f.StaffID == "" && !f.Blocked {
		and("staff_id = ''")
	}
	if q := line(f.Q); q != "" {
		and("LOWER(name) LIKE LOWER(?) ESCAPE '!'", like(q))
	}
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM acquisition_code WHERE "+where, args...).Scan(&total); err != nil {
		return nil, 0, err
	}
	if after != "" {
		and("id < ?", after)
	}
	return out, total, tx.Each(ctx, func(rows *sql.Rows) error {
		c := &code{}
		out = append(out, c)
		return c.scan(rows)
	}, "SELECT "+codeColumns+" FROM acquisition_code WHERE "+where+" ORDER BY id DESC LIMIT ?", append(args, limit)...)
}

// like is a pattern that finds what contains q.
func like(q string) string {
	out := "%"
	for _, r := range q {
		if r == '%' || r == '_' || r == '!' {
			out += "!"
		}
		out += string(r)
	}
	return out + "%"
}

// way is a row of acquisition_way.
type way struct {
	code, staff, account, config, qr, hash, claim string
	trouble                                       i18n.Text // why the platform could not be told
	claimUntil, attempts, tried                   int64
}

func waysOf(ctx context.Context, tx *db.Tx, orgID string, codes []string) (out []way, err error) {
	where, arg := tx.In("code_id", codes)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var w way
		err := rows.Scan(&w.code, &w.staff, &w.account, &w.config, &w.qr, &w.hash, &w.claim, &w.claimUntil, &w.trouble.ZH, &w.trouble.EN, &w.attempts, &w.tried)
		if w.trouble.EN == "" { // kept before there were two languages
			w.trouble.EN = w.trouble.ZH
		}
		out = append(out, w)
		return err
	}, `SELECT code_id, staff_id, account_id, config_id, qr_url, hash, claim, claim_until, error, error_en, attempts, tried_at FROM acquisition_way
		WHERE org_id = ? AND `+where+" ORDER BY code_id, staff_id", orgID, arg)
}

// claimWay makes the caller the one who tells the platform, until a moment: a
// compare-and-set on what the platform has and on nobody else's telling it.
func claimWay(ctx context.Context, tx *db.Tx, orgID string, w way, token string, now, until int64) (bool, error) {
	if _, err := tx.Exec(ctx, `INSERT INTO acquisition_way (org_id, code_id, staff_id, account_id, config_id, qr_url, hash, claim, claim_until, error, attempts, tried_at)
		VALUES (?, ?, ?, ?, '', '', '', '', 0, '', 0, 0) ON CONFLICT (org_id, code_id, staff_id) DO NOTHING`, orgID, w.code, w.staff, w.account); err != nil {
		return false, err
	}
	n, err := tx.Changed(ctx, `UPDATE acquisition_way SET claim = ?, claim_until = ? WHERE org_id = ? AND code_id = ? AND staff_id = ? AND hash = ?
		AND (claim = '' OR claim_until <= ?)`, token, until, orgID, w.code, w.staff, w.hash, now)
	return n == 1, err
}

// settleWay writes what came of a claim, unless somebody else has it by now.
func settleWay(ctx context.Context, tx *db.Tx, orgID string, w way, token string) error {
	_, err := tx.Exec(ctx, `UPDATE acquisition_way SET config_id = ?, qr_url = ?, hash = ?, claim = '', claim_until = 0, error = ?, error_en = ?, attempts = ?, tried_at = ?
		WHERE org_id = ? AND code_id = ? AND staff_id = ? AND claim = ?`, w.config, w.qr, w.hash, w.trouble.ZH, w.trouble.EN, w.attempts, w.tried, orgID, w.code, w.staff, token)
	return err
}

func deleteWay(ctx context.Context, tx *db.Tx, orgID string, w way) error {
	_, err := tx.Exec(ctx, "DELETE FROM acquisition_way WHERE org_id = ? AND code_id = ? AND staff_id = ? AND config_id = ? AND claim = ''", orgID, w.code, w.staff, w.config)
	return err
}

// todayByCode counts the arrivals since a moment by code and staff.
func todayByCode(ctx context.Context, tx *db.Tx, orgID string, codes []string, since int64) (map[string]map[string]int64, error) {
	out := map[string]map[string]int64{}
	where, arg := tx.In("s.code_id", codes)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, staff string
		var n int64
		err := rows.Scan(&id, &staff, &n)
		if out[id] == nil {
			out[id] = map[string]int64{}
		}
		out[id][staff] = n
		return err
	}, `SELECT s.code_id, s.staff_id, count(*) FROM acquisition_source s JOIN acquisition_arrival f ON f.org_id = s.org_id AND f.source = s.no
		WHERE s.org_id = ? AND f.at >= ? AND `+where+" GROUP BY s.code_id, s.staff_id", orgID, since, arg)
}

// codesWithAccount reads the codes that a platform knows or should know; of
// the ended ones those that it still knows.
func codesWithAccount(ctx context.Context, tx *db.Tx, orgID string, ids []string) (out []*code, err error) {
	where, args := "org_id = ? AND account_id <> '' AND (status <> 'ended' OR EXISTS (SELECT 1 FROM acquisition_way w WHERE w.org_id = acquisition_code.org_id AND w.code_id = acquisition_code.id))", []any{orgID}
	if ids != nil {
		in, arg := tx.In("id", ids)
		where, args = where+" AND "+in, append(args, arg)
	}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		c := &code{}
		out = append(out, c)
		return c.scan(rows)
	}, "SELECT "+codeColumns+" FROM acquisition_code WHERE "+where, args...)
}

// alertsOf are the codes by which nobody was reached at the latest look.
func alertsOf(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error) {
	out := map[string]string{}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, alert string
		err := rows.Scan(&id, &alert)
		out[id] = alert
		return err
	}, "SELECT id, alert FROM acquisition_code WHERE org_id = ? AND alert <> ''", orgID)
}

// usedCodes reads all codes of an org that have not ended, those of staff too.
func usedCodes(ctx context.Context, tx *db.Tx, orgID string) (out []*code, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		c := &code{}
		out = append(out, c)
		return c.scan(rows)
	}, "SELECT "+codeColumns+" FROM acquisition_code WHERE org_id = ? AND (status <> 'ended' OR alert <> '')", orgID)
}
