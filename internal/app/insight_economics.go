package app

import (
	"context"

	"fishpond/internal/acquisition"
	"fishpond/internal/carrier"
	"fishpond/internal/insight/economics"
	"fishpond/internal/platform/db"
)

func (a *App) newEconomics() *economics.Service {
	return economics.New(a.DB, a.now, economics.Ports{Orgs: insightOrgs{a.Org}, Acquisition: economicsAcquisition{a.Acquisition, a.Carrier}, Streams: a.Insight, People: a.Pool,
		Desk: a.desk(), Auditor: a.Org})
}

// economicsAcquisition is acquisition as unit economics see it.
type economicsAcquisition struct {
	*acquisition.Service
	carrier *carrier.Service
}

func (e economicsAcquisition) Ledger(ctx context.Context, tx *db.Tx, orgID string, from, to int64) (out economics.Ledger, err error) {
	l, err := e.Service.Ledger(ctx, tx, orgID, from, to)
	if err != nil {
		return out, err
	}
	out = economics.Ledger{Sources: make(map[int64]economics.Source, len(l.Sources)), Names: l.Names}
	for no, s := range l.Sources {
		out.Sources[no] = economics.Source(s)
	}
	for _, c := range l.Channels {
		out.Channels = append(out.Channels, economics.Channel(c))
	}
	for _, c := range l.Costs {
		out.Costs = append(out.Costs, economics.Cost(c))
	}
	for _, s := range l.Sales {
		out.Sales = append(out.Sales, economics.Sale(s))
	}
	out.Accounts, err = e.carrier.AccountNames(ctx, tx, orgID)
	return out, err
}

func (e economicsAcquisition) EachWalk(ctx context.Context, tx *db.Tx, orgID string, fn func(*economics.Walk) error) error {
	var out economics.Walk
	return e.Service.EachWalk(ctx, tx, orgID, func(w *acquisition.Walk) error {
		out = economics.Walk{PersonID: w.PersonID, Source: w.Source, At: w.At, Orders: out.Orders[:0]}
		for _, o := range w.Orders {
			out.Orders = append(out.Orders, economics.Order(o))
		}
		return fn(&out)
	})
}
