package importer

import (
	"context"
	"embed"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fishpond/internal/importer/table"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/timeline"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the module's tables.
var Migration = db.Migration{Module: "importer", FS: migrations}

// PermRun allows to import.
const PermRun = "import.run"

// Permissions are those that the module checks.
var Permissions = []access.Permission{
	{Key: PermRun, Module: "importer", Text: i18n.Text{ZH: "导入客户和订单", EN: "Import persons and orders"}, Roles: []string{"owner", "operator"}},
}

// Config is how the module is set up. Zero values mean the defaults.
type Config struct {
	Dir       string // where uploads and rejected lines are kept; on several nodes, shared by all
	MaxUpload int64  // bytes of one upload; 2 GiB by default
}

// Service imports files.
type Service struct {
	db    *db.DB
	log   *timeline.Log
	now   clock.Clock
	slog  *slog.Logger
	ports Ports
	dir   string
	max   int64
}

// New returns the service.
func New(d *db.DB, log *timeline.Log, now clock.Clock, logger *slog.Logger, ports Ports, c Config) *Service {
	if c.MaxUpload == 0 {
		c.MaxUpload = 2 << 30
	}
	return &Service{db: d, log: log, now: now, slog: logger, ports: ports, dir: filepath.Join(c.Dir, "imports"), max: c.MaxUpload}
}

// Options say how to take a file. What is left empty is taken from the preset,
// found out from the file, or the org's.
type Options struct {
	Kind       string  `json:"kind"` // Orders by default
	Preset     string  `json:"preset,omitempty"`
	Mapping    Mapping `json:"mapping,omitempty"`
	Source     string  `json:"source,omitempty"` // what the orders' numbers belong to; the preset's name, or "import"
	TimeLayout string  `json:"time_layout,omitempty"`
	TimeZone   string  `json:"time_zone,omitempty"`
	Currency   string  `json:"currency,omitempty"`
	// Channel is to which people are credited who become known by the file: an
	// id, or all names from the platform down. Empty: none.
	Channel      string `json:"channel,omitempty"`
	RefundPrefix string `json:"refund_prefix,omitempty"` // of the numbers of refunds
	// NegativeRefunds takes orders whose lines are all negative for refunds.
	NegativeRefunds bool   `json:"negative_refunds,omitempty"`
	Encoding        string `json:"encoding,omitempty"`
	Delimiter       string `json:"delimiter,omitempty"`
	// RejectedPath is where rejected lines are written; no file when empty or
	// when nothing was rejected.
	RejectedPath string    `json:"-"`
	Lang         i18n.Lang `json:"lang,omitempty"`
}

// Result is what came of an import. All but Seconds follow from the file.
type Result struct {
	Rows                int64   `json:"rows" doc:"Lines of data in the file"`
	RowsWithoutCustomer int64   `json:"rows_without_customer" doc:"Lines left out because they name nobody"`
	RowsRejected        int64   `json:"rows_rejected" doc:"Lines that could not be taken"`
	Persons             int64   `json:"persons" doc:"Different customers among the lines taken"`
	Orders              int64   `json:"orders"`
	Refunds             int64   `json:"refunds"`
	GMVMinor            int64   `json:"gmv_minor" doc:"Paid by all orders, in minor units"`
	RefundedMinor       int64   `json:"refunded_minor" doc:"Given back by all refunds, in minor units"`
	Seconds             float64 `json:"seconds"`
}

// The phases of an import, as shown.
const (
	PhaseReading = "reading"
	PhaseStoring = "storing"
)

// Progress is how far an import has come.
type Progress struct {
	Phase                   string
	RowsRead                int64
	BytesRead, BytesTotal   int64
	OrdersDone, OrdersTotal int64 // persons, when persons are imported
}

// sampleRows is how many rows a guess rests on.
const sampleRows = 1000

// plan is an import with everything settled.
type plan struct {
	Options
	orgID    string
	at       map[string]int // field → column, -1 without
	c        columns
	loc      *time.Location
	layout   *layout
	digits   int32
	grouped  bool // commas may group thousands
	header   []string
	began    time.Time
	tmp      string // folder of spill files
	size     int64
	packed   int // about how many bytes one of the file's stands for
	traits   []traitColumn
	staff    map[string]string
	check    func(Contact) error
	progress func(Progress)
	shown    time.Time
}

// columns are the positions of the fields that every line is asked for.
type columns struct {
	customer, order, time, quantity, price, amount, sku, name, region, phone, email, personName int
}

// Import takes the file at path into the org and tells progress about it from
// time to time (never from two goroutines at once). It may be run again after
// any failure, and leaves nothing behind when the file as a whole is wrong.
func (s *Service) Import(ctx context.Context, orgID, path string, o Options, progress func(Progress)) (Result, error) {
	defer s.db.Roomy()()
	p, err := s.prepare(ctx, orgID, path, o)
	if err != nil {
		return Result{}, err
	}
	if p.progress = progress; progress == nil {
		p.progress = func(Progress) {}
	}
	if p.tmp, err = s.tempDir(); err != nil {
		return Result{}, err
	}
	defer os.RemoveAll(p.tmp)
	t, err := table.Open(path, table.Options{Encoding: o.Encoding, Delimiter: o.Delimiter})
	if err != nil {
		return Result{}, err
	}
	defer t.Close()
	var r Result
	if p.Kind == Persons {
		r, err = s.importPersons(ctx, p, t)
	} else {
		r, err = s.importOrders(ctx, p, t)
	}
	r.Seconds = math.Round(s.now().Sub(p.began).Seconds()*1000) / 1000
	return r, err
}

// show passes progress on, about ten times a second; always when force.
func (s *Service) show(p *plan, g Progress, force bool) {
	now := s.now()
	if !force && now.Sub(p.shown) < 100*time.Millisecond {
		return
	}
	p.shown = now
	g.BytesTotal = p.size
	p.progress(g)
}

// prepare settles everything that can be settled before reading: it looks at
// the header and the first rows.
func (s *Service) prepare(ctx context.Context, orgID, path string, o Options) (*plan, error) {
	p := &plan{Options: o, orgID: orgID, began: s.now()}
	p.Lang = i18n.Lang(or(string(o.Lang), string(i18n.From(ctx))))
	var zone, currency string
	var traits map[string]string
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		if zone, currency, err = s.ports.Settings.Locale(ctx, tx, orgID); err != nil {
			return err
		}
		if p.Channel = strings.TrimSpace(o.Channel); p.Channel != "" {
			if p.Channel, err = s.ports.Channels.Channel(ctx, tx, orgID, p.Channel); err != nil {
				return err
			}
		}
		if p.check, err = s.ports.People.Checker(ctx, tx, orgID); err != nil || o.Kind != Persons {
			return err
		}
		if traits, err = s.ports.People.TraitTypes(ctx, tx, orgID); err != nil {
			return err
		}
		p.staff, err = s.ports.Staff.StaffByName(ctx, tx, orgID)
		return err
	})
	if err != nil {
		return nil, err
	}
	t, rows, err := head(path, o, sampleRows)
	if err != nil {
		return nil, err
	}
	p.header, p.size, p.grouped, p.packed = t.Columns, t.Size(), t.Delimiter != ";", 1
	if t.Format != table.FormatCSV {
		p.packed = 10
	}
	if len(rows) == 0 {
		return nil, errs.Invalid(i18n.Text{ZH: "文件只有表头，没有数据", EN: "The file has a header and no rows"})
	}
	known, err := p.settlePreset(t)
	if err != nil {
		return nil, err
	}
	p.TimeZone, p.Currency = or(p.TimeZone, zone, "UTC"), or(p.Currency, currency, "CNY")
	if p.digits, err = currencyDigits(p.Currency); err != nil {
		return nil, err
	}
	if p.loc, err = loadZone(p.TimeZone); err != nil {
		return nil, err
	}
	if p.at, err = columnsOf(p.Kind, p.Mapping, p.header); err != nil {
		return nil, err
	}
	if p.traits, err = traitColumns(p.at, traits); err != nil {
		return nil, err
	}
	p.c = columns{p.at[fieldCustomer], p.at[fieldOrder], p.at[fieldTime], p.at[fieldQuantity], p.at[fieldPrice], p.at[fieldAmount],
		p.at[fieldSKU], p.at[fieldName], p.at[fieldRegion], p.at[fieldPhone], p.at[fieldEmail], -1}
	if p.Kind == Orders {
		p.c.personName = p.at[fieldPersonName]
	}
	return p, p.settleLayout(t, rows, known)
}

