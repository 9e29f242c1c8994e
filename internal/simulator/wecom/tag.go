package wecom

import (
	"cmp"
	"slices"
)

// TagGroup is a group of corp tags (企业标签组).
type TagGroup struct {
	ID        string `json:"group_id"`
	Name      string `json:"group_name"`
	CreatedAt int64  `json:"create_time"`
	Order     int64  `json:"order"`
	Tags      []*Tag `json:"tag"`
}

// Tag is a corp tag (企业标签).
type Tag struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	CreatedAt int64  `json:"create_time"`
	Order     int64  `json:"order"`
}

// goneTag remembers a deleted tag, which may still be asked for by its id.
type goneTag struct {
	Tag       Tag    `json:"tag"`
	Group     string `json:"group"`
	GroupName string `json:"group_name"`
}

func (c *Corp) tag(id string) (*TagGroup, *Tag) {
	for _, g := range c.Groups {
		for _, t := range g.Tags {
			if t.ID == id {
				return g, t
			}
		}
	}
	return nil, nil
}

func (c *Corp) tagGroup(id string) *TagGroup {
	for _, g := range c.Groups {
		if g.ID == id {
			return g
		}
	}
	return nil
}

func (c *Corp) tagCount() (n int) {
	for _, g := range c.Groups {
		n += len(g.Tags)
	}
	return n
}

// tagList answers 「获取企业标签库」: all, those named, or those of the groups named;
// deleted ones only when they are named.
func tagList(c *call, in *struct {
	Tags   []string `json:"tag_id"`
	Groups []string `json:"group_id"`
}) (any, error) {
	all := len(in.Tags) == 0 && len(in.Groups) == 0
	out := []reply{}
	for _, g := range sortedGroups(c.Groups) {
		whole := all || slices.Contains(in.Groups, g.ID) && len(in.Tags) == 0
		tags := []reply{}
		for _, t := range sortedTags(g.Tags) {
			if whole || slices.Contains(in.Tags, t.ID) {
				tags = append(tags, t.reply(false))
			}
		}
		if len(tags) > 0 {
			out = append(out, reply{"group_id": g.ID, "group_name": g.Name, "create_time": g.CreatedAt, "order": g.Order, "deleted": false, "tag": tags})
		}
	}
	for _, id := range in.Tags {
		if gone, ok := c.GoneTags[id]; ok {
			out = append(out, reply{"group_id": gone.Group, "group_name": gone.GroupName, "create_time": gone.Tag.CreatedAt, "order": 0,
				"deleted": c.tagGroup(gone.Group) == nil, "tag": []reply{gone.Tag.reply(true)}})
		}
	}
	return reply{"tag_group": out}, nil
}

func (t *Tag) reply(deleted bool) reply {
	return reply{"id": t.ID, "name": t.Name, "create_time": t.CreatedAt, "order": t.Order, "deleted": deleted}
}

// Larger orders come first; of equal ones the older.
func sortedGroups(list []*TagGroup) []*TagGroup {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *TagGroup) int { return cmp.Compare(b.Order, a.Order) })
	return list
}

func sortedTags(list []*Tag) []*Tag {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *Tag) int { return cmp.Compare(b.Order, a.Order) })
	return list
}

type addTagIn struct {
	Group string `json:"group_id"`
	Name  string `json:"group_name"`
	Order int64  `json:"order"`
	Tags  []struct {
		Name  string `json:"name"`
		Order int64  `json:"order"`
	} `json:"tag"`
}

// tagAdd answers 「添加企业客户标签」.
func tagAdd(c *call, in *addTagIn) (any, error) {
	if len(in.Tags) == 0 {
		return nil, fail(40063, "tag")
	}
	g := c.tagGroup(in.Group)
	switch {
	case in.Group != "" && g == nil:
		return nil, fail(40068, "%s", in.Group)
	case in.Group == "" && in.Name == "":
		return nil, fail(40063, "group_name")
	case chars(in.Name) > 30:
		return nil, fail(40072, "")
	}
	if g == nil {
		if i := slices.IndexFunc(c.Groups, func(g *TagGroup) bool { return g.Name == in.Name }); i >= 0 {
			g = c.Groups[i]
		}
	}
	names := map[string]bool{}
	for _, t := range in.Tags {
		if t.Name == "" || chars(t.Name) > 30 {
			return nil, fail(40072, "")
		}
		names[t.Name] = true
		if g != nil && slices.ContainsFunc(g.Tags, func(have *Tag) bool { return have.Name == t.Name }) {
			return nil, fail(40071, "%s", t.Name)
		}
	}
	if c.tagCount()+len(names) > c.world.Limits.CorpTags {
		return nil, fail(40126, "")
	}
	if g == nil {
		g = &TagGroup{ID: "et" + random(30), Name: in.Name, CreatedAt: c.unix(), Order: in.Order}
		c.Groups = append(c.Groups, g)
	}
	made := []reply{}
	for _, t := range in.Tags {
		if !names[t.Name] {
			continue // named twice in this call: one tag
		}
		delete(names, t.Name)
		tag := &Tag{ID: "et" + random(30), Name: t.Name, CreatedAt: c.unix(), Order: t.Order}
		g.Tags = append(g.Tags, tag)
		made = append(made, tag.reply(false))
	}
	return reply{"tag_group": reply{"group_id": g.ID, "group_name": g.Name, "create_time": g.CreatedAt, "order": g.Order, "tag": made}}, nil
}

