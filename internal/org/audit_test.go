package org

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func TestAuditLogIsAppendOnly(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		before := h.actions(b.ID)
		statements := []string{
			"DELETE FROM org_audit WHERE org_id = '" + b.ID + "'",
			"UPDATE org_audit SET actor_name = 'nobody' WHERE org_id = '" + b.ID + "'",
		}
		if d.Engine() == db.Postgres {
			statements = append(statements, "TRUNCATE org_audit")
		} else {
			statements = append(statements, "REPLACE INTO org_audit SELECT org_id, id, 0, '', '', '', 'x', '', '', '{}', '', '' FROM org_audit")
		}
		for _, q := range statements {
			for _, org := range []string{b.ID, db.AllOrgs} {
				err := d.Write(t.Context(), org, func(tx *db.Tx) error {
					_, err := tx.Exec(t.Context(), q)
					return err
				})
				if err == nil || !strings.Contains(err.Error(), "append-only") {
					t.Errorf("%s: %v", q, err)
				}
			}
		}
		if after := h.actions(b.ID); !slices.Equal(before, after) {
			t.Fatalf("%v became %v", before, after)
		}
	})
}

func TestAuditSaysWhoAndFromWhere(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		r := b.owner.want(201, "POST", "/staff", obj{"name": "Mei", "email": "mei@alpha.example", "role": "viewer"}, nil)
		system := access.With(t.Context(), access.ForSystem(b.ID, "importer"))
		h.clock.Advance(time.Second)
		err := d.Write(system, b.ID, func(tx *db.Tx) error {
			return h.svc.Audit(system, tx, "import.finished", "import", "imp_1", obj{"rows": 3})
		})
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			Items      []AuditEntry
			NextCursor string `json:"next_cursor"`
		}
		raw := b.owner.want(200, "GET", "/audit?limit=2", nil, &page)
		if strings.Contains(raw.body, "mei@alpha.example") {
			t.Error("personal data in the log")
		}
		first, second := page.Items[0], page.Items[1]
		if first.ActorKind != access.System || first.ActorName != "importer" || first.Action != "import.finished" || first.ObjectID != "imp_1" || first.IP != "" {
			t.Errorf("%+v", first)
		}
		var detail struct{ Rows int }
		if err := json.Unmarshal(first.Detail, &detail); err != nil || detail.Rows != 3 {
			t.Errorf("%v %s", err, first.Detail)
		}
		if second.ActorID != b.Owner.ID || second.ActorName != b.Owner.Name || second.Action != "staff.invited" || second.IP != "203.0.113.7" ||
			second.RequestID != r.header.Get("X-Request-Id") || second.RequestID == "" || page.NextCursor == "" {
			t.Errorf("%+v", second)
		}
		err = d.Write(t.Context(), b.ID, func(tx *db.Tx) error {
			return h.svc.Audit(t.Context(), tx, "x.y", "", "", nil)
		})
		if err == nil || !strings.Contains(err.Error(), "ForSystem") {
			t.Errorf("without an org: %v", err)
		}
	})
}

func TestAuditLogIsFilteredAndPaged(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		b.owner.want(200, "PATCH", "/org", obj{"name": "Alpha", "time_zone": "Asia/Shanghai"}, nil)
		ctx := access.With(t.Context(), access.ForSystem(b.ID, "clerk"))
		// Seven entries, two at the same moment, on both sides of midnight in Shanghai.
		for i := range 7 {
			if i != 4 {
				h.clock.Advance(4 * time.Hour)
			}
			err := d.Write(ctx, b.ID, func(tx *db.Tx) error {
				return h.svc.Audit(ctx, tx, []string{"tag.added", "tag.removed", "tagging.done"}[i%3], "tag", fmt.Sprintf("tag_%d", i), nil)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		get := func(query string) (ids []string, next string) {
			t.Helper()
			var page struct {
				Items      []AuditEntry
				NextCursor string `json:"next_cursor"`
			}
			b.owner.want(200, "GET", "/audit?actor=clerk"+query, nil, &page)
			for _, e := range page.Items {
				ids = append(ids, strings.TrimPrefix(e.ObjectID, "tag_"))
			}
			return ids, page.NextCursor
		}
		for query, want := range map[string]string{
			"":                    "6543210",
			"&action=tag":         "6543210",
			"&action=Tag.":        "64310",
			"&action=tag.removed": "41",
			"&action=tag_added":   "",
			"&action=%25":         "",
			"&action=added":       "",
			"&object=tag_3":       "3",
			"&object=tag":         "6543210",
			"&object=person":      "",
			// 2026-03-01T00:00Z plus 4, 8, 12, 16, 16, 20, 24 hours; midnight in Shanghai is 16:00Z.
			"&from=2026-03-02":                "6543",
			"&to=2026-03-01":                  "210",
			"&from=2026-03-02&to=2026-03-02":  "6543",
			"&from=2026-03-01T20:00:00Z":      "65",
			"&to=2026-03-01T20:00:00%2B00:00": "43210",
			"&to=2026-03-01T20:00:00+00:00":   "43210",
		} {
			if got, next := get(query); strings.Join(got, "") != want || next != "" {
				t.Errorf("%s: %v %q, want %s", query, got, next, want)
			}
		}
		var all []string
		for next := "start"; next != ""; {
			cursor := ""
			if next != "start" {
				cursor = "&cursor=" + next
			}
			var ids []string
			ids, next = get("&limit=2" + cursor)
			all = append(all, ids...)
		}
		if strings.Join(all, "") != "6543210" {
			t.Errorf("page by page: %v", all)
		}
		for _, bad := range []string{"?from=yesterday", "?cursor=%21", "?limit=0", "?limit=101"} {
			b.owner.want(422, "GET", "/audit"+bad, nil, nil)
		}
		var page struct{ Items []AuditEntry }
		if b.owner.want(200, "GET", "/audit?actor=OWNER+of", nil, &page); len(page.Items) == 0 || page.Items[0].ActorID != b.Owner.ID {
			t.Errorf("by name: %+v", page.Items)
		}
		_, finance := b.hire("Fin", RoleFinance)
		finance.want(200, "GET", "/audit", nil, nil)
		_, operator := b.hire("Op", RoleOperator)
		operator.want(403, "GET", "/audit", nil, nil)
	})
}
