package campaign

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/stats"
)

// Outcome is what a campaign did to one thing that people do.
type Outcome = stats.Outcome

// Interval is an estimate with its 95 % interval.
type Interval = stats.Interval

// Report is what came of a campaign.
type Report struct {
	CampaignID string     `json:"campaign_id"`
	From       *time.Time `json:"from" doc:"Since when it is counted what people do; null: nothing has left"`
	Until      *time.Time `json:"until"`
	Final      bool       `json:"final" doc:"Nothing more is counted"`
	Currency   string     `json:"currency"`
	Treated    int64      `json:"treated" doc:"Were to get it, whether it reached them or not"`
	Holdout    int64      `json:"holdout"`
	Mixed      int64      `json:"mixed" doc:"Not counted: turned out to be one with somebody of the other group"`
	Progress   *Progress  `json:"progress"`
	Outcomes   []Outcome  `json:"outcomes" doc:"Empty without a hold-out: then nobody can tell"`
	// Said in advance, because looking until one likes what one sees is how to
	// fool oneself.
	Early    bool            `json:"early" doc:"It is still counted: the difference is not final"`
	Links    []Link          `json:"links"`
	Variants []VariantReport `json:"variants" doc:"Of several texts, what came of each; empty with one"`
}

// VariantReport is what came of one of several texts.
type VariantReport struct {
	Name     string           `json:"name"`
	People   int64            `json:"people" doc:"Who got it by lot: with a test, those of the test"`
	Outcomes []VariantOutcome `json:"outcomes"`
}

// VariantOutcome is one thing that people of a variant did.
type VariantOutcome struct {
	Key     string    `json:"key" enum:"clickers,visitors,buyers,orders,money,unsubscribed"`
	Mean    float64   `json:"mean" doc:"For one person; of a yes or no, the share of yes"`
	Total   float64   `json:"total"`
	Best    float64   `json:"best_probability" doc:"That its true value is the highest of the variants; 0 with too few people"`
	Against []Against `json:"against" doc:"Each other variant"`
}

// Against is how a variant differs from another.
type Against struct {
	Name    string        `json:"name"`
	Per1000 Interval      `json:"per_1000" doc:"By how much this one is above that one, for a thousand people, with its 95 % interval"`
	P       float64       `json:"p_value" doc:"Corrected for the comparison of each with each (Holm)"`
	Verdict stats.Verdict `json:"verdict" enum:"higher,lower,cannot_tell"`
}

// compareVariants compares each with each, for everything that people do.
func (o Options) compareVariants(groups []*counted) []VariantReport {
	out := make([]VariantReport, len(groups))
	for i, g := range groups {
		out[i] = VariantReport{Name: o.Variants[i].Name, People: g.money.N(), Outcomes: []VariantOutcome{}}
	}
	for _, key := range []string{"clickers", "visitors", "buyers", "orders", "money", "unsubscribed"} {
		of := make([]stats.Sample, len(groups))
		for i, g := range groups {
			of[i] = map[string]stats.Sample{"clickers": g.clickers, "visitors": g.visitors, "buyers": g.buyers, "orders": g.orders, "money": g.money, "unsubscribed": g.unsubscribed}[key]
		}
		best := stats.Best(of)
		for i := range of {
			v := VariantOutcome{Key: key, Mean: of[i].Mean(), Total: of[i].Total()}
			if best != nil {
				v.Best = best[i]
			}
			out[i].Outcomes = append(out[i].Outcomes, v)
		}
		for _, d := range pairs(of) {
			per, low, high := d.Per1000()
			verdict := [2]stats.Verdict{stats.CannotTell, stats.CannotTell}
			if d.p < 1-stats.Level {
				verdict[1], verdict[0] = stats.Higher, stats.Lower
				if d.Difference < 0 {
					verdict[0], verdict[1] = verdict[1], verdict[0]
				}
			}
			a, b := &out[d.a].Outcomes[len(out[d.a].Outcomes)-1], &out[d.b].Outcomes[len(out[d.b].Outcomes)-1]
			a.Against = append(a.Against, Against{o.Variants[d.b].Name, Interval{Estimate: -per, Low: -high, High: -low}, d.p, verdict[0]})
			b.Against = append(b.Against, Against{o.Variants[d.a].Name, Interval{Estimate: per, Low: low, High: high}, d.p, verdict[1]})
		}
	}
	return out
}

// counted are the samples of one group.
type counted struct{ clickers, visitors, buyers, orders, money, unsubscribed stats.Sample }

// deeds are what n people did, each of them, and what they had done before.
type deeds struct{ visits, orders, spent, clicks, left, beforeOrders, beforeMinor, n int64 }

func (c *counted) add(d deeds) {
	x := float64(d.beforeOrders)
	c.clickers.AddTimes(x, yes(d.clicks), d.n)
	c.visitors.AddTimes(x, yes(d.visits), d.n)
	c.buyers.AddTimes(x, yes(d.orders), d.n)
	c.orders.AddTimes(x, float64(d.orders), d.n)
	c.money.AddTimes(float64(d.beforeMinor), float64(d.spent), d.n)
	c.unsubscribed.AddTimes(x, yes(d.left), d.n)
}

