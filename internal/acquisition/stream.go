package acquisition

import (
	"context"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Of streams of arrivals.
const (
	maxStreams  = 50               // of one org on this node
	streamPoll  = 2 * time.Second  // how often the arrivals that other nodes stored are looked for
	streamBeat  = 15 * time.Second // silence after which proxies take a connection for dead
	streamStays = 10 * time.Minute // then the browser asks again, and is looked at again whether it may
	// An arrival may be stored a moment after one that happened later.
	streamOverlap = time.Minute
	streamPage    = 200
	streamBurst   = 5 // pages at once; of more the reader is told to load anew
)

// StopStreams ends all streams, for a server that stops.
func (s *Service) StopStreams() { s.streams.Stop() }

var tooManyStreams = errs.TooMany(i18n.T("同时打开的实时列表太多（最多 %d 个），请关闭一些", "Too many live lists are open (%d at most); close some", maxStreams), time.Minute)

// StreamEvent is one thing that a stream says.
type StreamEvent struct {
	Arrival *Arrival     // nil: a sign of life, or Reload
	Place   ArrivalPlace // where to go on from
	Reload  bool         // more came than a stream tells: read the list
}

// ArrivalStream follows the arrivals of a filter. Close it.
type ArrivalStream struct {
	svc      *Service
	ctx      context.Context
	org      string
	filter   ArrivalFilter
	since    ArrivalPlace   // the newest that was told of
	told     map[int64]bool // by seq, of the last streamOverlap
	from     ArrivalPlace   // where the stream began
	revision int64
	wake     <-chan struct{}
	leave    func()
	poll     time.Duration
}

// NewArrivalStream begins a stream behind since, or with what comes from now
// on. Who sees only their own customers is told of their own arrivals.
func (s *Service) NewArrivalStream(ctx context.Context, f ArrivalFilter, since ArrivalPlace) (*ArrivalStream, error) {
	org := orgOf(ctx)
	wake, leave, ok := s.streams.Join(org, maxStreams)
	if !ok {
		return nil, tooManyStreams
	}
	a := &ArrivalStream{svc: s, ctx: ctx, org: org, filter: f, told: map[int64]bool{}, wake: wake, leave: leave, poll: s.streamPoll}
	if a.poll == 0 {
		a.poll = streamPoll
	}
	err := a.begin(since)
	if err != nil {
		leave()
		return nil, err
	}
	return a, nil
}

// begin takes what there is for told, unless it came after since.
func (a *ArrivalStream) begin(since ArrivalPlace) error {
	_, places, _, err := a.svc.Arrivals(a.ctx, a.filter, ArrivalPlace{}, ArrivalPlace{}, streamPage, 0)
	if err != nil {
		return err
	}
	if a.since = since; since == (ArrivalPlace{}) {
		if a.since = (ArrivalPlace{At: clock.Micros(a.svc.now())}); len(places) > 0 {
			a.since = places[0]
		}
		for _, p := range places {
			a.told[p.Seq] = true
		}
	}
	a.from = a.since
	a.revision = -1
	return nil
}

// Close ends the stream.
func (a *ArrivalStream) Close() { a.leave() }

// Run tells send of arrivals, and of silence, until the request or the server
// ends, or it has lasted long enough.
func (a *ArrivalStream) Run(send func(StreamEvent) error) error {
	poll, beat := time.NewTicker(a.poll), time.NewTicker(streamBeat)
	defer poll.Stop()
	defer beat.Stop()
	over := time.NewTimer(streamStays)
	defer over.Stop()
	ended := a.svc.streams.Ended()
	if err := send(StreamEvent{Place: a.since}); err != nil { // it is on
		return err
	}
	for {
		if err := a.tell(send); err != nil {
			return err
		}
		select {
		case <-a.ctx.Done():
			return nil
		case <-ended:
			return nil
		case <-over.C:
			return nil
		case <-beat.C:
			if err := send(StreamEvent{Place: a.since}); err != nil {
				return err
			}
		case <-poll.C:
		case <-a.wake:
		}
	}
}

// tell sends what is new. That it cannot be read now ends nothing.
func (a *ArrivalStream) tell(send func(StreamEvent) error) error {
	fresh, reload, err := a.fresh()
	if err != nil {
		a.svc.slog.WarnContext(a.ctx, "arrivals could not be read for a stream", "org", a.org, "error", err)
		return nil
	}
	for i := range fresh {
		if err := send(fresh[i]); err != nil {
			return err
		}
	}
	if reload {
		return send(StreamEvent{Place: a.since, Reload: true})
	}
	return nil
}

// fresh reads what was not told of yet, in the order in which it happened.
func (a *ArrivalStream) fresh() (out []StreamEvent, reload bool, err error) {
	var revision int64
	err = a.svc.db.Read(a.ctx, a.org, func(tx *db.Tx) (err error) {
		revision, _, err = revisionOf(a.ctx, tx, a.org)
		return err
	})
	if err != nil || revision == a.revision {
		return nil, false, err
	}
	horizon := ArrivalPlace{At: a.since.At - streamOverlap.Microseconds()}
	var after ArrivalPlace
	for page := 0; ; page++ {
		items, places, _, err := a.svc.Arrivals(a.ctx, a.filter, after, horizon, streamPage, 0)
		if err != nil {
			return nil, false, err
		}
		for i, p := range places {
			if !a.told[p.Seq] && (p.behind(a.from) || p.Seq > a.from.Seq) {
				out = append(out, StreamEvent{Arrival: &items[i], Place: p})
			}
		}
		if len(items) < streamPage {
			break
		}
		if after = places[len(places)-1]; page+1 == streamBurst {
			reload = true
			break
		}
	}
	slices.Reverse(out)
	a.revision = revision
	for i := range out {
		a.told[out[i].Place.Seq] = true
		if out[i].Place.behind(a.since) {
			a.since = out[i].Place
		}
		out[i].Place = a.since
	}
	if len(a.told) > 10*streamPage*streamBurst {
		a.told = map[int64]bool{} // what is told again has the same id
	}
	return out, reload, nil
}

// behind reports whether p comes after another place.
func (p ArrivalPlace) behind(other ArrivalPlace) bool {
	return p.At > other.At || p.At == other.At && p.Seq > other.Seq
}
