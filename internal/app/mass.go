package app

import (
	"context"
	"maps"
	"slices"
	"strings"

	"fishpond/internal/campaign"
	"fishpond/internal/carrier"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool"
	"fishpond/internal/reach"
)

// massTeller tells the outbox what became of messages that members of staff
// were asked to send.
type massTeller struct{ reach *reach.Service }

func (t massTeller) Told(ctx context.Context, tx *db.Tx, orgID string, all []carrier.MassOutcome) error {
	out := make([]reach.Told, len(all))
	for i, o := range all {
		out[i] = reach.Told{Key: o.Key, Status: o.Status, Code: o.Code, Reason: o.Reason, At: o.At}
	}
	return t.reach.Told(ctx, tx, orgID, out)
}

// Recall calls off what members were asked to send for a plan.
func (t reachTransport) Recall(ctx context.Context, tx *db.Tx, orgID, planID string) error {
	return t.carrier.RecallMass(ctx, tx, orgID, planID)
}

// friends names persons as an account of WeCom does: by whom of the staff, and
// as whom. Whose customer they are writes to them; if that one is not their
// friend, the one who has been for longest.
func (c campaignAccounts) friends(ctx context.Context, tx *db.Tx, orgID string, accounts []campaign.Account, personIDs []string) (map[string]map[string]string, error) {
	out := map[string]map[string]string{}
	if !slices.ContainsFunc(accounts, func(a campaign.Account) bool { return a.Carrier == carrier.KindWecom }) {
		return out, nil
	}
	return massAddresses(ctx, tx, orgID, c.carrier, c.pool, accounts, personIDs)
}

func massAddresses(ctx context.Context, tx *db.Tx, orgID string, carriers *carrier.Service, people *pool.Service, accounts []campaign.Account, personIDs []string) (map[string]map[string]string, error) {
	named, err := people.Names(ctx, tx, orgID, personIDs)
	if err != nil {
		return nil, err
	}
	out := map[string]map[string]string{}
	for _, a := range accounts {
		if a.Carrier != carrier.KindWecom {
			continue
		}
		all, err := carriers.Friendships(ctx, tx, orgID, a.ID, personIDs)
		if err != nil {
			return nil, err
		}
		to, own := map[string]string{}, map[string]bool{}
		for _, f := range all {
			mine := f.StaffID != "" && f.StaffID == named[f.PersonID].OwnerStaffID
			if to[f.PersonID] == "" || mine && !own[f.PersonID] {
				to[f.PersonID], own[f.PersonID] = carrier.MassAddress(f.UserID, f.ExternalID), mine
			}
		}
		out[a.ID] = to
	}
	return out, nil
}

// campaignMass answers for what members of staff are asked to send.
type campaignMass struct{ carrier *carrier.Service }

func massTask(t carrier.MassTask) campaign.MassTask {
	return campaign.MassTask{ID: t.ID, AccountID: t.AccountID, UserID: t.UserID, UserName: t.UserName, StaffID: t.StaffID, Status: t.Status, Text: t.Text, Customers: t.Size, Waiting: t.Waiting, Sent: t.Sent,
		NotFriend: t.NotFriend, TooMany: t.TooMany, Failed: t.Failed, Cancelled: t.Cancelled, AskedAt: t.AskedAt, ConfirmedAt: t.ConfirmedAt, DoneAt: t.DoneAt, EndAt: t.EndAt, Reminders: t.Reminders, Code: t.Code, Why: t.Reason}
}

func (m campaignMass) Tasks(ctx context.Context, tx *db.Tx, orgID string, origins []string, after string, limit int) ([]campaign.MassTask, error) {
	all, err := m.carrier.MassTasks(ctx, tx, orgID, origins, after, limit)
	out := make([]campaign.MassTask, len(all))
	for i, t := range all {
		out[i] = massTask(t)
	}
	return out, err
}

func (m campaignMass) Task(ctx context.Context, tx *db.Tx, orgID string, origins []string, id string) (campaign.MassTask, error) {
	t, err := m.carrier.MassTask(ctx, tx, orgID, origins, id)
	return massTask(t), err
}

