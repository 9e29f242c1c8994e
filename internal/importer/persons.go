package importer

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"fishpond/internal/importer/table"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// traitColumn is a column that holds a trait.
type traitColumn struct {
	key, kind string
	at        int
}

// traitColumns checks that what is mapped as trait:KEY has been declared.
func traitColumns(at map[string]int, types map[string]string) ([]traitColumn, error) {
	var out []traitColumn
	for field, column := range at {
		key, ok := strings.CutPrefix(field, traitPrefix)
		if !ok || column < 0 {
			continue
		}
		kind, declared := types[key]
		if !declared {
			return nil, errs.InvalidField("mapping."+short(field), i18n.T("没有声明过属性“%s”，请先在设置里添加", "The trait %s is not declared; add it in the settings first", short(key)))
		}
		out = append(out, traitColumn{key: key, kind: kind, at: column})
	}
	slices.SortFunc(out, func(a, b traitColumn) int { return strings.Compare(a.key, b.key) })
	return out, nil
}

// personRow is a person of the file on the way to the store. It is kept as
// JSON: files of persons are small beside files of orders.
type personRow struct {
	Line    int64
	Joined  int64 // UTC microseconds, 0 when not given
	Contact Contact
}

func (p personRow) key() uint64 {
	return contact{customer: p.Contact.Customer, phone: p.Contact.Phone, email: p.Contact.Email}.key()
}

func (s *Service) importPersons(ctx context.Context, p *plan, t *table.Table) (r Result, err error) {
	out, err := newRejects(p.tmp, p.Lang)
	if err != nil {
		return r, err
	}
	defer out.spill.drop()
	taken, err := newSpill(p.tmp, "persons", 64<<10)
	if err != nil {
		return r, err
	}
	defer taken.drop()

	last := map[uint64]int64{} // the last line of each person: what it says counts
	r.Rows, err = s.scan(ctx, p, t, func(number int64, cells [][]byte, problem i18n.Text) error {
		if problem.IsZero() && !p.hasCustomer(cells) {
			r.RowsWithoutCustomer++
			return nil
		}
		row := personRow{Line: number}
		if problem.IsZero() {
			row.Contact, row.Joined, problem = p.person(cells)
		}
		if !problem.IsZero() {
			return out.add(number, problem, cells)
		}
		last[row.key()] = number
		b, err := json.Marshal(row)
		if err != nil {
			return err
		}
		return taken.write(b)
	})
	if err != nil {
		return Result{}, err
	}
	r.Persons, r.RowsRejected = int64(len(last)), out.count()
	if p.RejectedPath != "" && out.count() > 0 {
		if err := out.save(p.RejectedPath, p.header); err != nil {
			return Result{}, err
		}
	}
	return r, s.storePersons(ctx, p, taken, last, r.Rows)
}

// storePersonsBatch is how many persons a transaction makes.
const storePersonsBatch = 500

func (s *Service) storePersons(ctx context.Context, p *plan, taken *spill, last map[uint64]int64, rows int64) error {
	total := taken.n
	in, err := taken.rewind(64 << 10)
	if err != nil {
		return err
	}
	progress := Progress{Phase: PhaseStoring, RowsRead: rows, BytesRead: p.size, OrdersTotal: total}
	s.show(p, progress, true)
	var buf []byte
	for ended := false; !ended; {
		var contacts []Contact
		var lines int64
		for len(contacts) < storePersonsBatch {
			if buf, err = in.next(buf[:0]); err == io.EOF {
				ended = true
				break
			}
			var row personRow
			if err == nil {
				err = json.Unmarshal(buf, &row)
			}
			if err != nil {
				return err
			}
			lines++
			if row.Joined != 0 { // known since then, though not as the rest of the row says
				joined := row.Contact
				joined.Profile, joined.SeenAt = nil, clock.Time(row.Joined)
				contacts = append(contacts, joined)
			}
			if last[row.key()] != row.Line {
				row.Contact.Profile = nil
			}
			contacts = append(contacts, row.Contact)
		}
		if len(contacts) == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.db.Write(ctx, p.orgID, func(tx *db.Tx) error {
			_, err := s.resolve(ctx, tx, p, contacts)
			return err
		}); err != nil {
			return err
		}
		progress.OrdersDone += lines
		s.show(p, progress, ended)
	}
	return nil
}

