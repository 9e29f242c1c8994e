package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"fishpond/internal/platform/clock"
)

// failureLog writes down every failed attempt: a warning while there are attempts
// left, an error when the job is given up.
type failureLog struct{ log *slog.Logger }

// HandleError implements river.ErrorHandler.
func (f failureLog) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.write(ctx, job, slog.String("error", err.Error()))
	return nil
}

// HandlePanic implements river.ErrorHandler.
func (f failureLog) HandlePanic(ctx context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	f.write(ctx, job, slog.Any("panic", value), slog.String("trace", trace))
	return nil
}

func (f failureLog) write(ctx context.Context, job *rivertype.JobRow, what ...slog.Attr) {
	level, text := slog.LevelWarn, "job failed and will be tried again"
	if job.Attempt >= job.MaxAttempts {
		level, text = slog.LevelError, "job failed for the last time"
	}
	f.log.LogAttrs(ctx, level, text, append([]slog.Attr{
		slog.Int64("job_id", job.ID), slog.String("kind", job.Kind), slog.String("org_id", orgOf(job)),
		slog.Int("attempt", job.Attempt), slog.Int("max_attempts", job.MaxAttempts),
	}, what...)...)
}

// atLeast passes on records of a level and above.
type atLeast struct {
	slog.Handler
	level slog.Level
}

func (a atLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= a.level && a.Handler.Enabled(ctx, level)
}

func (a atLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeast{a.Handler.WithAttrs(attrs), a.level}
}

func (a atLeast) WithGroup(name string) slog.Handler {
	return atLeast{a.Handler.WithGroup(name), a.level}
}

// fixedTime gives River a clock of ours.
type fixedTime struct{ now clock.Clock }

// NowUTC implements rivertype.TimeGenerator.
func (f fixedTime) NowUTC() time.Time { return f.now().UTC() }

// NowUTCOrNil implements rivertype.TimeGenerator.
func (f fixedTime) NowUTCOrNil() *time.Time {
	now := f.now().UTC()
	return &now
}
