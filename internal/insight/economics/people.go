package economics

import (
	"context"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// EconomicsPeopleInput names the people behind a count.
type EconomicsPeopleInput struct {
	From   string  `json:"from,omitempty" maxLength:"7" example:"2026-01" doc:"First month, as in the answer"`
	To     string  `json:"to,omitempty" maxLength:"7" doc:"Last month, included"`
	By     string  `json:"by,omitempty" enum:"channel,platform,campaign,entrance,staff,account,code,link,month" default:"channel"`
	Key    *string `json:"key,omitempty" maxLength:"64" doc:"Of the row; null: of the total"`
	Figure string  `json:"figure" enum:"persons,arrived,known_before,buyers,again,not_bought,not_again,converted,not_converted,cohort,repurchase_buyers,repurchase_again,active,inactive" doc:"The count: one of a row, of conversion (with days), of a cohort (with offset), of repurchase or of interaction"`
	Days   int64   `json:"days,omitempty" enum:"0,7,30,90" doc:"Of converted and not_converted"`
	Offset int64   `json:"offset,omitempty" minimum:"0" maximum:"59" doc:"Of cohort: who bought so many months after the start"`
}

// EconomicsSegmentInput makes a segment of them.
type EconomicsSegmentInput struct {
	EconomicsPeopleInput
	Name string `json:"name" minLength:"1" maxLength:"80"`
}

// behind finds the people behind a count, by their numbers.
func (s *Service) behind(ctx context.Context, orgID string, in EconomicsPeopleInput) (who *roaring.Bitmap, err error) {
	g, err := s.survey(ctx, orgID, "body.", in.From, in.To)
	if err != nil {
		return nil, err
	}
	if in.By == "" {
		in.By = byChannel
	}
	if in.Figure == "active" || in.Figure == "inactive" {
		return s.activePeople(ctx, orgID, g, in.Figure == "inactive")
	}
	is, err := g.predicate(in)
	if err != nil {
		return nil, err
	}
	return s.numbers(ctx, orgID, is)
}

// numbers finds those of the pool of whom is holds.
func (s *Service) numbers(ctx context.Context, orgID string, is func(*Walk, person) bool) (*roaring.Bitmap, error) {
	who := roaring.New()
	return who, s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		// Walks are read to their end before anything else is asked: a
		// transaction holds one answer at a time.
		var ids []string
		if err := s.everybody(ctx, tx, orgID, func(w *Walk, p person) error {
			if is(w, p) {
				ids = append(ids, w.PersonID)
			}
			return nil
		}); err != nil {
			return err
		}
		for part := range slices.Chunk(ids, 5000) {
			numbers, err := s.ports.People.Numbers(ctx, tx, orgID, part)
			if err != nil {
				return err
			}
			for _, n := range numbers {
				who.Add(n)
			}
		}
		return nil
	})
}

// predicate says who is behind a count, by the rules that counted them.
func (g *ground) predicate(in EconomicsPeopleInput) (func(*Walk, person) bool, error) {
	window := -1
	for i, d := range Windows {
		if d == in.Days {
			window = i
		}
	}
	if strings.HasSuffix(in.Figure, "converted") && window < 0 {
		return nil, errs.InvalidField("body.days", i18n.T("请选择 7、30 或 90 天", "Choose 7, 30 or 90 days"))
	}
	c := g.cube
	if strings.HasPrefix(in.Figure, "repurchase_") {
		least := 1
		if in.Figure == "repurchase_again" {
			least = 2
		}
		return func(w *Walk, _ person) bool {
			n := 0
			for _, o := range w.Orders {
				if !o.Alone && g.span.in(monthOf(o.At, c.zone)) {
					n++
				}
			}
			return n >= least
		}, nil
	}
	return func(w *Walk, p person) bool {
		l := lifeOf(w, p.seen, c.zone)
		if !g.span.in(l.month) || !g.row(in, &l) {
			return false
		}
		switch in.Figure {
		case "persons":
			return true
		case "arrived":
			return l.arrived
		case "known_before":
			return l.known
		case "buyers":
			return l.bought > 0
		case "not_bought":
			return l.bought == 0
		case "again":
			return l.bought > 1
		case "not_again":
			return l.bought == 1
		case "converted":
			return l.ripe(window, c.asOf) && l.converted(window)
		case "not_converted":
			return l.ripe(window, c.asOf) && !l.converted(window)
		case "cohort":
			// As in the curves: only of months that are so old.
			if l.month+in.Offset > monthOf(c.asOf, c.zone) {
				return false
			}
			for _, o := range w.Orders {
				if o.At >= l.start && !o.Back && monthOf(o.At, c.zone)-l.month == in.Offset {
					return true
				}
			}
		}
		return false
	}, nil
}

// row reports whether somebody belongs to the row that was asked for.
func (g *ground) row(in EconomicsPeopleInput, l *life) bool {
	if in.Key == nil {
		return true
	}
	for _, key := range g.keys(in.By, l.source, g.ledger.Sources[l.source].Channels, l.month) {
		if key == *in.Key {
			return true
		}
	}
	return false
}

// activePeople are who talked or came in the last month, or those of the pool who
// did not.
func (s *Service) activePeople(ctx context.Context, orgID string, g *ground, not bool) (who *roaring.Bitmap, err error) {
	c := g.cube
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		who, _, err = s.ports.Streams.Active(ctx, tx, orgID, talking, monthStart(g.span.to, c.zone), monthStart(g.span.to+1, c.zone))
		return err
	}); err != nil || !not {
		return who, err
	}
	pool, err := s.numbers(ctx, orgID, func(w *Walk, p person) bool { return c.known(w, p) <= g.span.to })
	if err == nil {
		pool.AndNot(who)
	}
	return pool, err
}

// Behind finds the people behind a count, the newest customers first.
func (s *Service) Behind(ctx context.Context, orgID string, in EconomicsPeopleInput) (behind.Crowd[behind.PersonBehind], error) {
	who, err := s.behind(ctx, orgID, in)
	if err != nil {
		return behind.Crowd[behind.PersonBehind]{}, err
	}
	return behind.Crowd[behind.PersonBehind]{Seqs: behind.Newest(who), Show: behind.AsTheyAre, From: i18n.T("单位经济", "Unit economics")}, nil
}
