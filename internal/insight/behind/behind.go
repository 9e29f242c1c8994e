package behind

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight/figure"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// PersonBehind is somebody as lists of people behind a figure show them.
type PersonBehind struct {
	Seq    uint32 `json:"-"` // their number in the pool
	ID     string `json:"id"`
	Name   string `json:"name"`
	Stage  string `json:"stage"`
	Region string `json:"region"`
	Orders int64  `json:"orders"`
}

// Who is the person of whom a page may tell more.
func (p PersonBehind) Who() PersonBehind { return p }

// Shown is somebody as a page shows them: a struct that embeds [PersonBehind].
type Shown interface{ Who() PersonBehind }

// Ports are what the package needs of others.
type Ports interface {
	// Persons shows persons in the order given; who has left the pool is left out.
	Persons(ctx context.Context, orgID string, seqs []uint32) ([]PersonBehind, error)
	// SaveSegment makes a segment of exactly these persons, for the actor in ctx.
	SaveSegment(ctx context.Context, orgID, name, description string, seqs []uint32) (segmentID string, err error)
	// Exported writes the audit log: who takes away how many people of which list,
	// for which question.
	Exported(ctx context.Context, orgID, list string, detail any) error
}

// Desk hands out the people behind figures.
type Desk struct {
	Ports Ports
	Now   clock.Clock
	Log   *slog.Logger
	// Figures are those that columns of exports name.
	Figures []figure.Part
}

// Crowd is who is behind a figure now. P is somebody as the figure's page shows them.
type Crowd[P Shown] struct {
	Seqs []uint32 // their numbers, each once, in the order in which they are listed
	// Show shows some of them, in the order given.
	Show func(ctx context.Context, some []PersonBehind) ([]P, error)
	From i18n.Text // where a segment of them says that it comes from
	None i18n.Text // why there is nobody; may be empty
}

// Newest is the order of most lists: the newest customers first.
func Newest(who *roaring.Bitmap) []uint32 {
	seqs := who.ToArray()
	slices.Reverse(seqs)
	return seqs
}

// AsTheyAre shows people as the pool does.
func AsTheyAre(_ context.Context, some []PersonBehind) ([]PersonBehind, error) { return some, nil }

// Some shows those at places from … from + limit; who has left the pool meanwhile is
// left out.
func Some[P Shown](ctx context.Context, d *Desk, orgID string, c Crowd[P], from, limit int) ([]P, error) {
	from = min(max(0, from), len(c.Seqs))
	seqs := c.Seqs[from:min(len(c.Seqs), from+limit)]
	if len(seqs) == 0 {
		return nil, nil
	}
	some, err := d.Ports.Persons(ctx, orgID, seqs)
	if err != nil {
		return nil, err
	}
	return c.Show(ctx, some)
}

// MaxSegment is how many people can be made a segment at once: as many as a list holds.
const MaxSegment = 100_000

// SegmentMade is the segment that was made.
type SegmentMade struct {
	SegmentID string `json:"segment_id"`
	Persons   int64  `json:"persons"`
}

// Segment makes a segment of exactly the people whom find finds; they stay in it,
// whatever happens later. It needs segment.write of the actor.
func Segment[P Shown](ctx context.Context, d *Desk, orgID, name string, find func() (Crowd[P], error)) (SegmentMade, error) {
	if a, _ := access.From(ctx); !a.Can("segment.write") {
		return SegmentMade{}, errs.Forbidden(i18n.T("保存人群需要人群编辑权限", "Saving a segment needs the permission to change segments"))
	}
	if name = strings.TrimSpace(name); name == "" {
		return SegmentMade{}, errs.InvalidField("body.name", i18n.T("请给人群起个名字", "Give the segment a name"))
	}
	c, err := find()
	if err != nil {
		return SegmentMade{}, err
	}
	n := len(c.Seqs)
	if n == 0 && c.None != (i18n.Text{}) {
		return SegmentMade{}, errs.Conflict(c.None)
	}
	if err := Fits(uint64(n)); err != nil {
		return SegmentMade{}, err
	}
	about := i18n.Text{ZH: fmt.Sprintf("从%s保存的 %d 位客户，名单不再变化", c.From.ZH, n), EN: fmt.Sprintf("%d customers saved from %s; they stay as they are", n, c.From.EN)}
	id, err := d.Ports.SaveSegment(ctx, orgID, name, about.In(i18n.From(ctx)), slices.Sorted(slices.Values(c.Seqs)))
	if err != nil {
		return SegmentMade{}, fmt.Errorf("people behind a figure: segment: %w", err)
	}
	return SegmentMade{SegmentID: id, Persons: int64(n)}, nil
}

// Fits refuses what no segment of named people can hold: nobody, or too many.
func Fits(n uint64) error {
	switch {
	case n == 0:
		return errs.Conflict(i18n.T("这里没有人，没有人群可存", "Nobody is here: there is nothing to save"))
	case n > MaxSegment:
		return errs.Conflict(i18n.T("这里有 %d 人，一次最多存 %d 人：请缩小范围或按分组保存", "There are %d people here, and at most %d can be saved at once: narrow it down or save them by group", n, MaxSegment))
	}
	return nil
}