// settlePreset fills what the preset knows and, without preset and mapping,
// takes the guess.
func (p *plan) settlePreset(t *table.Table) (Preset, error) {
	var known Preset
	if p.Preset != "" {
		var ok bool
		if known, ok = PresetNamed(p.Preset); !ok {
			return known, errs.InvalidField("preset", i18n.T("没有叫“%s”的预设", "There is no preset %s", short(p.Preset)))
		}
		if p.Kind != "" && p.Kind != known.Kind {
			return known, errs.InvalidField("preset", i18n.T("预设“%s”不是用来导入这个的", "The preset %s is for something else", known.Name))
		}
		p.Kind = known.Kind
		p.TimeZone, p.Currency, p.RefundPrefix = or(p.TimeZone, known.TimeZone), or(p.Currency, known.Currency), or(p.RefundPrefix, known.RefundPrefix)
		if len(p.Mapping) == 0 {
			p.Mapping = known.Mapping
		}
	}
	if p.Kind = or(p.Kind, Orders); !slices.Contains([]string{Orders, Persons}, p.Kind) {
		return known, errs.InvalidField("kind", i18n.Text{ZH: "只能导入 orders 或 persons", EN: "Only orders or persons can be imported"})
	}
	if len(p.Mapping) == 0 {
		p.Mapping = guessMapping(p.Kind, t.Columns)
	}
	p.Source = or(p.Source, p.Preset, "import")
	if len(p.Source) > 64 {
		return known, errs.InvalidField("source", i18n.T("来源名称最多 %d 字节", "The source's name has at most %d bytes", 64))
	}
	return known, nil
}

