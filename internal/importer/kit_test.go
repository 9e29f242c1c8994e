package importer

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

const org = "org_a"

// schema is the module's tables, the timeline, and a table in place of the pool.
var schema = testkit.Schema{Name: "importer_with_people", Migrate: func(ctx context.Context, d *db.DB) error {
	if err := d.Migrate(ctx, timeline.Migration, Migration); err != nil {
		return err
	}
	_, err := d.Writer().ExecContext(ctx, `CREATE TABLE person (org_id TEXT NOT NULL, id TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (org_id, id))`)
	return err
}}

// people stands in for the pool: a person per customer number, phone or e-mail.
type people struct {
	traits map[string]string
	log    *timeline.Log
}

func (people) Resolve(ctx context.Context, tx *db.Tx, orgID string, contacts []Contact) ([]Found, error) {
	ids := make([]Found, len(contacts))
	for i, c := range contacts {
		ids[i].PersonID = "per_" + or(c.Customer, c.Phone, c.Email)
		made, err := tx.Exec(ctx, "INSERT INTO person (org_id, id, region, name, detail) VALUES (?, ?, '', '', '') ON CONFLICT DO NOTHING", orgID, ids[i].PersonID)
		if err != nil {
			return nil, err
		}
		n, err := made.RowsAffected()
		if err != nil {
			return nil, err
		}
		ids[i].New = n == 1
		if f := c.Profile; f != nil {
			if _, err := tx.Exec(ctx, "UPDATE person SET region = ?, name = ?, detail = ? WHERE org_id = ? AND id = ?", f.Region, f.Name,
				fmt.Sprint(f.Gender, "|", f.Birthday, "|", f.OwnerID, "|", f.Tags, "|", f.Traits), orgID, ids[i].PersonID); err != nil {
				return nil, err
			}
		}
	}
	return ids, nil
}

func (p people) TraitTypes(context.Context, *db.Tx, string) (map[string]string, error) {
	return p.traits, nil
}

func (people) Checker(context.Context, *db.Tx, string) (func(Contact) error, error) {
	return func(c Contact) error {
		if c.Phone != "" && len(c.Phone) < 7 {
			return errs.InvalidField("identities[0].value", i18n.T("不是电话号码", "not a telephone number"))
		}
		return nil
	}, nil
}

func (people) StaffByName(context.Context, *db.Tx, string) (map[string]string, error) {
	return map[string]string{"li@example.com": "stf_li", "李雷": "stf_li"}, nil
}

func (people) Locale(context.Context, *db.Tx, string) (string, string, error) {
	return "Asia/Shanghai", "CNY", nil
}

func (people) Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error {
	return nil
}

// Channel knows one channel.
func (people) Channel(_ context.Context, _ *db.Tx, _, name string) (string, error) {
	if name != "chn_a" && name != "Catalogue" {
		return "", errs.InvalidField("channel", i18n.T("没有", "There is none"))
	}
	return "chn_a", nil
}

// Credit notes arrivals on the timeline, one a person.
func (p people) Credit(ctx context.Context, tx *db.Tx, orgID, channelID, source string, came []Came) error {
	facts := make([]timeline.Fact, len(came))
	for i, c := range came {
		facts[i] = timeline.Fact{Kind: "channel.arrived", PersonID: c.PersonID, OccurredAt: c.At, DedupeKey: "came:" + c.PersonID, Source: source, Data: map[string]string{"channel_id": channelID}}
	}
	_, err := p.log.Append(ctx, tx, orgID, facts...)
	return err
}

func newService(t testing.TB, d *db.DB) *Service {
	t.Helper()
	log := timeline.New(clock.System)
	p := people{log: log, traits: map[string]string{"vip": "boolean", "height": "number", "hobby": "list", "wedding": "date", "motto": "text"}}
	return New(d, log, clock.System, slog.New(slog.DiscardHandler),
		Ports{People: p, Channels: p, Staff: p, Settings: p, Auditor: p}, Config{Dir: t.TempDir()})
}

// put writes a file for a test.
func put(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// stored is what the tables hold, in an order and form that two runs can be
// compared by.
func stored(t testing.TB, d *db.DB) string {
	t.Helper()
	var b bytes.Buffer
	err := d.Read(t.Context(), org, func(tx *db.Tx) error {
		scan := func(rows *sql.Rows) error {
			var a, b1, c, e string
			if err := rows.Scan(&a, &b1, &c, &e); err != nil {
				return err
			}
			fmt.Fprintln(&b, a, b1, c, e)
			return nil
		}
		if err := tx.Each(t.Context(), scan, "SELECT id, region, name, detail FROM person WHERE org_id = ? ORDER BY id", org); err != nil {
			return err
		}
		return tx.Each(t.Context(), scan, `SELECT dedupe_key, person_id, kind || CAST(occurred_at AS TEXT), data FROM timeline_event WHERE org_id = ? ORDER BY dedupe_key`, org)
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// lone is the testing.TB of a process that is not a test.
type lone struct {
	testing.TB
	dir string
}

func (*lone) Helper()                  {}
func (*lone) Context() context.Context { return context.Background() }
func (l *lone) TempDir() string        { return l.dir }
