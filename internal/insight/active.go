package insight

import (
	"context"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight/steps"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// Active finds everybody who had an event of any of some kinds in [from, to):
// the numbers of those who speak for themselves now. counted says up to when
// events are counted; it is nil when there are none at all.
func (s *Service) Active(ctx context.Context, tx *db.Tx, orgID string, kinds []string, from, to time.Time) (who *roaring.Bitmap, counted *time.Time, err error) {
	q, err := s.ask(ctx, tx, orgID)
	if err != nil {
		return nil, nil, err
	}
	for _, kind := range kinds {
		if q.known[kind] != nil { // what never happened has nobody
			q.lane(kind)
		}
	}
	first, end := clock.Micros(from), clock.Micros(to)
	found := bitmaps(sweepWorkers())
	if err := q.sweep(ctx, first, end-1, func(worker int, seq uint32, lanes []steps.Lane) {
		for _, l := range lanes {
			for _, at := range l.At {
				if at >= first && at < end {
					found[worker].Add(seq)
					return
				}
			}
		}
	}); err != nil {
		return nil, nil, err
	}
	return roaring.FastOr(found...), q.fresh.CountedTo, nil
}

// ValueState says whether people have a value by the newest models: refusal is
// the code of why not, not_yet before the first night; amounts is false where
// only purchases could be told. fittedAt is 0 before the first night.
func (s *Service) ValueState(ctx context.Context, tx *db.Tx, orgID string) (refusal string, amounts bool, fittedAt int64, err error) {
	f, err := latestFitting(ctx, tx, orgID)
	if err != nil {
		return "", false, 0, err
	}
	if f == nil {
		return "not_yet", false, 0, nil
	}
	return f.refusal, f.result.Value != nil, f.at, nil
}
