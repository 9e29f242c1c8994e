package pool

import (
	"context"
	"encoding/json"
	"slices"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/pool/poolevent"
)

// TraitInput declares a trait.
type TraitInput struct {
	Key     string   `json:"key" pattern:"^[a-z][a-z0-9_]{0,39}$" doc:"How sources and segments name it; never changes"`
	Label   string   `json:"label" minLength:"1" maxLength:"40"`
	Type    string   `json:"type" enum:"text,number,date,boolean,list"`
	Options []string `json:"options,omitempty" maxItems:"200" nullable:"false" doc:"The values allowed; for text and list"`
}

// TraitPatch changes a declaration; nil leaves as it is. Options that are
// taken away stay with the persons who have them.
type TraitPatch struct {
	Label   *string   `json:"label,omitempty" minLength:"1" maxLength:"40"`
	Options *[]string `json:"options,omitempty" maxItems:"200"`
}

const maxTraits = 200

func errNoTrait() error { return errs.NotFound(i18n.T("这个属性", "trait")) }

// Traits lists the declared traits.
func (s *Service) Traits(ctx context.Context) (out []TraitDef, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out, err = traitDefs(ctx, tx, a.OrgID)
		return err
	})
	return out, err
}

// TraitTypes gives the type of each declared trait: text, number, date,
// boolean or list.
func (s *Service) TraitTypes(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error) {
	defs, err := traitDefs(ctx, tx, orgID)
	out := make(map[string]string, len(defs))
	for _, d := range defs {
		out[d.Key] = d.Type
	}
	return out, err
}

// cleanDef checks label and options.
func cleanDef(d *TraitDef) error {
	var problem i18n.Text
	if d.Label, problem = cleanLine(d.Label, maxTagName); !problem.IsZero() || d.Label == "" {
		return required("body.label")
	}
	options := []string{}
	for _, o := range d.Options {
		o, problem := cleanLine(o, maxName)
		if !problem.IsZero() {
			return errs.InvalidField("body.options", problem)
		}
		if o != "" && !slices.Contains(options, o) {
			options = append(options, o)
		}
	}
	if d.Options = options; len(options) > 0 && d.Type != "text" && d.Type != "list" {
		return errs.InvalidField("body.options", i18n.T("只有文本和列表可以有可选值", "Only text and list have options"))
	}
	return nil
}

// CreateTrait declares a trait.
func (s *Service) CreateTrait(ctx context.Context, in TraitInput) (out TraitDef, err error) {
	a, _ := access.From(ctx)
	out = TraitDef{Key: in.Key, Label: in.Label, Type: in.Type, Options: in.Options, CreatedAt: s.now()}
	if err := cleanDef(&out); err != nil {
		return out, err
	}
	options, err := json.Marshal(out.Options)
	if err != nil {
		return out, err
	}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		defs, err := traitDefs(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		if len(defs) >= maxTraits {
			return errs.Conflict(i18n.T("属性已达上限 %d 个", "There are %d traits already, the most that fit", maxTraits))
		}
		n, err := tx.Changed(ctx, `INSERT INTO pool_trait_def (org_id, trait_key, label, type, options, created_at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (org_id, trait_key) DO NOTHING`, a.OrgID, out.Key, out.Label, out.Type, string(options), clock.Micros(out.CreatedAt))
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.Conflict(i18n.T("已有同名属性", "There is a trait with this key"))
		}
		if err := s.tell(ctx, tx, a.OrgID, poolevent.TraitDefined, poolevent.Trait{Key: out.Key}); err != nil {
			return err
		}
		return s.audit.Audit(ctx, tx, "trait.declared", "trait", out.Key, map[string]any{"type": out.Type, "label": out.Label})
	})
	return out, err
}

