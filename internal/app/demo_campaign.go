package app

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"time"

	"fishpond/internal/campaign"
	"fishpond/internal/campaign/campaignevent"
	"fishpond/internal/carrier"
	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool"
	"fishpond/internal/reach"
	"fishpond/internal/segment"
	"fishpond/internal/timeline"
)

// demoMost bounds how many people of the synthetic brand have said yes to marketing,
// so that the demo starts soon; the gate holds the others back.
const demoMost = 4000

// demoPost takes the synthetic brand's mails in the place of a mail server, and
// knows who got which. Nothing leaves.
type demoPost struct {
	mu  sync.Mutex
	got map[string]map[string]string // by plan and person: the subject
}

func (*demoPost) Repeatable(string) bool { return true }

func (p *demoPost) Deliver(_ context.Context, _, _ string, all []reach.Delivery, told func(int, reach.Result)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, d := range all {
		if p.got[d.PlanID] == nil {
			p.got[d.PlanID] = map[string]string{}
		}
		p.got[d.PlanID][d.PersonID] = d.Subject
		told(i, reach.Result{Status: reach.Sent, ID: "demo-" + d.Key})
	}
}

// chance is a number from 0 to 999 that is the same each time.
func chance(of ...string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.Join(of, "\x00")))
	return (h.Sum32() >> 7) % 1000
}

// ranks spreads the people of each group evenly over 0 to 999, in an order of their
// own.
func ranks(what string, ids []string, group func(id string) string) map[string]uint32 {
	groups := map[string][]string{}
	for _, id := range ids {
		groups[group(id)] = append(groups[group(id)], id)
	}
	out := make(map[string]uint32, len(ids))
	for _, g := range groups {
		slices.SortFunc(g, func(a, b string) int {
			return cmp.Or(cmp.Compare(chance(what, a), chance(what, b)), cmp.Compare(a, b))
		})
		for i, id := range g {
			out[id] = uint32((2*i + 1) * 500 / len(g)) //nolint:gosec // at most 999
		}
	}
	return out
}

// demoCampaigns makes three campaigns of the synthetic brand: one that is through
// and tells what it brought, one of which the texts are being tried, and a draft.
func (a *App) demoCampaigns(ctx context.Context, orgID string) error {
	account, err := a.Carrier.Connect(ctx, carrier.NewAccount{Kind: "email", Name: "会员邮件", Values: map[string]string{"from": "tea@shanye.example", "server": "smtp.shanye.example:465", "user": "tea", "password": "demo"}})
	if err != nil {
		return fmt.Errorf("mail of the demo: %w", err)
	}
	// Nobody is in both: the gate lets one mail a day through.
	var segments [2]string
	var people []string
	for i, in := range []segment.SegmentInput{{Name: "常客·有邮箱", Description: "买过两次以上，可以发会员邮件", Predicate: segment.Predicate{Text: "has identity email and orders >= 2"}},
		{Name: "新客·有邮箱", Description: "还没买过或只买过一次，可以发会员邮件", Predicate: segment.Predicate{Text: "has identity email and orders < 2"}}} {
		s, err := a.Segments.Create(ctx, in)
		if err != nil {
			return err
		}
		if err := a.Live.CatchUp(ctx, orgID); err != nil {
			return err
		}
		some, err := a.demoReaders(ctx, orgID, s.ID)
		if err != nil {
			return err
		}
		segments[i], people = s.ID, append(people, some...)
	}
	if len(people) > demoMost {
		people = people[:demoMost]
	}
	if err := a.demoConsents(ctx, orgID, people); err != nil {
		return err
	}
	draft := func(name, subject, text string, change func(*campaign.Input)) (campaign.Campaign, error) {
		in := campaign.Input{Name: name, SegmentID: segments[0], Purpose: campaign.Marketing, AccountIDs: []string{account.ID}, Subject: subject, Text: text}
		if change != nil {
			change(&in)
		}
		return a.Campaigns.Create(ctx, in)
	}
	if _, err := draft("年末老客感谢信（草稿）", "{{ name | default \"朋友\" }}，谢谢你这一年", "{{ name | default \"朋友\" }}，你好：\n\n{{ if gt orders 2 }}这一年你来了 {{ orders }} 次，谢谢。{{ else }}谢谢你喝过我们的茶。{{ end }}\n\n山野茶事", nil); err != nil {
		return err
	}
	through, err := draft("秋茶上新", "今年的秋茶到了", "{{ name | default \"朋友\" }}，你好：\n\n今年的秋茶刚刚焙好，香气比春茶沉。先看看：https://shanye.example/autumn\n\n山野茶事", func(in *campaign.Input) { bp := 3000; in.HoldoutBP = &bp })
	if err != nil {
		return err
	}
	tried, err := draft("双十二预告", "", "", func(in *campaign.Input) {
		text := "{{ name | default \"朋友\" }}，双十二的茶单在这里：https://shanye.example/1212"
		in.SegmentID = segments[1]
		in.Variants = []campaign.Variant{{Name: "A", Subject: "双十二茶单提前看", Text: text}, {Name: "B", Subject: "给你留了一泡茶", Text: text}}
		in.Winner = &campaign.Winner{Metric: campaign.ByClicks, AfterHours: 24, ShareBP: 5000, Otherwise: campaign.OtherwiseLeader}
	})
	if err != nil {
		return err
	}
	post := &demoPost{got: map[string]map[string]string{}}
	if err := a.demoSend(ctx, orgID, post, through, tried); err != nil {
		return err
	}
	return a.demoDeeds(ctx, orgID, post, people, through, tried)
}