// by is the sample by which a test is judged.
func (c *counted) by(metric string) stats.Sample {
	switch metric {
	case ByClicks:
		return c.clickers
	case ByVisits:
		return c.visitors
	case ByMoney:
		return c.money
	}
	return c.buyers
}

// Report tells what came of a campaign: by how much those who were to get it
// differ from those who were left out. Everybody counts as planned, not as it
// came: who was held back by the gate was so in both groups.
func (s *Service) Report(ctx context.Context, id string) (out Report, err error) {
	a := actor(ctx)
	var treated, holdout *counted
	var share float64
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		org, err := s.Orgs.Settings(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		out = Report{CampaignID: id, From: shown(r.measureFrom), Until: shown(r.measureTo), Currency: org.Currency, Outcomes: []Outcome{}, Variants: []VariantReport{}}
		out.Final = r.measureTo > 0 && s.micros() >= r.measureTo
		out.Early = r.measureFrom > 0 && !out.Final
		if r.frozen > 0 && r.people > 0 {
			p, err := s.progress(ctx, tx, a.OrgID, r)
			if err != nil {
				return err
			}
			out.Progress = &p
		}
		if out.Links, err = s.links(ctx, tx, a.OrgID, r); err != nil {
			return err
		}
		share = float64(r.holdout) / 10_000
		treated, holdout = nil, nil
		if r.measureFrom == 0 {
			return nil
		}
		if len(r.opt.Variants) > 0 {
			groups, err := testedGroups(ctx, tx, a.OrgID, r)
			if err != nil {
				return err
			}
			out.Variants = r.opt.compareVariants(groups)
		}
		groups, mixed, err := groupsOf(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		treated, holdout, out.Mixed = groups[Treated], groups[Holdout], mixed
		return nil
	})
	if err != nil || treated == nil {
		return out, err
	}
	out.Treated, out.Holdout = treated.money.N(), holdout.money.N()
	if out.Holdout == 0 || out.Treated == 0 {
		return out, nil
	}
	out.Outcomes = outcomes(holdout, treated, share)
	return out, nil
}

// outcomes compares two groups in everything that people do. share is that of the
// control group.
func outcomes(control, treated *counted, share float64) (out []Outcome) {
	for _, o := range []struct {
		key              string
		control, treated stats.Sample
	}{{"visitors", control.visitors, treated.visitors}, {"buyers", control.buyers, treated.buyers}, {"orders", control.orders, treated.orders}, {"money", control.money, treated.money}} {
		out = append(out, stats.Judge(o.key, o.control, o.treated, share))
	}
	return out
}

// groupsOf reads what the people of a campaign, or of a quarter, did, by group; of
// those three none is nil. Several who turned out to be one count as one, and not
// at all when they were in different groups: mixed is how many those are.
func groupsOf(ctx context.Context, tx *db.Tx, orgID, id string) (groups map[string]*counted, mixed int64, err error) {
	groups = map[string]*counted{Treated: {}, Holdout: {}, Global: {}}
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var variant string
		var kind int64
		var d deeds
		if err := rows.Scan(&variant, &d.visits, &d.orders, &d.spent, &d.beforeOrders, &d.beforeMinor, &kind, &d.n); err != nil {
			return err
		}
		if kind == mixedGroups {
			mixed += d.n
		} else if g := groups[variant]; g != nil {
			g.add(d)
		}
		return nil
	}, `SELECT variant, visits, orders, spent_minor, before_orders, before_minor, mixed, COUNT(*) FROM campaign_person
		WHERE org_id = ? AND campaign_id = ? AND mixed <> 2 GROUP BY variant, visits, orders, spent_minor, before_orders, before_minor, mixed`, orgID, id)
	if err != nil {
		return nil, 0, err
	}
	type whose struct{ variant, speaker string }
	together := map[whose]*deeds{}
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var w whose
		var d deeds
		if err := rows.Scan(&w.variant, &w.speaker, &d.visits, &d.orders, &d.spent, &d.beforeOrders, &d.beforeMinor); err != nil {
			return err
		}
		sum := together[w]
		if sum == nil {
			sum = &deeds{n: 1}
			together[w] = sum
		}
		sum.visits, sum.orders, sum.spent = sum.visits+d.visits, sum.orders+d.orders, sum.spent+d.spent
		sum.beforeOrders, sum.beforeMinor = sum.beforeOrders+d.beforeOrders, sum.beforeMinor+d.beforeMinor
		return nil
	}, `SELECT p.variant, COALESCE(a.speaker_id, p.person_id), p.visits, p.orders, p.spent_minor, p.before_orders, p.before_minor FROM campaign_person p
		LEFT JOIN campaign_alias a ON a.org_id = p.org_id AND a.person_id = p.person_id WHERE p.org_id = ? AND p.campaign_id = ? AND p.mixed = 2`, orgID, id)
	for w, d := range together {
		if g := groups[w.variant]; g != nil {
			g.add(*d)
		}
	}
	return groups, mixed, err
}

func yes(n int64) float64 {
	if n > 0 {
		return 1
	}
	return 0
}

// neededForOrders is an example for whoever plans a campaign.
func neededForOrders() int64 {
	var five, six stats.Sample
	five.AddTimes(0, 1, 50)
	five.AddTimes(0, 0, 950)
	six.AddTimes(0, 1, 60)
	six.AddTimes(0, 0, 940)
	return stats.Compare(five, six, 0).NeededEach
}
