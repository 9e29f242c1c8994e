package carrier

import (
	"context"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/platform/db"
)

// saveTags makes the table of platform tags what the platform says. Those that
// are gone are kept as deleted: contacts still name them.
func saveTags(ctx context.Context, tx *db.Tx, a *account, groups []wecom.TagGroup) error {
	if _, err := tx.Exec(ctx, "UPDATE carrier_tag SET deleted = 1 WHERE org_id = ? AND account_id = ?", a.org, a.id); err != nil {
		return err
	}
	var id, group, groupName, name []string
	var deleted []int64
	seen := map[string]bool{}
	for _, g := range groups {
		for _, t := range g.Tags {
			if seen[t.ID] || t.ID == "" || len(t.ID) > maxID {
				continue
			}
			seen[t.ID] = true
			id, group, groupName, name = append(id, t.ID), append(group, cut(g.ID, maxID)), append(groupName, oneLine(g.Name, 40)), append(name, oneLine(t.Name, 40))
			deleted = append(deleted, db.Bit(g.Deleted || t.Deleted))
		}
	}
	_, err := tx.BulkInsert(ctx, "carrier_tag", `ON CONFLICT (org_id, account_id, platform_id) DO UPDATE SET group_id = excluded.group_id, group_name = excluded.group_name,
		name = excluded.name, deleted = excluded.deleted`, db.Same("org_id", a.org, len(id)), db.Same("account_id", a.id, len(id)),
		db.Text("platform_id", id), db.Text("group_id", group), db.Text("group_name", groupName), db.Text("name", name), db.Int("deleted", deleted))
	return err
}