// demoReaders are the people of a segment.
func (a *App) demoReaders(ctx context.Context, orgID, segmentID string) (ids []string, err error) {
	audience := campaignAudience{a.Live, a.Pool}
	members, _, err := audience.Members(ctx, orgID, segmentID)
	if err != nil {
		return nil, err
	}
	err = a.DB.Read(ctx, orgID, func(tx *db.Tx) error {
		all, err := audience.Persons(ctx, tx, orgID, members.ToArray(), nil, false)
		ids = ids[:0]
		for _, p := range all {
			ids = append(ids, p.ID)
		}
		return err
	})
	return ids, err
}

// demoConsents has nine in ten say yes to marketing.
func (a *App) demoConsents(ctx context.Context, orgID string, people []string) error {
	for chunk := range slices.Chunk(people, 500) {
		if err := a.DB.Write(ctx, orgID, func(tx *db.Tx) error {
			for _, id := range chunk {
				if chance("consent", id) >= 900 {
					continue
				}
				if err := a.Pool.NoteConsent(ctx, tx, orgID, id, pool.ConsentInput{Purpose: campaign.Marketing, Granted: true, TextVersion: "2026-01", Source: "demo"}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return a.Runner.CatchUp(ctx, orgID)
}

// demoSend lets campaigns go, through the gate and the outbox as any other, but
// for the mail server and the hour of the night at which somebody tries the demo.
func (a *App) demoSend(ctx context.Context, orgID string, post *demoPost, all ...campaign.Campaign) error {
	set, err := a.Reach.Settings(ctx)
	if err != nil {
		return err
	}
	day := set
	day.Quiet.Enabled = false
	if _, err := a.Reach.PutSettings(ctx, day); err != nil {
		return err
	}
	own := a.Reach.Transport
	a.Reach.Transport = post
	running, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer func() {
		stop()
		wg.Wait()
		a.Reach.Transport = own
	}()
	for _, c := range all {
		if c, err = a.Campaigns.Submit(ctx, c.ID, c.Version); err == nil && c.Status == campaign.Awaiting {
			_, err = a.Campaigns.Approve(access.With(ctx, access.ForSystem(orgID, "demo approval")), c.ID)
		}
		if err == nil {
			err = a.Campaigns.Plan(ctx, orgID, c.ID)
		}
		if err != nil {
			return fmt.Errorf("campaign %s: %w", c.Name, err)
		}
	}
	wg.Go(func() { a.Reach.Run(running) })
	for deadline := time.Now().Add(demoPatience); ; time.Sleep(20 * time.Millisecond) {
		if err := a.Campaigns.Tick(ctx); err != nil {
			return err
		}
		left := 0
		for _, c := range all {
			got, err := a.Campaigns.Get(ctx, c.ID)
			if err != nil {
				return err
			}
			if p := got.Progress; p != nil {
				open := p.Planned + p.Sending
				if got.Test != nil {
					open -= got.Test.Rest
				}
				if open > 0 || p.Status == "running" && len(p.Waiting) == 0 && got.Test == nil {
					left++
				}
			}
		}
		if left == 0 || time.Now().After(deadline) {
			break
		}
	}
	if err := a.Campaigns.Tick(ctx); err != nil { // what ended since it was last looked at
		return err
	}
	_, err = a.Reach.PutSettings(ctx, set)
	return err
}

// demoDeeds has people visit and click: of those who got a mail more than of those
// who did not.
func (a *App) demoDeeds(ctx context.Context, orgID string, post *demoPost, people []string, through, tried campaign.Campaign) error {
	stop := a.now()
	var facts []timeline.Fact
	click := func(c campaign.Campaign, person, url string) {
		facts = append(facts, timeline.Fact{Kind: campaignevent.LinkClicked, PersonID: person, OccurredAt: stop, Source: "demo", DedupeKey: "demo:click:" + c.ID + ":" + person,
			Data: campaignevent.Click{CampaignID: c.ID, Campaign: c.Name, Link: 1, URL: url}})
	}
	// Each group is ranked by itself, so that the shares hold in a small brand too.
	visit, clicked := ranks("visit", people, func(id string) string { return fmt.Sprint(post.got[through.ID][id] != "") }), ranks("click", people, func(id string) string { return post.got[tried.ID][id] })
	for _, id := range people {
		_, got := post.got[through.ID][id]
		if visits := visit[id]; visits < 80 || got && visits < 450 {
			facts = append(facts, timeline.Fact{Kind: carrierevent.PageViewed, PersonID: id, OccurredAt: stop, Source: "demo", DedupeKey: "demo:visit:" + id, Data: map[string]string{"title": "秋茶"}})
			if got && visits < 300 {
				click(through, id, "https://shanye.example/autumn")
			}
		}
		most := map[string]uint32{"双十二茶单提前看": 60, "给你留了一泡茶": 110}[post.got[tried.ID][id]]
		if clicked[id] < most {
			click(tried, id, "https://shanye.example/1212")
		}
	}
	for chunk := range slices.Chunk(facts, 500) {
		if err := a.DB.Write(ctx, orgID, func(tx *db.Tx) error {
			_, err := a.Timeline.Append(ctx, tx, orgID, chunk...)
			return err
		}); err != nil {
			return err
		}
	}
	return a.Runner.CatchUp(ctx, orgID)
}