func (m campaignMass) Look(ctx context.Context, tx *db.Tx, orgID string, origins []string) error {
	return m.carrier.LookAtMass(ctx, tx, orgID, origins)
}

func (m campaignMass) Remind(ctx context.Context, orgID, taskID string) error {
	return m.carrier.RemindTask(ctx, orgID, taskID)
}

// campaignPosts answers for what members send into groups and publish.
type campaignPosts struct {
	carrier *carrier.Service
	pool    *pool.Service
}

func (p campaignPosts) Accounts(ctx context.Context, tx *db.Tx, orgID string) (out []campaign.Account, err error) {
	infos, err := p.carrier.AccountInfos(ctx, tx, orgID)
	for _, id := range slices.Sorted(maps.Keys(infos)) {
		if i := infos[id]; i.Kind == carrier.KindWecom {
			out = append(out, campaign.Account{ID: id, Name: i.Name, Carrier: i.Kind, Active: i.Active})
		}
	}
	return out, err
}

func postParts(parts []campaign.Part) []carrier.Part {
	out := make([]carrier.Part, len(parts))
	for i, x := range parts {
		out[i] = carrier.Part(x)
	}
	return out
}

func (p campaignPosts) Check(ctx context.Context, tx *db.Tx, orgID, kind string, parts []campaign.Part) error {
	if kind == campaign.AsMoment {
		return carrier.CheckMoment(ctx, tx, orgID, postParts(parts))
	}
	return carrier.CheckMass(ctx, tx, orgID, postParts(parts))
}

func (p campaignPosts) Keep(ctx context.Context, tx *db.Tx, orgID, id string, parts []campaign.Part) error {
	var files []string
	for _, x := range parts {
		if strings.HasPrefix(x.MediaID, "med_") {
			files = append(files, x.MediaID)
		}
	}
	if len(files) == 0 {
		return nil
	}
	return p.carrier.UseMedia(ctx, tx, orgID, id, files)
}

func (p campaignPosts) Ask(ctx context.Context, tx *db.Tx, kind string, a campaign.Ask) error {
	if kind == campaign.AsMoment {
		return p.carrier.AskMoment(ctx, tx, carrier.MomentAsk{OrgID: a.OrgID, Key: a.Key, AccountID: a.AccountID, Senders: a.Targets.UserIDs, Tags: a.Targets.TagIDs, Parts: postParts(a.Parts), At: a.At, EndAt: a.EndAt})
	}
	return p.carrier.AskGroups(ctx, tx, carrier.GroupAsk{OrgID: a.OrgID, Key: a.Key, AccountID: a.AccountID, ChatIDs: a.Targets.ChatIDs, Parts: postParts(a.Parts), At: a.At, EndAt: a.EndAt})
}

func (p campaignPosts) Cancel(ctx context.Context, tx *db.Tx, orgID, kind, key string) error {
	if kind == campaign.AsMoment {
		return p.carrier.CancelMoment(ctx, tx, orgID, key)
	}
	return p.carrier.CancelAsk(ctx, tx, orgID, key)
}

func (p campaignPosts) HowFar(ctx context.Context, tx *db.Tx, orgID, kind, key string) (out campaign.Far, err error) {
	count := func(status string) {
		out.Counts.Total++
		switch status {
		case "queued":
			out.Counts.Queued++
		case "asked":
			out.Counts.Asked++
		case "sent", "published":
			out.Counts.Sent++
		case "cancelled":
			out.Counts.Cancelled++
		default:
			out.Counts.Failed++
		}
	}
	if kind == campaign.AsMoment {
		m, err := p.carrier.MomentOf(ctx, tx, orgID, key)
		if err != nil {
			return out, err
		}
		out.Status, out.Code, out.Reason, out.Counts.Comments, out.Counts.Likes = m.Status, m.Code, m.Reason, m.Comments, m.Likes
		for _, t := range m.Tasks {
			count(t.Status)
			out.Counts.Customers += t.Customers
		}
		return out, nil
	}
	all, err := p.carrier.GroupAsks(ctx, tx, orgID, []string{key})
	out.Status = all[key].Status
	for _, g := range all[key].Groups {
		count(g.Status)
	}
	return out, err
}

