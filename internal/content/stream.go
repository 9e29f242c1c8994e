package content

import (
	"context"
	"time"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Of streams of visits.
const (
	maxStreams    = 200              // of one org on this node
	streamPoll    = 2 * time.Second  // how often the visits that other nodes stored are looked for
	streamBeat    = 15 * time.Second // silence after which proxies take a connection for dead
	streamStays   = 10 * time.Minute // then the browser asks again, and is looked at again whether it may
	streamOverlap = 10 * time.Second // a visit may be stored a moment after one that happened later
	streamPage    = 100
)

// StopStreams ends all streams, for a server that stops.
func (s *Service) StopStreams() { s.streams.Stop() }

var tooManyStreams = errs.TooMany(i18n.T("同时打开的实时提醒太多（最多 %d 个），请关闭一些页面", "Too many live pages are open (%d at most); close some", maxStreams), time.Minute)

// VisitStream follows the visits to the links of whoever acts. Close it.
type VisitStream struct {
	s     *Service
	ctx   context.Context
	since int64            // the newest sign of life that was told of
	told  map[string]int64 // by visit: the sign of life that was told of
	wake  <-chan struct{}
	leave func()
	poll  time.Duration
}

// NewVisitStream begins a stream behind a sign of life, in UTC microseconds;
// 0: with what comes from now on.
func (s *Service) NewVisitStream(ctx context.Context, since int64) (*VisitStream, error) {
	wake, leave, ok := s.streams.Join(actorOf(ctx).OrgID, maxStreams)
	if !ok {
		return nil, tooManyStreams
	}
	v := &VisitStream{s: s, ctx: ctx, since: since, told: map[string]int64{}, wake: wake, leave: leave, poll: streamPoll}
	if since <= 0 || since > s.micros() {
		v.since = s.micros()
		old, err := s.changedSince(ctx, v.since-streamOverlap.Microseconds(), streamPage)
		if err != nil {
			leave()
			return nil, err
		}
		for _, x := range old {
			v.told[x.ID] = x.changed
		}
	}
	return v, nil
}

// Close ends the stream.
func (v *VisitStream) Close() { v.leave() }

// Run tells send of visits, new and changed, until the request or the server
// ends, or it has lasted long enough. nil is a sign of life.
func (v *VisitStream) Run(send func(at int64, x *VisitView) error) error {
	poll, beat := time.NewTicker(v.poll), time.NewTicker(streamBeat)
	defer poll.Stop()
	defer beat.Stop()
	over := time.NewTimer(streamStays)
	defer over.Stop()
	ended := v.s.streams.Ended()
	if err := send(v.since, nil); err != nil { // it is on
		return err
	}
	for {
		fresh, err := v.s.changedSince(v.ctx, v.since-streamOverlap.Microseconds(), streamPage)
		if err != nil {
			v.s.slog.WarnContext(v.ctx, "visits could not be read for a stream", "error", err) // it can be next time
		}
		for i := range fresh {
			x := &fresh[i]
			if v.told[x.ID] >= x.changed {
				continue
			}
			v.told[x.ID], v.since = x.changed, max(v.since, x.changed)
			if err := send(v.since, x); err != nil {
				return err
			}
		}
		if len(v.told) > 10*streamPage {
			v.told = map[string]int64{} // what is told again has the same id
		}
		select {
		case <-v.ctx.Done():
			return nil
		case <-ended:
			return nil
		case <-over.C:
			return nil
		case <-beat.C:
			if err := send(v.since, nil); err != nil {
				return err
			}
		case <-poll.C:
		case <-v.wake:
		}
	}
}