// tagEdit answers 「编辑企业客户标签」, for a tag or a group.
func tagEdit(c *call, in *struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Order *int64 `json:"order"`
}) (any, error) {
	if err := c.renameTag(in.ID, in.Name); err != nil {
		return nil, err
	}
	if in.Order != nil {
		if g := c.tagGroup(in.ID); g != nil {
			g.Order = *in.Order
		} else if _, t := c.tag(in.ID); t != nil {
			t.Order = *in.Order
		}
	}
	return reply{}, nil
}

func (c *Corp) renameTag(id, name string) error {
	if chars(name) > 30 {
		return fail(40072, "")
	}
	if g := c.tagGroup(id); g != nil {
		if name != "" && slices.ContainsFunc(c.Groups, func(o *TagGroup) bool { return o != g && o.Name == name }) {
			return fail(40071, "%s", name)
		}
		g.Name = or(name, g.Name)
		return nil
	}
	g, t := c.tag(id)
	if t == nil {
		return fail(40068, "%s", id)
	}
	if name != "" && slices.ContainsFunc(g.Tags, func(o *Tag) bool { return o != t && o.Name == name }) {
		return fail(40071, "%s", name)
	}
	t.Name = or(name, t.Name)
	return nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// tagDelete answers 「删除企业客户标签」; a group without tags goes too.
func tagDelete(c *call, in *struct {
	Tags   []string `json:"tag_id"`
	Groups []string `json:"group_id"`
}) (any, error) {
	if len(in.Tags) == 0 && len(in.Groups) == 0 {
		return nil, fail(40063, "tag_id and group_id")
	}
	for _, id := range in.Tags {
		if _, t := c.tag(id); t == nil {
			return nil, fail(40068, "%s", id)
		}
	}
	for _, id := range in.Groups {
		if c.tagGroup(id) == nil {
			return nil, fail(40068, "%s", id)
		}
	}
	c.deleteTags(in.Tags, in.Groups)
	return reply{}, nil
}

func (c *Corp) deleteTags(tags, groups []string) {
	for _, g := range c.Groups {
		g.Tags = slices.DeleteFunc(g.Tags, func(t *Tag) bool {
			gone := slices.Contains(tags, t.ID) || slices.Contains(groups, g.ID)
			if gone {
				c.GoneTags[t.ID] = goneTag{Tag: *t, Group: g.ID, GroupName: g.Name}
			}
			return gone
		})
	}
	c.Groups = slices.DeleteFunc(c.Groups, func(g *TagGroup) bool { return len(g.Tags) == 0 })
}

// tagEvent tells of a tag that was changed in the admin console. Documentation page:
// 「企业客户标签创建事件」 and the two after it.
func (c *Corp) tagEvent(change, id, kind string) {
	e := c.newEvent("change_external_tag", change, "sys").add("Id", id).add("TagType", kind)
	e.key = "tags"
	c.emit(e, toCustomers(""))
}

// AddTag makes a tag in the admin console and returns its id and its group's.
func (c *Corp) AddTag(group, name string) (groupID, tagID string, err error) {
	err = c.do(func() error {
		in := addTagIn{Name: group}
		in.Tags = append(in.Tags, struct {
			Name  string `json:"name"`
			Order int64  `json:"order"`
		}{Name: name})
		fresh := !slices.ContainsFunc(c.Groups, func(g *TagGroup) bool { return g.Name == group })
		if _, err := tagAdd(&call{Corp: c, world: c.world, at: c.now()}, &in); err != nil {
			return err
		}
		for _, g := range c.Groups {
			if g.Name == group {
				groupID, tagID = g.ID, g.Tags[len(g.Tags)-1].ID
			}
		}
		if fresh {
			c.tagEvent("create", groupID, "tag_group")
		}
		c.tagEvent("create", tagID, "tag")
		return nil
	})
	return groupID, tagID, err
}

// RenameTag renames a tag or a group in the admin console.
func (c *Corp) RenameTag(id, name string) error {
	return c.do(func() error {
		kind := "tag"
		if c.tagGroup(id) != nil {
			kind = "tag_group"
		}
		if err := c.renameTag(id, name); err != nil {
			return err
		}
		c.tagEvent("update", id, kind)
		return nil
	})
}

// DeleteTag deletes a tag or a group in the admin console.
func (c *Corp) DeleteTag(id string) error {
	return c.do(func() error {
		switch _, t := c.tag(id); {
		case t != nil:
			c.deleteTags([]string{id}, nil)
			c.tagEvent("delete", id, "tag")
		case c.tagGroup(id) != nil:
			c.deleteTags(nil, []string{id})
			c.tagEvent("delete", id, "tag_group")
		default:
			return unknown("tag", id)
		}
		return nil
	})
}
