package pool

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// TraitDef declares a trait: an attribute of persons with a type.
type TraitDef struct {
	Key       string    `json:"key"`
	Label     string    `json:"label"`
	Type      string    `json:"type" enum:"text,number,date,boolean,list" doc:"list: one or more of the options"`
	Options   []string  `json:"options" nullable:"false" doc:"For list; for text, the only values allowed, or empty"`
	CreatedAt time.Time `json:"created_at"`
}

const maxTraitText = 1000 // characters

// clean checks a value from JSON against the declaration and brings it into
// the form in which it is stored.
func (d TraitDef) clean(v any) (any, i18n.Text) {
	switch d.Type {
	case "text":
		s, ok := v.(string)
		if !ok {
			return nil, i18n.T("应为文本", "Expected text")
		}
		s, problem := cleanLine(s, maxTraitText)
		if problem.IsZero() && len(d.Options) > 0 && !slices.Contains(d.Options, s) {
			problem = i18n.T("不在可选值之中", "Not one of the options")
		}
		return s, problem
	case "number":
		switch n := v.(type) {
		case float64, int, int64:
			return n, i18n.Text{}
		case json.Number:
			if f, err := n.Float64(); err == nil {
				return f, i18n.Text{}
			}
		}
		return nil, i18n.T("应为数字", "Expected a number")
	case "boolean":
		if _, ok := v.(bool); !ok {
			return nil, i18n.T("应为 true 或 false", "Expected true or false")
		}
		return v, i18n.Text{}
	case "date":
		s, _ := v.(string)
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return nil, i18n.T("应为日期，例如 2026-01-02", "Expected a date, as 2026-01-02")
		}
		return s, i18n.Text{}
	}
	list, ok := stringList(v)
	if !ok {
		return nil, i18n.T("应为文本的列表", "Expected a list of texts")
	}
	out := make([]string, 0, len(list))
	for _, s := range list {
		if utf8.RuneCountInString(s) > maxName || len(d.Options) > 0 && !slices.Contains(d.Options, s) {
			return nil, i18n.T("不在可选值之中", "Not one of the options")
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out, i18n.Text{}
}

func stringList(v any) ([]string, bool) {
	switch l := v.(type) {
	case []string:
		return l, len(l) <= 100
	case []any:
		out := make([]string, len(l))
		for i, x := range l {
			s, ok := x.(string)
			if !ok {
				return nil, false
			}
			out[i] = s
		}
		return out, len(l) <= 100
	}
	return nil, false
}

func traitDefs(ctx context.Context, tx *db.Tx, orgID string) (out []TraitDef, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var d TraitDef
		var options string
		var at int64
		if err := rows.Scan(&d.Key, &d.Label, &d.Type, &options, &at); err != nil {
			return err
		}
		d.CreatedAt = clock.Time(at)
		if err := json.Unmarshal([]byte(options), &d.Options); err != nil {
			return err
		}
		out = append(out, d)
		return nil
	}, "SELECT trait_key, label, type, options, created_at FROM pool_trait_def WHERE org_id = ? ORDER BY created_at, trait_key", orgID)
	return out, err
}

// traitRow is one value of one person; an empty value takes it back.
type traitRow struct {
	person, key, value string
	at                 int64
}

// json is the value as it stands in an event.
func (f fact) json() json.RawMessage {
	if f.v == "" {
		return json.RawMessage("null")
	}
	return json.RawMessage(f.v)
}

// saveTraits writes values unless a newer one is there. Each (person, key)
// may occur once.
func saveTraits(ctx context.Context, tx *db.Tx, orgID string, lines []traitRow) error {
	n := len(lines)
	if n == 0 {
		return nil
	}
	slices.SortFunc(lines, func(a, b traitRow) int { return cmp.Or(cmp.Compare(a.person, b.person), cmp.Compare(a.key, b.key)) })
	person, key, value, at := make([]string, n), make([]string, n), make([]string, n), make([]int64, n)
	for i, l := range lines {
		person[i], key[i], value[i], at[i] = l.person, l.key, l.value, l.at
	}
	_, err := tx.BulkInsert(ctx, "pool_trait", `ON CONFLICT (org_id, person_id, trait_key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
		WHERE excluded.updated_at > pool_trait.updated_at OR (excluded.updated_at = pool_trait.updated_at AND excluded.value > pool_trait.value)`,
		db.Same("org_id", orgID, n), db.Text("person_id", person), db.Text("trait_key", key), db.Text("value", value), db.Int("updated_at", at))
	return err
}

// traitValues is what holds of a set of persons: of each trait the newest value.
func traitValues(ctx context.Context, tx *db.Tx, orgID string, members []string) (map[string]json.RawMessage, error) {
	out, newest := map[string]json.RawMessage{}, map[string]fact{}
	where, arg := tx.In("person_id", members)
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var key string
		var f fact
		if err := rows.Scan(&key, &f.v, &f.at); err != nil {
			return err
		}
		if old, ok := newest[key]; !ok || f.at > old.at || f.at == old.at && f.v > old.v {
			newest[key] = f
		}
		return nil
	}, "SELECT trait_key, value, updated_at FROM pool_trait WHERE org_id = ? AND "+where, orgID, arg)
	for key, f := range newest {
		if f.v != "" {
			out[key] = json.RawMessage(f.v)
		}
	}
	return out, err
}
