package app

import (
	"database/sql"
	"math"
	"slices"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/insight/economics"
	"fishpond/internal/platform/db"
)

// costed counts anew what each row of a breakdown cost, and what one person
// cost in it. A channel's cost of a month is divided by the people who came in
// it through that channel or one below; when nobody did, it stays with the
// channel. A share is rounded once for each source of arrivals that it is split
// among, so that much is allowed for.
func (w *pondWorld) costed(by string, got economics.Economics, everybody map[string]*logged, above map[string][]string, keyOf func(*logged) string, month func(int64) string) {
	w.t.Helper()
	if by != "platform" && by != "campaign" && by != "entrance" && by != "link" {
		return
	}
	type of struct{ channel, month string }
	costs := map[of]int64{}
	err := w.h.DB.Read(w.t.Context(), w.b.id, func(tx *db.Tx) error {
		return tx.Each(w.t.Context(), func(rows *sql.Rows) error {
			var channel string
			var day, minor int64
			err := rows.Scan(&channel, &day, &minor)
			costs[of{channel, time.Unix(day*86400, 0).UTC().Format("2006-01")}] += minor
			return err
		}, "SELECT channel_id, day, minor FROM acquisition_cost WHERE org_id = ?", w.b.id)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	type brought struct {
		persons int64
		sources map[acquisitionevent.Arrival]bool
	}
	want, slack := map[string]float64{}, map[string]float64{}
	for c, minor := range costs {
		if c.month < got.Period.From || c.month > got.Period.To {
			continue
		}
		rows, all := map[string]*brought{}, int64(0)
		for _, k := range everybody {
			if len(k.arrivals) == 0 || month(k.arrivals[0].at) != c.month || !slices.Contains(above[k.arrivals[0].ChannelID], c.channel) {
				continue
			}
			key := keyOf(k)
			if rows[key] == nil {
				rows[key] = &brought{sources: map[acquisitionevent.Arrival]bool{}}
			}
			rows[key].persons++
			rows[key].sources[k.arrivals[0].Arrival] = true
			all++
		}
		if all == 0 {
			key := ""
			if by != "link" {
				key = keyOf(&logged{arrivals: []touched{{Arrival: acquisitionevent.Arrival{ChannelID: c.channel}}}})
			}
			want[key] += float64(minor)
			continue
		}
		for key, b := range rows {
			want[key] += float64(minor) * float64(b.persons) / float64(all)
			slack[key] += float64(len(b.sources))
		}
	}
	for _, row := range got.Rows {
		if math.Abs(float64(row.CostMinor)-want[row.Key]) > slack[row.Key] {
			w.t.Errorf("%s %q: cost %d, not %.1f ± %.0f", by, row.Key, row.CostMinor, want[row.Key], slack[row.Key])
		}
		if row.Key != "" && row.Persons > 0 && row.CostMinor > 0 && (row.CAC.Minor == nil || math.Abs(float64(*row.CAC.Minor)-want[row.Key]/float64(row.Persons)) > slack[row.Key]/float64(row.Persons)+.5) {
			w.t.Errorf("%s %q: CAC %+v, not %.1f", by, row.Key, row.CAC, want[row.Key]/float64(row.Persons))
		}
		delete(want, row.Key)
	}
	if len(want) > 0 {
		w.t.Errorf("%s: costs of rows that are not there: %v", by, want)
	}
}
