package acquisition

import (
	"context"
	"database/sql"

	"fishpond/internal/platform/db"
)

// treeOf reads all channels of an org.
func treeOf(ctx context.Context, tx *db.Tx, orgID string) (*tree, error) {
	var all []*node
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		n := &node{}
		all = append(all, n)
		return rows.Scan(&n.id, &n.parent, &n.level, &n.name, &n.archived, &n.created, &n.updated)
	}, "SELECT id, parent_id, level, name, archived_at, created_at, updated_at FROM acquisition_channel WHERE org_id = ?", orgID)
	return newTree(all), err
}

// lock keeps everybody else who takes the same lock of the org waiting until
// the transaction ends. On SQLite there is one writer.
func lock(ctx context.Context, tx *db.Tx, orgID, what string) error {
	if tx.Engine() != db.Postgres {
		return nil
	}
	_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", "acquisition "+what+" "+orgID)
	return err
}

// lockTree is treeOf for who changes the tree: two moves at once could each be
// right and together make a circle.
func lockTree(ctx context.Context, tx *db.Tx, orgID string) (*tree, error) {
	if err := lock(ctx, tx, orgID, "tree"); err != nil {
		return nil, err
	}
	return treeOf(ctx, tx, orgID)
}

func insertChannel(ctx context.Context, tx *db.Tx, orgID string, n *node) error {
	changed, err := tx.Changed(ctx, `INSERT INTO acquisition_channel (org_id, id, parent_id, level, name, archived_at, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (org_id, parent_id, name) DO NOTHING`, orgID, n.id, n.parent, n.level, n.name, n.archived, n.created, n.updated)
	if err == nil && changed == 0 {
		return sameName
	}
	return err
}

func updateChannels(ctx context.Context, tx *db.Tx, orgID string, nodes []*node) error {
	for _, n := range nodes {
		if err := tx.Savepoint(ctx, func() error {
			_, err := tx.Exec(ctx, "UPDATE acquisition_channel SET parent_id = ?, level = ?, name = ?, archived_at = ?, updated_at = ? WHERE org_id = ? AND id = ?",
				n.parent, n.level, n.name, n.archived, n.updated, orgID, n.id)
			return err
		}); db.IsUnique(err) {
			return sameName
		} else if err != nil {
			return err
		}
	}
	return nil
}

// cost is a row of acquisition_cost.
type cost struct {
	channel          string
	day, minor       int64
	currency, source string
	updated          int64
}

// costsBetween reads the costs of the days from … to of some channels, or of
// all with nil, by day and channel.
func costsBetween(ctx context.Context, tx *db.Tx, orgID string, channels []string, from, to int64) (out []cost, err error) {
	query, args := "SELECT channel_id, day, minor, currency, source, updated_at FROM acquisition_cost WHERE org_id = ? AND day BETWEEN ? AND ?", []any{orgID, from, to}
	if channels != nil {
		where, arg := tx.In("channel_id", channels)
		query, args = query+" AND "+where, append(args, arg)
	}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var c cost
		err := rows.Scan(&c.channel, &c.day, &c.minor, &c.currency, &c.source, &c.updated)
		out = append(out, c)
		return err
	}, query+" ORDER BY day, channel_id", args...)
}

// saveCosts writes costs over those of the same channel and day.
func saveCosts(ctx context.Context, tx *db.Tx, orgID string, costs []cost) error {
	_, err := tx.BulkInsert(ctx, "acquisition_cost", `ON CONFLICT (org_id, channel_id, day) DO UPDATE SET minor = excluded.minor, currency = excluded.currency,
		source = excluded.source, updated_at = excluded.updated_at`, db.Same("org_id", orgID, len(costs)),
		texts(costs, "channel_id", func(c cost) string { return c.channel }),
		numbers(costs, "day", func(c cost) int64 { return c.day }),
		numbers(costs, "minor", func(c cost) int64 { return c.minor }),
		texts(costs, "currency", func(c cost) string { return c.currency }),
		texts(costs, "source", func(c cost) string { return c.source }),
		numbers(costs, "updated_at", func(c cost) int64 { return c.updated }))
	return err
}

func deleteCosts(ctx context.Context, tx *db.Tx, orgID, channelID string, from, to int64) (int64, error) {
	return tx.Changed(ctx, "DELETE FROM acquisition_cost WHERE org_id = ? AND channel_id = ? AND day BETWEEN ? AND ?", orgID, channelID, from, to)
}

func numbers[T any](rows []T, name string, get func(T) int64) db.Column {
	v := make([]int64, len(rows))
	for i, r := range rows {
		v[i] = get(r)
	}
	return db.Int(name, v)
}

func texts[T any](rows []T, name string, get func(T) string) db.Column {
	v := make([]string, len(rows))
	for i, r := range rows {
		v[i] = get(r)
	}
	return db.Text(name, v)
}
