package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fishpond/internal/campaign/campaignevent"
	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/content"
	"fishpond/internal/journey"
	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/ready"
	"fishpond/internal/lifecycle/lifecycleevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/pool"
	"fishpond/internal/reach"
	"fishpond/internal/timeline"
)

const (
	// demoWalked is for how many days the journeys of the synthetic brand have been
	// live.
	demoWalked = 42
	// demoWalkers bounds how many people are looked at, so that the demo starts soon.
	demoWalkers = 3000
)

// demoLooks are when somebody looked on each of those days, after midnight UTC: at
// the hours for which people of the ready journeys wait in China.
var demoLooks = []time.Duration{30 * time.Minute, 4*time.Hour + 30*time.Minute, 7 * time.Hour, 12 * time.Hour, 24 * time.Hour}

// demoJourneys are the ready journeys that the synthetic brand has published.
var demoJourneys = []string{"after_sale", "welcome_survey", "repurchase"}

// demoWays publishes journeys of the synthetic brand as of six weeks before until,
// and has people walk since then by what they did: the events of its timeline are
// put to the journeys as if they were told when they happened, and the clock is
// moved along. Messages count as sent; nothing leaves.
func (a *App) demoWays(ctx context.Context, orgID string, until time.Time) error {
	accounts, err := a.demoMail(ctx, orgID)
	if err != nil || len(accounts) == 0 {
		return err
	}
	until = until.UTC().Truncate(24 * time.Hour)
	now := until.AddDate(0, 0, -demoWalked)
	ports := a.Journeys.Ports
	ports.Outbox, ports.Tasks, ports.Reading = demoLetters{ports.Outbox}, demoTasks{ports.Tasks, &now, until}, demoRead{ports.Reading}
	past := journey.New(a.DB, a.Timeline, func() time.Time { return now }, a.Log, ports, journey.Options{})
	if err := a.demoDraw(ctx, past, accounts); err != nil {
		return err
	}
	events, err := a.demoFacts(ctx, orgID, now, until)
	if err != nil {
		return err
	}
	follow := past.Subscribers()[0].Handle
	for day := range demoWalked {
		for _, look := range demoLooks {
			at := until.AddDate(0, 0, day-demoWalked).Add(look)
			n, _ := slices.BinarySearchFunc(events, at, func(e timeline.Event, t time.Time) int { return cmp.Or(e.OccurredAt.Compare(t), 1) })
			for chunk := range slices.Chunk(events[:n], 500) {
				now = at
				if err := a.DB.Write(ctx, orgID, func(tx *db.Tx) error { return follow(ctx, tx, orgID, chunk) }); err != nil {
					return err
				}
			}
			events = events[n:]
			for i := range 2 { // once to hand messages over, and once to see that they are sent
				now = at.Add(time.Duration(i) * 3 * time.Second)
				if err := past.TickOrg(ctx, orgID); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// demoMail is the brand's mail account.
func (a *App) demoMail(ctx context.Context, orgID string) (out []string, err error) {
	return out, a.DB.Read(ctx, orgID, func(tx *db.Tx) error {
		all, err := a.Journeys.Accounts.Accounts(ctx, tx, orgID)
		out = nil
		for _, x := range all {
			if x.Active {
				out = append(out, x.ID)
			}
		}
		return err
	})
}

// demoDraw makes the choices that ready journeys leave open, and publishes them;
// one more stays a draft.
func (a *App) demoDraw(ctx context.Context, past *journey.Service, accounts []string) error {
	folder, err := a.Content.CreateFolder(ctx, content.FolderInput{Name: "旅程用"})
	if err != nil {
		return err
	}
	material, err := a.Content.CreateMaterial(ctx, content.MaterialInput{FolderID: folder.ID, Kind: content.Link, Title: "三个小问题：说说你怎么喝茶", Body: content.Body{Summary: "一分钟，帮你选到合口味的茶", URL: "https://shanye.example/three"}})
	if err != nil {
		return err
	}
	tag, err := a.Pool.CreateTag(ctx, pool.TagInput{Group: "旅程", Name: "未回应", Color: "#7d8790"})
	if err != nil {
		return err
	}
	for _, key := range append(slices.Clone(demoJourneys), "camp") {
		j, ok := ready.Find(key, i18n.ZH)
		if !ok {
			return fmt.Errorf("there is no ready journey %s", key)
		}
		if key == "camp" {
			if _, err := past.Create(ctx, "品茶训练营（草稿）", &j.Spec); err != nil {
				return err
			}
			continue
		}
		j.Spec.AccountIDs = accounts
		if j.Spec.HoldoutBP > 0 {
			j.Spec.HoldoutBP = 2000
		}
		for i := range j.Spec.Graph.Steps {
			st := &j.Spec.Graph.Steps[i]
			if st.Kind == graph.Tag {
				st.Use = tag.ID
			}
			if m := st.Message; m != nil {
				for k := range m.Materials {
					m.Materials[k].ID = material.ID
				}
				m.Text = strings.ReplaceAll(m.Text, "{{ coupon }}", "CHA2026")
			}
		}
		v, err := past.Create(ctx, j.Name, &j.Spec)
		if err == nil {
			_, err = past.Publish(ctx, v.ID, journey.Publishing{Revision: v.Revision})
		}
		if err != nil {
			return fmt.Errorf("journey %s: %w", j.Name, err)
		}
	}
	return nil
}

// demoFacts are the events of a time of whom somebody may walk, as they would have
// been told then, in order.
func (a *App) demoFacts(ctx context.Context, orgID string, from, until time.Time) (out []timeline.Event, err error) {
	var people []string
	for _, sort := range []string{"-last_order_at", "-created_at"} {
		after := pool.Cursor{}
		for n := 0; n < demoWalkers/2; {
			page, err := a.Pool.List(ctx, pool.Filter{Sort: sort, MaxGMVMinor: -1, MaxOrders: -1}, after, 100)
			if err != nil {
				return nil, err
			}
			for _, p := range page.Persons {
				people = append(people, p.ID)
			}
			if n += len(page.Persons); page.Next == (pool.Cursor{}) {
				break
			}
			after = page.Next
		}
	}
	slices.Sort(people)
	people = slices.Compact(people)
	kinds := []string{carrierevent.FriendAdded, mallevent.OrderPaid, mallevent.OrderRefunded, carrierevent.MessageReceived, "material.opened", lifecycleevent.StageChanged, campaignevent.LinkClicked}
	err = a.DB.Read(ctx, orgID, func(tx *db.Tx) error {
		out = nil
		return a.Timeline.Facts(ctx, tx, orgID, people, kinds, func(e timeline.Event) error {
			if e.RecordedAt = e.OccurredAt; !e.OccurredAt.Before(from) && e.OccurredAt.Before(until) {
				out = append(out, e)
			}
			return nil
		})
	})
	slices.SortStableFunc(out, func(a, b timeline.Event) int {
		return cmp.Or(a.OccurredAt.Compare(b.OccurredAt), cmp.Compare(a.Position.Seq, b.Position.Seq))
	})
	return out, err
}

// demoLetters is an outbox of which everything was sent at once, but for a few that
// the gate held back.
type demoLetters struct{ journey.Outbox }

func (demoLetters) Add(context.Context, *db.Tx, string, string, []journey.Recipient) error {
	return nil
}

func (demoLetters) CallOff(context.Context, *db.Tx, string, string, []string) error { return nil }

func (demoLetters) Trust() bool { return true }

func (demoLetters) Letters(_ context.Context, _ *db.Tx, _, planID string, keys []string) (map[string]journey.Letter, error) {
	out := make(map[string]journey.Letter, len(keys))
	for _, key := range keys {
		out[key] = journey.Letter{Status: reach.Sent}
		if chance("letter", planID, key) < 60 {
			out[key] = journey.Letter{Status: reach.Held, Why: "consent"}
		}
	}
	return out, nil
}

// demoTasks puts only those of the last two days on anybody's list: the older ones
// were done.
type demoTasks struct {
	journey.Tasks
	now   *time.Time
	until time.Time
}

func (d demoTasks) Assign(ctx context.Context, tx *db.Tx, orgID string, t journey.Task) (string, error) {
	if d.until.Sub(*d.now) > 48*time.Hour {
		return "", nil
	}
	return d.Tasks.Assign(ctx, tx, orgID, t)
}

// demoRead is a timeline of which everything has been read.
type demoRead struct{ journey.Reading }

func (demoRead) Unread(context.Context, *db.Tx, string) (int64, error) { return 0, nil }
