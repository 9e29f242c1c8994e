package live

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/index"
	"fishpond/internal/segment/predicate/plan"
)

// How much of the feed is kept for nodes that were away: the shorter of both.
const (
	keepRows = 100_000
	keepFor  = 7 * 24 * time.Hour
)

// path is the file of the index; empty when there is none.
func (o *org) path() string {
	if o.options.Dir == "" {
		return ""
	}
	return filepath.Join(o.options.Dir, o.id+".index")
}

// name is whose index a file holds: with other traits it is another one's.
func name(orgID string, traits []plan.Attr) string {
	all := make([]string, len(traits))
	for i, a := range traits {
		all[i] = fmt.Sprintf("%s %d", a.Name, a.Type)
	}
	slices.Sort(all)
	sum := sha256.Sum256([]byte(strings.Join(all, "\n")))
	return orgID + " " + hex.EncodeToString(sum[:8])
}

// open makes the index ready, from its file if that can be used.
func (o *org) open(ctx context.Context) error {
	if o.view.Load() != nil {
		return nil
	}
	path := o.path()
	if path == "" {
		return o.build(ctx)
	}
	var w World
	var x *index.Index
	err := o.db.Read(ctx, o.id, func(tx *db.Tx) error {
		_, revision, err := facts.Position(ctx, tx, o.id)
		if err != nil {
			return err
		}
		if w, err = o.world(ctx, tx, revision); err != nil {
			return err
		}
		if x, err = index.Load(path, name(o.id, w.Traits), o.options.Track...); err != nil {
			return err
		}
		_, err = facts.After(ctx, tx, o.id, x.Snapshot().Position().Seq, 1)
		return err
	})
	switch {
	case err == nil:
		o.install(x, define(w, o.moment()), fromFile)
		o.status.saved(x.Snapshot().Position().Seq, time.Time{})
		return nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, index.ErrUnusable), errors.Is(err, facts.ErrGone):
		o.logger.InfoContext(ctx, "building the segment index from the facts", "org", o.id, "reason", err)
		return o.build(ctx)
	}
	return wrap("open", err)
}

// save writes the index to its file if it has changed, and deletes what nobody
// needs of the feed any more.
func (o *org) save(ctx context.Context) {
	if err := o.trySave(ctx); err != nil {
		o.logger.ErrorContext(ctx, "the segment index was not saved", "org", o.id, "error", err)
	}
}

func (o *org) trySave(ctx context.Context) error {
	path := o.path()
	if path == "" {
		return nil
	}
	o.mu.Lock()
	v, early := o.view.Load(), len(o.ahead) > 0
	o.mu.Unlock()
	if v == nil || early { // some of it is newer than its position says
		return nil
	}
	n := v.snap.Position().Seq
	if n == o.status.savedUpTo() {
		return nil
	}
	if err := v.snap.Save(path, name(o.id, v.defs.Traits)); err != nil {
		return err
	}
	o.status.saved(n, o.now())
	return o.trim(ctx, n)
}

// trim deletes what is old of the feed.
func (o *org) trim(ctx context.Context, saved int64) error {
	before := saved - keepRows
	if err := o.db.Read(ctx, o.id, func(tx *db.Tx) error {
		var young int64
		err := tx.QueryRow(ctx, "SELECT n FROM segment_feed WHERE org_id = ? AND at >= ? ORDER BY n LIMIT 1", o.id, clock.Micros(o.now().Add(-keepFor))).Scan(&young)
		if db.IsNoRows(err) {
			young, err = saved, nil
		}
		before = max(before, min(young, saved))
		return err
	}); err != nil {
		return err
	}
	if before <= 0 {
		return nil
	}
	return o.db.Write(ctx, o.id, func(tx *db.Tx) error { return facts.Trim(ctx, tx, o.id, before) })
}
