package acquisition

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// The levels of the tree.
const (
	LevelPlatform = 1 + iota
	LevelCampaign
	LevelEntrance
)

// levelNames are the levels as the API calls them.
var levelNames = []string{"", "platform", "campaign", "entrance"}

// maxChannels bounds an org's tree, which is read as a whole.
const maxChannels = 5000

// Channel is a place where people come from.
type Channel struct {
	ID         string     `json:"id"`
	ParentID   string     `json:"parent_id" doc:"Empty for a platform"`
	Level      string     `json:"level" enum:"platform,campaign,entrance"`
	Name       string     `json:"name"`
	Path       []string   `json:"path" nullable:"false" doc:"Names from the platform down to this one"`
	Children   int64      `json:"children" doc:"Directly below"`
	Archived   bool       `json:"archived" doc:"No longer offered; what came through it stays in reports"`
	ArchivedAt *time.Time `json:"archived_at"`
	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
}

// node is a row of acquisition_channel.
type node struct {
	id, parent, name           string
	level                      int64
	archived, created, updated int64
}

// tree is an org's channels.
type tree struct {
	nodes    map[string]*node
	children map[string][]*node // by parent, in the order of their names
}

func newTree(all []*node) *tree {
	t := &tree{nodes: make(map[string]*node, len(all)), children: map[string][]*node{}}
	for _, n := range all {
		t.nodes[n.id] = n
		t.children[n.parent] = append(t.children[n.parent], n)
	}
	for _, c := range t.children {
		slices.SortFunc(c, func(a, b *node) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.id, b.id)) })
	}
	return t
}

// up calls fn for a channel and everything above it.
func (t *tree) up(id string, fn func(*node)) {
	for n := t.nodes[id]; n != nil; n = t.nodes[n.parent] {
		fn(n)
	}
}

// path is the names from the top down to a channel.
func (t *tree) path(id string) []string {
	out := []string{}
	t.up(id, func(n *node) { out = append(out, n.name) })
	slices.Reverse(out)
	return out
}

// at is the channel itself or above it that has a level; nil where there is none.
func (t *tree) at(id string, level int64) (found *node) {
	t.up(id, func(n *node) {
		if n.level == level {
			found = n
		}
	})
	return found
}

// below lists a channel and everything below it, parents first; all with id "".
func (t *tree) below(id string) []*node {
	var out []*node
	if n := t.nodes[id]; n != nil {
		out = append(out, n)
	}
	for _, c := range t.children[id] {
		out = append(out, t.below(c.id)...)
	}
	return out
}

// depth is how many levels a channel and what is below it take.
func (t *tree) depth(id string) int64 {
	var most int64
	for _, c := range t.children[id] {
		most = max(most, t.depth(c.id))
	}
	return most + 1
}

func (t *tree) show(n *node) Channel {
	return Channel{ID: n.id, ParentID: n.parent, Level: levelNames[n.level], Name: n.name, Path: t.path(n.id), Children: int64(len(t.children[n.id])),
		Archived: n.archived != 0, ArchivedAt: clock.Ptr(n.archived), CreatedAt: clock.Time(n.created), UpdatedAt: clock.Time(n.updated)}
}

var (
	noSuchChannel = errs.NotFound(i18n.T("这个渠道", "channel"))
	sameName      = errs.InvalidField("body.name", i18n.T("同一层已有同名的渠道（含已归档的），请换一个名字", "There is a channel of this name beside it, perhaps an archived one; choose another"))
	tooDeep       = errs.InvalidField("body.parent_id", i18n.T("渠道最多三层：平台 → 活动 → 入口", "Channels have three levels at most: platform, campaign, entrance"))
)

// channelName is a name as it is kept. A slash separates the names of a path.
func channelName(s string) (string, error) {
	s = line(s)
	if s == "" {
		return "", required("body.name")
	}
	if strings.Contains(s, "/") {
		return "", errs.InvalidField("body.name", i18n.T("名字里不能有“/”，它用来分隔各层", "A name cannot contain a slash, which separates the levels"))
	}
	return s, nil
}

// ChannelFilter says which channels are listed.
type ChannelFilter struct {
	Q        string // a part of the name, in any case
	ParentID string // this one and everything below it; empty: all
	Archived string // "", true or false
}

// found reports whether q, in any case, is a part of a name.
func found(name, q string) bool {
	return strings.Contains(strings.ToLower(name), strings.ToLower(line(q)))
}

// Channels lists an org's channels in the order of the tree, from behind the
// channel after, with their number in all.
func (s *Service) Channels(ctx context.Context, f ChannelFilter, after string, limit int) (out []Channel, total int64, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		t, err := treeOf(ctx, tx, org)
		if err != nil {
			return err
		}
		if f.ParentID != "" && t.nodes[f.ParentID] == nil {
			return noSuchChannel
		}
		begun := after == ""
		for _, n := range t.below(f.ParentID) {
			if found(n.name, f.Q) {
				if f.Archived == "" || (f.Archived == "true") == (n.archived != 0) {
					total++
					if begun && len(out) < limit {
						out = append(out, t.show(n))
					}
				}
			}
			begun = begun || n.id == after
		}
		return nil
	})
	return out, total, err
}

