package pool

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/pool/resolve"
)

// prepared is a contact in the form in which it is stored.
type prepared struct {
	keys                                  []resolve.Key
	name, region, gender, birthday, owner string
	traits                                map[string]string // key → JSON
	tags                                  []string
	seen                                  int64 // UTC microseconds
	source                                string
}

// Checker tells what is wrong with contacts before they are resolved, so that
// a source can leave out the wrong ones. It belongs to one org and one moment.
type Checker struct {
	region string
	traits map[string]TraitDef
	now    time.Time
}

// Checker returns a checker for an org.
func (s *Service) Checker(ctx context.Context, tx *db.Tx, orgID string) (*Checker, error) {
	set, err := s.orgs.PoolSettings(ctx, tx, orgID)
	if err != nil {
		return nil, fmt.Errorf("pool: settings: %w", err)
	}
	defs, err := traitDefs(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	c := &Checker{region: set.phoneRegion(), traits: make(map[string]TraitDef, len(defs)), now: s.now()}
	for _, d := range defs {
		c.traits[d.Key] = d
	}
	return c, nil
}

// Check returns nil, or an errs.CodeInvalid error that names every wrong
// field of the contact: identities[0].value, birthday, traits.size.
func (c *Checker) Check(contact Contact) error {
	_, fields := c.prepare(contact, "")
	if len(fields) == 0 {
		return nil
	}
	return invalid(fields)
}

// Usable returns the contact without the fields that Check finds wrong, for
// sources that would rather keep the rest. It may have no identity left.
func (c *Checker) Usable(contact Contact) Contact {
	ids := contact.Identities
	contact.Identities = nil
	for _, id := range ids {
		if _, problem := normalise(id, c.region, contact.Source); problem.IsZero() && len(contact.Identities) < maxIdentities {
			contact.Identities = append(contact.Identities, id)
		}
	}
	if _, problem := cleanLine(contact.Name, maxName); !problem.IsZero() {
		contact.Name = ""
	}
	if _, problem := cleanLine(contact.Region, maxRegion); !problem.IsZero() {
		contact.Region = ""
	}
	if _, problem := cleanGender(contact.Gender); !problem.IsZero() {
		contact.Gender = ""
	}
	if _, problem := c.cleanBirthday(contact.Birthday); !problem.IsZero() {
		contact.Birthday = ""
	}
	contact.Tags = slices.DeleteFunc(slices.Clone(contact.Tags), func(t string) bool {
		_, problem := cleanLine(t, maxTagName)
		return !problem.IsZero()
	})
	traits := map[string]any{}
	for key, v := range contact.Traits {
		if _, wrong := c.cleanTraits(map[string]any{key: v}, ""); len(wrong) == 0 {
			traits[key] = v
		}
	}
	contact.Traits = traits
	return contact
}

func invalid(fields []errs.Field) error {
	return errs.Invalid(i18n.T("有内容填写不正确，请按下面的提示修改", "Some of the input is not right; see each field"), fields...)
}

func (c *Checker) prepare(in Contact, at string) (prepared, []errs.Field) {
	out := prepared{source: in.Source, owner: in.OwnerStaffID, seen: clock.Micros(in.SeenAt)}
	var fields []errs.Field
	wrong := func(path string, t i18n.Text) { fields = append(fields, errs.Field{Path: at + path, Text: t}) }
	if in.SeenAt.IsZero() {
		out.seen = clock.Micros(c.now)
	}
	if len(in.Identities) == 0 {
		wrong("identities", i18n.T("至少要有一个身份", "At least one identity is needed"))
	}
	if len(in.Identities) > maxIdentities {
		wrong("identities", i18n.T("一次最多 %d 个身份", "At most %d identities at once", maxIdentities))
		return out, fields
	}
	for i, id := range in.Identities {
		key, problem := normalise(id, c.region, in.Source)
		if !problem.IsZero() {
			wrong(fmt.Sprintf("identities[%d].value", i), problem)
			continue
		}
		out.keys = append(out.keys, key)
	}
	var problem i18n.Text
	if out.name, problem = cleanLine(in.Name, maxName); !problem.IsZero() {
		wrong("name", problem)
	}
	if out.region, problem = cleanLine(in.Region, maxRegion); !problem.IsZero() {
		wrong("region", problem)
	}
	if out.gender, problem = cleanGender(in.Gender); !problem.IsZero() {
		wrong("gender", problem)
	}
	if out.birthday, problem = c.cleanBirthday(in.Birthday); !problem.IsZero() {
		wrong("birthday", problem)
	}
	for i, name := range in.Tags {
		clean, problem := cleanLine(name, maxTagName)
		if !problem.IsZero() {
			wrong(fmt.Sprintf("tags[%d]", i), problem)
		} else if clean != "" {
			out.tags = append(out.tags, clean)
		}
	}
	traits, bad := c.cleanTraits(in.Traits, at+"traits.")
	out.traits, fields = traits, append(fields, bad...)
	return out, fields
}

const (
	maxIdentities = 20
	maxName       = 128 // characters
	maxRegion     = 64
	maxTagName    = 40
)

// cleanLine makes hostile text one line of plain text: control characters
// become spaces, runs of spaces one.
func cleanLine(s string, most int) (string, i18n.Text) {
	if s == "" {
		return "", i18n.Text{}
	}
	if !utf8.ValidString(s) {
		return "", i18n.T("文字编码不正确", "The text is not valid UTF-8")
	}
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if utf8.RuneCountInString(s) > most {
		return "", i18n.T("最多 %d 个字符", "At most %d characters", most)
	}
	return s, i18n.Text{}
}

func cleanGender(s string) (string, i18n.Text) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "":
		return "", i18n.Text{}
	case "male", "m", "男":
		return "male", i18n.Text{}
	case "female", "f", "女":
		return "female", i18n.Text{}
	case "other", "其他":
		return "other", i18n.Text{}
	}
	return "", i18n.T("性别应为 male、female 或 other", "Gender is male, female or other")
}

func (c *Checker) cleanBirthday(s string) (string, i18n.Text) {
	if s == "" {
		return "", i18n.Text{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1900 || t.After(c.now.AddDate(0, 0, 1)) {
		return "", i18n.T("生日应为 1900 年以后的日期，例如 1990-05-17", "A birthday is a date since 1900, as 1990-05-17")
	}
	return s, i18n.Text{}
}

// nameKey is the form of a name by which lists sort and search: compatibility
// forms and case folded (full-width Ａ is a).
func nameKey(name string) string {
	k := strings.ToLower(norm.NFKC.String(name))
	if r := []rune(k); len(r) > maxName {
		k = string(r[:maxName])
	}
	return k
}

func (c *Checker) cleanTraits(in map[string]any, at string) (map[string]string, []errs.Field) {
	if len(in) == 0 {
		return nil, nil
	}
	out := make(map[string]string, len(in))
	var fields []errs.Field
	for key, v := range in {
		def, ok := c.traits[key]
		if !ok {
			fields = append(fields, errs.Field{Path: at + key, Text: i18n.T("没有定义这个属性", "This trait is not declared")})
			continue
		}
		if v == nil { // takes the value back
			out[key] = ""
			continue
		}
		v, problem := def.clean(v)
		if !problem.IsZero() {
			fields = append(fields, errs.Field{Path: at + key, Text: problem})
			continue
		}
		b, err := json.Marshal(v)
		if err != nil {
			fields = append(fields, errs.Field{Path: at + key, Text: i18n.T("值不正确", "The value is not right")})
			continue
		}
		out[key] = string(b)
	}
	return out, fields
}
