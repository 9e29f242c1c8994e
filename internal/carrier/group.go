package carrier

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

func (s *Service) applyGroup(ctx context.Context, a *account, j job, e wecom.Event) error {
	if e.ChatID == "" {
		return fmt.Errorf("carrier: a group event without a group")
	}
	var g *wecom.Group
	if e.Kind() != wecom.GroupDismissed {
		got, err := s.wecomOf(a, slotContact, impatient).Group(ctx, e.ChatID)
		if err != nil && wire.KindOf(err) != wire.Missing {
			return err
		}
		if err == nil {
			g = &got
		}
	}
	return s.db.Write(ctx, j.org, func(tx *db.Tx) error {
		if err := s.saveGroup(ctx, tx, a, e.ChatID, g, j.occurred); err != nil {
			return err
		}
		return s.finish(ctx, tx, j)
	})
}

// saveGroup stores a group as the platform has it now; nil: it is gone. What
// differs from before is told: who came, who left.
func (s *Service) saveGroup(ctx context.Context, tx *db.Tx, a *account, chatID string, g *wecom.Group, at int64) error {
	if err := lockTies(ctx, tx, a, "group "+chatID); err != nil {
		return err
	}
	had := map[string]groupMember{}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var m groupMember
		err := rows.Scan(&id, &m.kind, &m.person, &m.state, &m.joined, &m.left)
		had[id] = m
		return err
	}, "SELECT member_id, kind, person_id, state, joined_at, left_at FROM carrier_group_member WHERE org_id = ? AND account_id = ? AND chat_id = ?", a.org, a.id, chatID); err != nil {
		return err
	}
	now := s.micros()
	group := wecom.Group{ChatID: chatID}
	dismissed := at
	if g != nil {
		group, dismissed = *g, 0
	}
	if _, err := tx.Exec(ctx, `INSERT INTO carrier_group (org_id, account_id, chat_id, name, owner, members, created_at, dismissed_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (org_id, account_id, chat_id) DO UPDATE SET name = CASE WHEN excluded.name = '' THEN carrier_group.name ELSE excluded.name END,
			owner = CASE WHEN excluded.owner = '' THEN carrier_group.owner ELSE excluded.owner END, members = excluded.members,
			dismissed_at = excluded.dismissed_at, updated_at = excluded.updated_at`,
		a.org, a.id, chatID, oneLine(group.Name, 64), cut(group.Owner, maxID), len(group.Members), occurredAt(group.Created), dismissed, now); err != nil {
		return err
	}
	return s.saveGroupMembers(ctx, tx, a, group, had, at)
}

type groupMember struct {
	kind, person, state string
	joined, left        int64
}

func (s *Service) saveGroupMembers(ctx context.Context, tx *db.Tx, a *account, group wecom.Group, had map[string]groupMember, at int64) error {
	var customers []Contact
	var came []wecom.GroupMember
	here := map[string]bool{}
	for _, m := range group.Members {
		if m.ID == "" || len(m.ID) > maxID || here[m.ID] {
			continue
		}
		here[m.ID] = true
		if old, ok := had[m.ID]; ok && old.left == 0 && old.joined == occurredAt(m.JoinTime) {
			continue
		}
		came = append(came, m)
		if m.Type == 2 {
			c := Contact{Source: a.kind, Identities: []Identity{{"wecom_external_userid", m.ID}}, Name: oneLine(m.Name, 64), SeenAt: clock.Time(occurredAt(m.JoinTime))}
			if m.UnionID != "" {
				c.Identities = append(c.Identities, Identity{"unionid", m.UnionID})
			}
			customers = append(customers, c)
		}
	}
	persons, err := s.ports.People.Resolve(ctx, tx, a.org, customers)
	if err != nil {
		return err
	}
	var facts []timeline.Fact
	fact := func(kind, person, id, state string, scene, when int64) {
		facts = append(facts, timeline.Fact{Kind: kind, PersonID: person, OccurredAt: clock.Time(when), Source: a.kind,
			DedupeKey: strings.Join([]string{kind, a.id, group.ChatID, id, fmt.Sprint(when)}, ":"),
			Data:      carrierevent.Group{AccountID: a.id, ChatID: group.ChatID, Name: oneLine(group.Name, 64), ExternalID: id, State: state, Scene: scene}})
	}
	for _, m := range came {
		row := groupMember{kind: "staff", state: oneLine(m.State, 64), joined: occurredAt(m.JoinTime)}
		if m.Type == 2 {
			row.kind, row.person, persons = "customer", persons[0], persons[1:]
			fact(carrierevent.GroupJoined, row.person, m.ID, row.state, int64(m.JoinScene), row.joined)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO carrier_group_member (org_id, account_id, chat_id, member_id, kind, person_id, state, scene, joined_at, left_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
			ON CONFLICT (org_id, account_id, chat_id, member_id) DO UPDATE SET kind = excluded.kind, person_id = excluded.person_id, state = excluded.state, scene = excluded.scene,
				joined_at = excluded.joined_at, left_at = 0`, a.org, a.id, group.ChatID, m.ID, row.kind, row.person, row.state, int64(m.JoinScene), row.joined); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(func(yield func(string) bool) {
		for id, m := range had {
			if m.left == 0 && !here[id] && !yield(id) {
				return
			}
		}
	}) {
		if _, err := tx.Exec(ctx, "UPDATE carrier_group_member SET left_at = ? WHERE org_id = ? AND account_id = ? AND chat_id = ? AND member_id = ?", at, a.org, a.id, group.ChatID, id); err != nil {
			return err
		}
		if m := had[id]; m.kind == "customer" {
			fact(carrierevent.GroupLeft, m.person, id, m.state, 0, at)
		}
	}
	_, err = s.log.Append(ctx, tx, a.org, facts...)
	return err
}