// Channel returns one channel.
func (s *Service) Channel(ctx context.Context, id string) (out Channel, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		t, err := treeOf(ctx, tx, org)
		if err != nil {
			return err
		}
		if t.nodes[id] == nil {
			return noSuchChannel
		}
		out = t.show(t.nodes[id])
		return nil
	})
	return out, err
}

// CreateChannel makes a channel below another, or a platform below none.
func (s *Service) CreateChannel(ctx context.Context, name, parentID string) (out Channel, err error) {
	org := orgOf(ctx)
	if name, err = channelName(name); err != nil {
		return out, err
	}
	id := ids.New("chn")
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		t, err := lockTree(ctx, tx, org)
		if err != nil {
			return err
		}
		if len(t.nodes) >= maxChannels {
			return errs.Conflict(i18n.T("最多 %d 个渠道", "There can be %d channels at most", maxChannels))
		}
		now := clock.Micros(s.now())
		n := &node{id: id, parent: parentID, name: name, level: LevelPlatform, created: now, updated: now}
		if parentID != "" {
			parent := t.nodes[parentID]
			switch {
			case parent == nil:
				return noSuchChannel
			case parent.archived != 0:
				return errs.InvalidField("body.parent_id", i18n.T("上级渠道已归档", "The channel above is archived"))
			case parent.level == LevelEntrance:
				return tooDeep
			}
			n.level = parent.level + 1
		}
		if err := insertChannel(ctx, tx, org, n); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, "channel.created", "channel", n.id, map[string]any{"name": name, "parent_id": parentID}); err != nil {
			return err
		}
		t.nodes[n.id] = n
		out = t.show(n)
		return s.treeChanged(ctx, tx, org)
	})
	return out, err
}

// ChannelPatch is what changes of a channel; nil stays.
type ChannelPatch struct {
	Name     *string `json:"name,omitempty" minLength:"1" maxLength:"60"`
	ParentID *string `json:"parent_id,omitempty" maxLength:"64" doc:"Move below this one, with everything below; empty: make it a platform"`
	Archived *bool   `json:"archived,omitempty" doc:"true archives everything below as well"`
}

// UpdateChannel renames, moves and archives a channel.
func (s *Service) UpdateChannel(ctx context.Context, id string, p ChannelPatch) (out Channel, err error) {
	org := orgOf(ctx)
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		t, err := lockTree(ctx, tx, org)
		if err != nil {
			return err
		}
		n := t.nodes[id]
		if n == nil {
			return noSuchChannel
		}
		was, now := *n, clock.Micros(s.now())
		touched := []*node{n}
		if p.Name != nil {
			if n.name, err = channelName(*p.Name); err != nil {
				return err
			}
		}
		if p.ParentID != nil && *p.ParentID != n.parent {
			if err := t.move(n, *p.ParentID); err != nil {
				return err
			}
			touched = t.below(id)
		}
		if p.Archived != nil {
			if err := t.archive(n, *p.Archived, now); err != nil {
				return err
			}
			touched = t.below(id)
		}
		for _, c := range touched {
			c.updated = now
		}
		if err := updateChannels(ctx, tx, org, touched); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, "channel.updated", "channel", id, map[string]any{"name": n.name, "parent_id": n.parent, "archived": n.archived != 0,
			"before": map[string]any{"name": was.name, "parent_id": was.parent, "archived": was.archived != 0}}); err != nil {
			return err
		}
		if t, err = treeOf(ctx, tx, org); err != nil {
			return err
		}
		out = t.show(t.nodes[id])
		return s.treeChanged(ctx, tx, org)
	})
	return out, err
}

func (s *Service) treeChanged(ctx context.Context, tx *db.Tx, orgID string) error {
	if s.Changed == nil {
		return nil
	}
	return s.Changed(ctx, tx, orgID)
}

// move puts a channel below another.
func (t *tree) move(n *node, parentID string) error {
	level := int64(LevelPlatform)
	if parentID != "" {
		parent := t.nodes[parentID]
		if parent == nil {
			return noSuchChannel
		}
		circle := false
		t.up(parentID, func(above *node) { circle = circle || above.id == n.id })
		if circle {
			return errs.InvalidField("body.parent_id", i18n.T("不能移到自己或自己的下级之下", "A channel cannot be moved below itself"))
		}
		if parent.archived != 0 {
			return errs.InvalidField("body.parent_id", i18n.T("上级渠道已归档", "The channel above is archived"))
		}
		level = parent.level + 1
	}
	if level+t.depth(n.id)-1 > LevelEntrance {
		return tooDeep
	}
	shift := level - n.level
	for _, c := range t.below(n.id) {
		c.level += shift
	}
	n.parent = parentID
	return nil
}

// archive takes a channel and everything below it out of use, or brings it
// back alone.
func (t *tree) archive(n *node, archived bool, now int64) error {
	if !archived {
		if parent := t.nodes[n.parent]; parent != nil && parent.archived != 0 {
			return errs.InvalidField("body.archived", i18n.T("上级渠道已归档，请先恢复上级", "The channel above is archived; bring that one back first"))
		}
		n.archived = 0
		return nil
	}
	for _, c := range t.below(n.id) {
		if c.archived == 0 {
			c.archived = now
		}
	}
	return nil
}