// person reads a row about a person.
func (p *plan) person(cells [][]byte) (c Contact, joined int64, why i18n.Text) {
	if why = p.checkContact(cells); !why.IsZero() {
		return c, 0, why
	}
	c = Contact{Source: p.Source, Customer: customerID(cell(cells, p.c.customer)), Phone: string(cell(cells, p.c.phone)), Email: string(cell(cells, p.c.email))}
	f := &Profile{Name: text(cell(cells, p.c.name)), Region: text(cell(cells, p.c.region))}
	c.Profile = f
	if f.Gender, why = p.gender(cells); !why.IsZero() {
		return c, 0, why
	}
	if f.Birthday, why = p.birthday(cells); !why.IsZero() {
		return c, 0, why
	}
	if i := p.at[fieldCreatedAt]; filled(cells, i) {
		at, ok := p.layout.parse(cells[i])
		if !ok {
			return c, 0, p.about(i, cells, i18n.T("读不出时间（格式 %s）", "not a time written as %s", p.layout.pattern))
		}
		joined = at
	}
	if i := p.at[fieldOwner]; filled(cells, i) {
		id, ok := p.staff[strings.ToLower(string(cell(cells, i)))]
		if !ok {
			return c, 0, p.about(i, cells, i18n.Text{ZH: "没有这个员工，或有同名的", EN: "no such member of staff, or two of that name"})
		}
		f.OwnerID = id
	}
	if i := p.at[fieldTags]; filled(cells, i) {
		f.Tags = list(cell(cells, i))
		for _, tag := range f.Tags {
			if len([]rune(tag)) > 50 {
				return c, 0, p.about(i, cells, i18n.T("标签最多 %d 个字", "a tag has at most %d characters", 50))
			}
		}
	}
	for i := range p.traits {
		tr := &p.traits[i]
		if !filled(cells, tr.at) {
			continue
		}
		v, why := tr.read(cell(cells, tr.at), p.grouped)
		if !why.IsZero() {
			return c, 0, p.about(tr.at, cells, why)
		}
		if f.Traits == nil {
			f.Traits = map[string]any{}
		}
		f.Traits[tr.key] = v
	}
	if err := p.check(c); err != nil {
		return c, 0, reason(err)
	}
	return c, joined, i18n.Text{}
}

func (p *plan) gender(cells [][]byte) (string, i18n.Text) {
	i := p.at[fieldGender]
	switch strings.ToLower(string(cell(cells, i))) {
	case "", "未知", "保密", "unknown":
		return "", i18n.Text{}
	case "男", "男性", "先生", "m", "male", "man":
		return "male", i18n.Text{}
	case "女", "女性", "女士", "f", "female", "woman":
		return "female", i18n.Text{}
	case "其他", "other":
		return "other", i18n.Text{}
	}
	return "", p.about(i, cells, i18n.Text{ZH: "性别只能是 男、女、其他 或空", EN: "the gender is male, female, other or empty"})
}

func (p *plan) birthday(cells [][]byte) (string, i18n.Text) {
	i := p.at[fieldBirthday]
	if !filled(cells, i) {
		return "", i18n.Text{}
	}
	day, ok := date(cell(cells, i))
	if !ok {
		return "", p.about(i, cells, notADate)
	}
	return day, i18n.Text{}
}

var notADate = i18n.Text{ZH: "不是日期，请写成 2000-01-31", EN: "not a date; write it as 2000-01-31"}

// dateLayouts are those that mean one day only.
var dateLayouts = []string{"2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", "20060102", "2006-1-2 15:04:05", "2006/1/2 15:04", "2006/1/2 15:04:05"}

func date(b []byte) (string, bool) {
	for _, pattern := range dateLayouts {
		if t, err := time.Parse(pattern, string(b)); err == nil && t.Year() >= 1880 && t.Year() <= lastYear {
			return t.Format(time.DateOnly), true
		}
	}
	if plausible(layoutExcel, b) {
		if t, ok := (&layout{pattern: layoutExcel, loc: time.UTC}).time(string(b)); ok {
			return t.Format(time.DateOnly), true
		}
	}
	return "", false
}

// list splits a cell that holds several words.
func list(b []byte) []string {
	var out []string
	for _, part := range strings.FieldsFunc(string(b), func(r rune) bool { return strings.ContainsRune(",;|，；、\n\t", r) }) {
		if part = strings.TrimSpace(part); part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}

// read turns a cell into a value of the trait's type.
func (t *traitColumn) read(b []byte, grouped bool) (any, i18n.Text) {
	switch t.kind {
	case "number":
		n, why := parseNumber(b, grouped)
		f, _ := n.decimal().Float64()
		return f, why
	case "boolean":
		switch strings.ToLower(string(bytes.TrimSpace(b))) {
		case "是", "有", "true", "yes", "y", "1":
			return true, i18n.Text{}
		case "否", "无", "没有", "false", "no", "n", "0":
			return false, i18n.Text{}
		}
		return nil, i18n.Text{ZH: "应为 是 或 否", EN: "must be yes or no"}
	case "date":
		day, ok := date(b)
		if !ok {
			return nil, notADate
		}
		return day, i18n.Text{}
	case "list":
		return list(b), i18n.Text{}
	}
	if len(b) > 1000 {
		return nil, i18n.T("超过 %d 字节", "more than %d bytes", 1000)
	}
	return string(b), i18n.Text{}
}