func (p campaignPosts) LookAtMoment(ctx context.Context, tx *db.Tx, orgID, key string) error {
	return p.carrier.LookAtMoment(ctx, tx, orgID, key)
}

func (p campaignPosts) Groups(ctx context.Context, tx *db.Tx, orgID, key string) ([]campaign.GroupResult, error) {
	all, err := p.carrier.GroupAsks(ctx, tx, orgID, []string{key})
	var out []campaign.GroupResult
	for _, g := range all[key].Groups {
		out = append(out, campaign.GroupResult{ChatID: g.ChatID, Name: g.Name, OwnerID: g.OwnerUserID, OwnerName: g.OwnerName, TaskID: g.TaskID, Status: g.Status, Code: g.Code, AskedAt: g.AskedAt, SentAt: g.SentAt, Why: g.Reason, Owner: g.OwnerStaffID})
	}
	return out, err
}

func (p campaignPosts) Published(ctx context.Context, tx *db.Tx, orgID, key string) ([]campaign.MomentResult, error) {
	m, err := p.carrier.MomentOf(ctx, tx, orgID, key)
	var out []campaign.MomentResult
	for _, t := range m.Tasks {
		out = append(out, campaign.MomentResult{UserID: t.UserID, UserName: t.UserName, StaffID: t.StaffID, Status: t.Status, PublishedAt: t.PublishedAt, Customers: t.Customers, Comments: t.Comments, Likes: t.Likes})
	}
	return out, err
}

func (p campaignPosts) Reactions(ctx context.Context, tx *db.Tx, orgID, key string, offset, limit int) ([]campaign.Reaction, error) {
	all, err := p.carrier.MomentReactions(ctx, tx, orgID, key, offset, limit)
	if err != nil {
		return nil, err
	}
	var persons []string
	for _, r := range all {
		if r.PersonID != "" {
			persons = append(persons, r.PersonID)
		}
	}
	names, err := p.pool.Names(ctx, tx, orgID, persons)
	var out []campaign.Reaction
	for _, r := range all {
		out = append(out, campaign.Reaction{UserID: r.UserID, UserName: r.UserName, Kind: r.Kind, PersonID: r.PersonID, PersonName: names[r.PersonID].Name, At: r.At, Staff: r.StaffID})
	}
	return out, err
}

func (p campaignPosts) Chats(ctx context.Context, tx *db.Tx, orgID string, f campaign.ChatFilter) ([]campaign.Chat, error) {
	all, err := p.carrier.GroupChats(ctx, tx, orgID, carrier.GroupFilter(f))
	var out []campaign.Chat
	for _, g := range all {
		if g.DismissedAt == nil {
			out = append(out, campaign.Chat{ChatID: g.ChatID, Name: g.Name, OwnerID: g.OwnerUserID, OwnerName: g.OwnerName, Members: g.Members, Owner: g.OwnerStaffID})
		}
	}
	return out, err
}

func (p campaignPosts) Members(ctx context.Context, tx *db.Tx, orgID, accountID string) ([]campaign.Member, error) {
	all, err := p.carrier.Senders(ctx, tx, orgID, accountID)
	out := make([]campaign.Member, len(all))
	for i, m := range all {
		out[i] = campaign.Member(m)
	}
	return out, err
}

func (p campaignPosts) Tags(ctx context.Context, tx *db.Tx, orgID, accountID string) ([]campaign.PlatformTag, error) {
	all, err := p.carrier.PlatformTags(ctx, tx, orgID, accountID)
	out := make([]campaign.PlatformTag, len(all))
	for i, t := range all {
		out[i] = campaign.PlatformTag(t)
	}
	return out, err
}

// followupMasses answers for what members of staff are asked to send.
type followupMasses struct{ carrier *carrier.Service }

func (m followupMasses) ToConfirm(ctx context.Context, tx *db.Tx, orgID string) (map[string]int, error) {
	return m.carrier.MassToConfirm(ctx, tx, orgID)
}
