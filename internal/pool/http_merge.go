package pool

import (
	"context"
	"encoding/json"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/pool/resolve"
)

func (s *Service) mergeRoutes(r *httpx.Router) {
	type mergeIn struct {
		PersonPath
		Body struct {
			OtherID string `json:"other_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
			Reason  string `json:"reason,omitempty" maxLength:"200"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "merge-persons", Method: "POST", Path: "/persons/{id}/merge", Summary: "Merge two customers", Tag: "pool", Permission: "pool.merge"},
		func(ctx context.Context, in *mergeIn) (*httpx.Body[Merge], error) {
			reason, problem := cleanLine(in.Body.Reason, 200)
			if !problem.IsZero() {
				return nil, errs.InvalidField("body.reason", problem)
			}
			return answer(s.Merge(ctx, in.ID, in.Body.OtherID, reason))
		})
	httpx.Handle(r, httpx.Op{ID: "list-merges", Method: "GET", Path: "/persons/{id}/merges", Summary: "Merges of a customer", Tag: "pool", Permission: "pool.read"},
		func(ctx context.Context, in *PersonPath) (*httpx.Body[httpx.List[Merge]], error) {
			items, err := s.Merges(ctx, in.ID)
			return list(items, err)
		})
	type splitIn struct {
		ID string `path:"id" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
	}
	httpx.Handle(r, httpx.Op{ID: "split-merge", Method: "POST", Path: "/merges/{id}/split", Summary: "Undo a merge", Tag: "pool", Permission: "pool.merge"},
		func(ctx context.Context, in *splitIn) (*httpx.Body[Merge], error) { return answer(s.Split(ctx, in.ID)) })
	type keyPlace struct {
		Kind  string `json:"k,omitempty"`
		Value string `json:"v,omitempty"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-duplicates", Method: "GET", Path: "/duplicates", Summary: "Customers who may be one", Tag: "pool", Permission: "pool.merge"},
		func(ctx context.Context, in *httpx.PageQuery) (*httpx.Body[httpx.Page[Duplicate]], error) {
			var at keyPlace
			if err := httpx.DecodeCursor(in.Cursor, &at); err != nil {
				return nil, err
			}
			kind, _ := resolve.Lookup(at.Kind)
			items, more, err := s.Duplicates(ctx, resolve.Key{Kind: kind, Value: at.Value}, in.Limit)
			if err != nil {
				return nil, err
			}
			if len(items) > 0 {
				at = keyPlace{items[len(items)-1].Kind, items[len(items)-1].Value}
			}
			return httpx.OK(page(items, more, at)), nil
		})
	type dismissIn struct {
		Kind  string `query:"kind" required:"true" maxLength:"40" pattern:"^[a-z_]+$"`
		Value string `query:"value" required:"true" maxLength:"256"`
	}
	httpx.Handle(r, httpx.Op{ID: "dismiss-duplicate", Method: "DELETE", Path: "/duplicates", Summary: "Say that they are different people", Tag: "pool", Permission: "pool.merge"},
		func(ctx context.Context, in *dismissIn) (*none, error) {
			return nil, s.Dismiss(ctx, in.Kind, printable(in.Value))
		})
}

// TrackBatch is a call that reports several events.
type TrackBatch struct {
	Events []json.RawMessage `json:"events" minItems:"1" maxItems:"500" nullable:"false" doc:"Each as the body of POST /events. Each is checked by itself: what is wrong with one does not touch the others"`
}

func (s *Service) trackRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "track-event", Method: "POST", Path: "/events", Summary: "Report an event", Tag: "pool", Permission: "pool.track"},
		func(ctx context.Context, in *struct{ Body TrackEvent }) (*httpx.Body[Tracked], error) {
			raw, err := json.Marshal(in.Body)
			if err != nil {
				return nil, errs.InvalidField("body.data", i18n.T("data 不是有效的 JSON", "data is not valid JSON"))
			}
			out, err := s.Track(ctx, []json.RawMessage{raw})
			if err == nil && len(out.Rejected) > 0 {
				err = out.Rejected[0].err
			}
			return answer(out, err)
		})
	httpx.Handle(r, httpx.Op{ID: "track-events", Method: "POST", Path: "/events/batch", Summary: "Report up to 500 events", Tag: "pool", Permission: "pool.track", MaxBody: 4 << 20},
		func(ctx context.Context, in *struct{ Body TrackBatch }) (*httpx.Body[Tracked], error) {
			return answer(s.Track(ctx, in.Body.Events))
		})
}
