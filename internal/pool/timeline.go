package pool

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// TimelineEvent is an event on a person's timeline, as it is shown.
type TimelineEvent struct {
	ID         string          `json:"id"`
	Kind       string          `json:"kind"`
	OccurredAt time.Time       `json:"occurred_at"`
	RecordedAt time.Time       `json:"recorded_at"`
	Source     string          `json:"source"`
	Data       json.RawMessage `json:"data" doc:"Depends on the kind"`
}

// Timeline lists what happened to a person and all whom they speak for,
// newest first. next is zero on the last page.
func (s *Service) Timeline(ctx context.Context, personID string, kinds []string, before timeline.Cursor, limit int) (out []TimelineEvent, next timeline.Cursor, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		_, members, err := s.visible(ctx, tx, a, personID)
		if err != nil {
			return err
		}
		events, err := s.log.Persons(ctx, tx, a.OrgID, timeline.Query{PersonIDs: members, Kinds: kinds, Before: before, Limit: limit + 1})
		if err != nil {
			return err
		}
		if len(events) > limit {
			events = events[:limit]
			last := events[limit-1]
			next = timeline.Cursor{OccurredAt: clock.Micros(last.OccurredAt), Seq: last.Position.Seq}
		}
		for _, e := range events {
			out = append(out, TimelineEvent{e.ID, e.Kind, e.OccurredAt, e.RecordedAt, e.Source, masked(a, e)})
		}
		return nil
	})
	return out, next, err
}

// masked is an event's data as the actor may see it.
func masked(a access.Actor, e timeline.Event) json.RawMessage {
	if a.Can("pool.reveal") || !slices.Contains([]string{poolevent.IdentityAdded, poolevent.IdentityRemoved}, e.Kind) {
		return e.Data
	}
	var id poolevent.Identity
	if err := e.Decode(&id); err != nil {
		return json.RawMessage("{}")
	}
	id.Value = mask(id.Kind, id.Value)
	b, err := json.Marshal(id)
	if err != nil {
		return json.RawMessage("{}")
	}
	return b
}