// UpdateTrait changes a declaration's label or options.
func (s *Service) UpdateTrait(ctx context.Context, key string, p TraitPatch) (out TraitDef, err error) {
	a, _ := access.From(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		defs, err := traitDefs(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(defs, func(d TraitDef) bool { return d.Key == key })
		if i < 0 {
			return errNoTrait()
		}
		out = defs[i]
		if p.Label != nil {
			out.Label = *p.Label
		}
		if p.Options != nil {
			out.Options = *p.Options
		}
		if err := cleanDef(&out); err != nil {
			return err
		}
		options, err := json.Marshal(out.Options)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE pool_trait_def SET label = ?, options = ? WHERE org_id = ? AND trait_key = ?", out.Label, string(options), a.OrgID, key); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, a.OrgID, poolevent.TraitDefined, poolevent.Trait{Key: key}); err != nil {
			return err
		}
		return s.audit.Audit(ctx, tx, "trait.updated", "trait", key, map[string]any{"label": out.Label, "options": len(out.Options)})
	})
	return out, err
}

// DeleteTrait removes a declaration. While persons have values, that is
// errs.CodeConflict, unless force: then the values go too.
func (s *Service) DeleteTrait(ctx context.Context, key string, force bool) error {
	a, _ := access.From(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		var used int64
		err := tx.QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM pool_trait WHERE org_id = ? AND trait_key = ? AND value <> '' LIMIT ?) t", a.OrgID, key, maxCount).Scan(&used)
		if err != nil {
			return err
		}
		if used > 0 && !force {
			return errs.Conflict(i18n.T("有 %d 位客户用到这个属性；确认后可连同数据一起删除", "%d persons have a value of this trait; confirm to delete the values too", used))
		}
		n, err := tx.Changed(ctx, "DELETE FROM pool_trait_def WHERE org_id = ? AND trait_key = ?", a.OrgID, key)
		if err != nil {
			return err
		}
		if n == 0 {
			return errNoTrait()
		}
		if _, err := tx.Exec(ctx, "DELETE FROM pool_trait WHERE org_id = ? AND trait_key = ?", a.OrgID, key); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, a.OrgID, poolevent.TraitDeleted, poolevent.Trait{Key: key}); err != nil {
			return err
		}
		return s.audit.Audit(ctx, tx, "trait.deleted", "trait", key, map[string]any{"values": used})
	})
}

// SetTraits sets values of a person's traits; nil takes one back.
func (s *Service) SetTraits(ctx context.Context, personID string, values map[string]any) (out PersonDetail, err error) {
	a, _ := access.From(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		c, err := s.Checker(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		clean, fields := c.cleanTraits(values, "body.")
		if len(fields) > 0 {
			return invalid(fields)
		}
		if err := s.lock(ctx, tx, a.OrgID); err != nil {
			return err
		}
		canonical, _, err := s.visible(ctx, tx, a, personID)
		if err != nil {
			return err
		}
		var lines []traitRow
		facts := map[string]fact{}
		for _, key := range keys(clean) {
			lines = append(lines, traitRow{canonical, key, clean[key], clock.Micros(s.now())})
			facts[key] = fact{v: clean[key]}
		}
		if len(lines) > 0 {
			if err := setTraits(ctx, tx, a.OrgID, lines); err != nil {
				return err
			}
			if err := s.updated(ctx, tx, a, canonical, facts); err != nil {
				return err
			}
			if err := s.audit.Audit(ctx, tx, poolevent.Updated, "person", canonical, map[string]any{"traits": keys(clean)}); err != nil {
				return err
			}
		}
		out, err = s.get(ctx, tx, a, canonical)
		return err
	})
	return out, err
}

// setTraits is saveTraits for what a human says now, whatever a source may
// have said about the future.
func setTraits(ctx context.Context, tx *db.Tx, orgID string, lines []traitRow) error {
	for _, l := range lines {
		if _, err := tx.Exec(ctx, "DELETE FROM pool_trait WHERE org_id = ? AND person_id = ? AND trait_key = ?", orgID, l.person, l.key); err != nil {
			return err
		}
	}
	return saveTraits(ctx, tx, orgID, lines)
}