// settleLayout finds out how times are written.
func (p *plan) settleLayout(t *table.Table, rows [][][]byte, known Preset) (err error) {
	column := p.at[fieldTime]
	if p.Kind == Persons {
		column = p.at[fieldCreatedAt]
	}
	if column < 0 {
		return nil
	}
	samples := sample(t, rows, t.Columns[column])
	if p.TimeLayout == "" {
		p.TimeLayout = presetLayout(known, samples)
	}
	if p.TimeLayout == "" {
		first, second := guessLayout(samples)
		if second != "" {
			return errs.InvalidField("time_layout", i18n.T("“%s”列的时间有两种读法（%s 或 %s），请指定时间格式", "The times in %s can be read in two ways (%s or %s); give the time layout",
				short(t.Columns[column]), first, second))
		}
		if p.TimeLayout = first; first == "" {
			return p.noLayout(t.Columns[column], samples)
		}
	}
	p.layout, err = newLayout(p.TimeLayout, p.loc)
	return err
}

// noLayout: a few bad cells among good ones must not keep the good ones from
// being read, so what most of the samples fit is taken.
func (p *plan) noLayout(column string, samples [][]byte) (err error) {
	best, most := "", 0
	for _, pattern := range knownLayouts {
		l := &layout{pattern: pattern, loc: time.UTC}
		n := 0
		for _, s := range samples {
			if _, ok := l.parse(s); ok && plausible(pattern, s) {
				n++
			}
		}
		if n > most {
			best, most = pattern, n
		}
	}
	if 2*most <= len(samples) {
		return errs.InvalidField("time_layout", i18n.T("看不懂“%s”列的时间，例如“%s”，请指定时间格式", "The times in %s are not understood, such as %s; give the time layout",
			short(column), short(firstFilled(samples))))
	}
	kept := samples[:0:0]
	l := &layout{pattern: best, loc: time.UTC}
	for _, s := range samples {
		if _, ok := l.parse(s); ok {
			kept = append(kept, s)
		}
	}
	first, second := guessLayout(kept)
	if second != "" {
		return errs.InvalidField("time_layout", i18n.T("“%s”列的时间有两种读法（%s 或 %s），请指定时间格式", "The times in %s can be read in two ways (%s or %s); give the time layout",
			short(column), first, second))
	}
	p.TimeLayout = first
	p.layout, err = newLayout(first, p.loc)
	return err
}

func firstFilled(samples [][]byte) string {
	for _, s := range samples {
		if len(s) > 0 {
			return string(s)
		}
	}
	return ""
}

// head reads the header and up to n rows. The table comes back closed.
func head(path string, o Options, n int) (*table.Table, [][][]byte, error) {
	t, err := table.Open(path, table.Options{Encoding: o.Encoding, Delimiter: o.Delimiter})
	if err != nil {
		return nil, nil, err
	}
	defer t.Close()
	var rows [][][]byte
	for len(rows) < n {
		r, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		cells := make([][]byte, len(r.Cells))
		for i, c := range r.Cells {
			cells[i] = slices.Clone(c)
		}
		rows = append(rows, cells)
	}
	return t, rows, nil
}

func loadZone(name string) (*time.Location, error) {
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, errs.InvalidField("time_zone", i18n.T("没有时区“%s”；例如 Asia/Shanghai", "There is no time zone %s; write it as Asia/Shanghai", short(name)))
	}
	return loc, nil
}

// or is the first that is not empty.
func or(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
