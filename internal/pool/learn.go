package pool

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// Lesson is what some part of the house has learned of a person.
type Lesson struct {
	Add, Remove []string            // ids of tags
	Alone       []string            // ids of tags that are given while others of their groups are taken
	Set         map[string]any      // traits by key
	Append      map[string][]string // what is added to traits that are lists
}

// TraitChange is how a trait was and has become; JSON, nil for none.
type TraitChange struct {
	Key           string
	Before, After json.RawMessage
	Added         []string // to a list
}

// Learned is what a lesson has changed: what was so before is not in it.
type Learned struct {
	Added, Removed []TagBrief
	Traits         []TraitChange
}

// Learn changes tags and traits of a person within the caller's transaction.
// What is not declared, or does not fit its declaration, is passed over; a tag
// that is given as well as taken is given. An unknown person is
// errs.CodeNotFound. source is who says so, as in Contact.
func (s *Service) Learn(ctx context.Context, tx *db.Tx, orgID, source, personID string, l Lesson) (out Learned, err error) {
	if err := s.lock(ctx, tx, orgID); err != nil {
		return out, err
	}
	canonical, members, err := s.Members(ctx, tx, orgID, personID)
	if err != nil {
		return out, err
	}
	if out.Added, out.Removed, err = s.learnTags(ctx, tx, orgID, source, canonical, l); err != nil {
		return out, err
	}
	before, err := traitValues(ctx, tx, orgID, members)
	if err != nil {
		return out, err
	}
	check, err := s.Checker(ctx, tx, orgID)
	if err != nil {
		return out, err
	}
	values := map[string]any{}
	for key, v := range l.Set {
		values[key] = v
	}
	added := map[string][]string{}
	for key, more := range l.Append {
		var list []string
		if raw, ok := before[key]; check.traits[key].Type != "list" || ok && json.Unmarshal(raw, &list) != nil {
			continue
		}
		for _, m := range more {
			if !slices.Contains(list, m) {
				list, added[key] = append(list, m), append(added[key], m)
			}
		}
		if len(added[key]) > 0 {
			values[key] = list
		}
	}
	clean := map[string]string{}
	for key, v := range values {
		one, wrong := check.cleanTraits(map[string]any{key: v}, "")
		if len(wrong) == 0 && !bytes.Equal([]byte(one[key]), before[key]) {
			clean[key] = one[key]
		}
	}
	for _, key := range keys(clean) {
		out.Traits = append(out.Traits, TraitChange{Key: key, Before: before[key], After: json.RawMessage(clean[key]), Added: added[key]})
	}
	return out, s.putTraits(ctx, tx, orgID, source, canonical, clean)
}

// Unlearn takes back what a lesson has changed, where it still is so.
func (s *Service) Unlearn(ctx context.Context, tx *db.Tx, orgID, source, personID string, did Learned) error {
	if err := s.lock(ctx, tx, orgID); err != nil {
		return err
	}
	canonical, members, err := s.Members(ctx, tx, orgID, personID)
	if err != nil {
		return err
	}
	back := Lesson{}
	for _, t := range did.Removed {
		back.Add = append(back.Add, t.ID)
	}
	for _, t := range did.Added {
		back.Remove = append(back.Remove, t.ID)
	}
	if _, _, err := s.learnTags(ctx, tx, orgID, source, canonical, back); err != nil {
		return err
	}
	now, err := traitValues(ctx, tx, orgID, members)
	if err != nil {
		return err
	}
	clean := map[string]string{}
	for _, t := range did.Traits {
		switch {
		case len(t.Added) > 0:
			var list []string
			if json.Unmarshal(now[t.Key], &list) != nil {
				continue
			}
			left := slices.DeleteFunc(list, func(v string) bool { return slices.Contains(t.Added, v) })
			clean[t.Key] = ""
			if len(left) > 0 {
				b, err := json.Marshal(left)
				if err != nil {
					return err
				}
				clean[t.Key] = string(b)
			}
		case bytes.Equal(now[t.Key], t.After):
			if clean[t.Key] = string(t.Before); clean[t.Key] == "null" {
				clean[t.Key] = ""
			}
		}
	}
	return s.putTraits(ctx, tx, orgID, source, canonical, clean)
}

// learnTags gives and takes tags and tells what has changed by it.
func (s *Service) learnTags(ctx context.Context, tx *db.Tx, orgID, source, canonical string, l Lesson) (added, removed []TagBrief, err error) {
	if len(l.Add)+len(l.Remove)+len(l.Alone) == 0 {
		return nil, nil, nil
	}
	known, nameOf, groupOf := map[string]TagBrief{}, map[string]string{}, map[string]string{}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var t TagBrief
		var group string
		err := rows.Scan(&t.ID, &t.Name, &t.Color, &group)
		known[t.ID], nameOf[t.ID], groupOf[t.ID] = t, t.Name, group
		return err
	}, "SELECT id, name, color, group_name FROM pool_tag WHERE org_id = ?", orgID); err != nil {
		return nil, nil, err
	}
	had := map[string]bool{}
	if err := tagsOf(ctx, tx, orgID, []string{canonical}, func(_ string, t TagBrief) { had[t.ID] = true }); err != nil {
		return nil, nil, err
	}
	give, take := map[string]bool{}, map[string]bool{}
	for _, id := range l.Remove {
		take[id] = true
	}
	for _, id := range l.Alone {
		for other := range had {
			if groupOf[id] != "" && groupOf[other] == groupOf[id] {
				take[other] = true
			}
		}
	}
	for _, id := range slices.Concat(l.Add, l.Alone) {
		give[id] = true
	}
	var pairs []tagging
	for _, id := range keys(give) {
		if t, ok := known[id]; ok && !had[id] {
			pairs, added = append(pairs, tagging{canonical, id}), append(added, t)
		}
	}
	var gone []string
	for _, id := range keys(take) {
		if t, ok := known[id]; ok && had[id] && !give[id] {
			gone, removed = append(gone, id), append(removed, t)
		}
	}
	if err := s.link(ctx, tx, orgID, pairs, nameOf, source); err != nil {
		return nil, nil, err
	}
	return added, removed, s.unlink(ctx, tx, orgID, source, []string{canonical}, gone, nameOf)
}

// putTraits writes values as a human would and tells of them; an empty one is
// taken back.
func (s *Service) putTraits(ctx context.Context, tx *db.Tx, orgID, source, canonical string, clean map[string]string) error {
	if len(clean) == 0 {
		return nil
	}
	var lines []traitRow
	for _, key := range keys(clean) {
		lines = append(lines, traitRow{canonical, key, clean[key], clock.Micros(s.now())})
	}
	if err := setTraits(ctx, tx, orgID, lines); err != nil {
		return err
	}
	fresh, err := s.refresh(ctx, tx, orgID, []string{canonical})
	if err != nil {
		return err
	}
	data := fresh[canonical].event()
	if data.Traits == nil {
		data.Traits = map[string]json.RawMessage{}
	}
	for key, v := range clean {
		data.Traits[key] = fact{v: v}.json()
	}
	_, err = s.log.Append(ctx, tx, orgID, timeline.Fact{Kind: poolevent.Updated, PersonID: canonical, Source: source, Data: data})
	return err
}

// DeclareTrait makes a trait within the caller's transaction unless there is
// one of its key, whatever that is.
func (s *Service) DeclareTrait(ctx context.Context, tx *db.Tx, orgID string, in TraitInput) error {
	d := TraitDef{Key: in.Key, Label: in.Label, Type: in.Type, Options: in.Options}
	if err := cleanDef(&d); err != nil {
		return err
	}
	options, err := json.Marshal(d.Options)
	if err != nil {
		return err
	}
	n, err := tx.Changed(ctx, `INSERT INTO pool_trait_def (org_id, trait_key, label, type, options, created_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (org_id, trait_key) DO NOTHING`, orgID, d.Key, d.Label, d.Type, string(options), clock.Micros(s.now()))
	if err != nil || n == 0 {
		return err
	}
	return s.tell(ctx, tx, orgID, poolevent.TraitDefined, poolevent.Trait{Key: d.Key})
}

// Phone brings a phone number into E.164, taking one without a country code
// for one of the brand's country. What cannot be one is errs.CodeInvalid.
func (s *Service) Phone(ctx context.Context, tx *db.Tx, orgID, raw string) (string, error) {
	set, err := s.orgs.PoolSettings(ctx, tx, orgID)
	if err != nil {
		return "", err
	}
	e164, ok := normalPhone(raw, set.phoneRegion())
	if !ok {
		return "", errs.InvalidField("phone", i18n.T("不是有效的电话号码", "This is not a phone number"))
	}
	return e164, nil
}
