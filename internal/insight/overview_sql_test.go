package insight

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// recountSQL is one statement for each figure of the overview, straight over
// the rows of the timeline, which shares nothing with what the overview is told
// from. What they select from is made by logSQL. Money in another currency and
// orders of nobody count as the definitions say.
var recountSQL = map[string]string{
	"overview.persons":                   "SELECT '', COUNT(DISTINCT who) FROM deed WHERE who <> '' AND at < {end}",
	"overview.new_persons":               "SELECT '', COUNT(*) FROM (SELECT who, MIN(at) AS first FROM deed WHERE who <> '' GROUP BY who) f WHERE first >= {start} AND first < {end}",
	"overview.buyers":                    "SELECT '', COUNT(DISTINCT who) FROM deed WHERE who <> '' AND kind = 'order.paid' AND {within}",
	"overview.orders":                    "SELECT '', COUNT(*) FROM deed WHERE kind = 'order.paid' AND {within}",
	"overview.gmv_minor":                 "SELECT '', COALESCE(SUM(amount), 0) FROM deed WHERE kind = 'order.paid' AND {within}",
	"overview.refunds":                   "SELECT '', COUNT(*) FROM deed WHERE kind = 'order.refunded' AND {within}",
	"overview.refunded_minor":            "SELECT '', COALESCE(SUM(amount), 0) FROM deed WHERE kind = 'order.refunded' AND {within}",
	"overview.average_order_minor":       "SELECT '', CASE WHEN COUNT(*) = 0 THEN 0 ELSE ROUND(SUM(amount) * 1.0 / COUNT(*)) END FROM deed WHERE kind = 'order.paid' AND {within}",
	"overview.repurchase_rate":           "SELECT '', CASE WHEN COUNT(*) = 0 THEN 0 ELSE SUM(CASE WHEN n > 1 THEN 1.0 ELSE 0 END) / COUNT(*) END FROM (SELECT who, COUNT(*) AS n FROM deed WHERE who <> '' AND kind = 'order.paid' AND {within} GROUP BY who) b",
	"overview.months.orders":             "SELECT month, COUNT(*) FROM deed JOIN month ON at >= since AND at < until WHERE kind = 'order.paid' AND {within} GROUP BY month",
	"overview.months.gmv_minor":          "SELECT month, SUM(amount) FROM deed JOIN month ON at >= since AND at < until WHERE kind = 'order.paid' AND {within} GROUP BY month",
	"overview.months.refunded_minor":     "SELECT month, SUM(amount) FROM deed JOIN month ON at >= since AND at < until WHERE kind = 'order.refunded' AND {within} GROUP BY month",
	"overview.months.new_persons":        "SELECT month, COUNT(*) FROM (SELECT who, MIN(at) AS first FROM deed WHERE who <> '' GROUP BY who) f JOIN month ON first >= since AND first < until WHERE first >= {start} AND first < {end} GROUP BY month",
	"overview.months.buyers":             "SELECT month, COUNT(DISTINCT who) FROM deed JOIN month ON at >= since AND at < until WHERE who <> '' AND kind = 'order.paid' AND {within} GROUP BY month",
	"overview.top_regions.persons":       "SELECT region, COUNT(DISTINCT CASE WHEN who <> '' THEN who END) FROM deed WHERE kind = 'order.paid' AND region <> '' AND {within} GROUP BY region",
	"overview.top_regions.orders":        "SELECT region, COUNT(*) FROM deed WHERE kind = 'order.paid' AND region <> '' AND {within} GROUP BY region",
	"overview.top_regions.gmv_minor":     "SELECT region, SUM(amount) FROM deed WHERE kind = 'order.paid' AND region <> '' AND {within} GROUP BY region",
	"overview.top_products.quantity":     "SELECT sku, SUM(quantity) FROM line WHERE {within} GROUP BY sku",
	"overview.top_products.amount_minor": "SELECT sku, SUM(amount) FROM line WHERE {within} GROUP BY sku",
}

// logSQL reads the log: each deed under who speaks for its person by the last
// merge or split that names them, and the lines of orders.
var logSQL = map[db.Engine]string{
	db.SQLite: `WITH spoken AS (SELECT id, speaker FROM (SELECT m.value AS id, CASE WHEN e.kind = 'person.merged' THEN e.data->>'winner_id' ELSE e.data->>'loser_id' END AS speaker,
		ROW_NUMBER() OVER (PARTITION BY m.value ORDER BY e.xid DESC, e.seq DESC) AS n
		FROM timeline_event e, json_each(e.data, '$.members') m WHERE e.org_id = {org} AND e.kind IN ('person.merged', 'person.split')) x WHERE n = 1),
	deed AS (SELECT e.kind AS kind, e.occurred_at AS at, COALESCE(s.speaker, e.person_id) AS who, COALESCE(e.data->>'region', '') AS region, e.data AS data,
		CASE WHEN e.data->>'currency' = 'CNY' THEN e.data->>'amount_minor' ELSE 0 END AS amount
		FROM timeline_event e LEFT JOIN spoken s ON s.id = e.person_id WHERE e.org_id = {org} AND e.kind IN ('person.created', 'order.paid', 'order.refunded')),
	line AS (SELECT d.at AS at, i.value->>'sku' AS sku, CAST(i.value->>'quantity' AS REAL) AS quantity,
		CASE WHEN d.data->>'currency' = 'CNY' THEN i.value->>'amount_minor' ELSE 0 END AS amount
		FROM deed d, json_each(d.data, '$.items') i WHERE d.kind = 'order.paid'),
	month (month, since, until) AS (VALUES {months}) `,
	db.Postgres: `WITH spoken AS (SELECT id, speaker FROM (SELECT m.value AS id, CASE WHEN e.kind = 'person.merged' THEN e.data::jsonb->>'winner_id' ELSE e.data::jsonb->>'loser_id' END AS speaker,
		ROW_NUMBER() OVER (PARTITION BY m.value ORDER BY e.xid DESC, e.seq DESC) AS n
		FROM timeline_event e CROSS JOIN LATERAL jsonb_array_elements_text(e.data::jsonb->'members') AS m(value) WHERE e.org_id = {org} AND e.kind IN ('person.merged', 'person.split')) x WHERE n = 1),
	deed AS (SELECT e.kind AS kind, e.occurred_at AS at, COALESCE(s.speaker, e.person_id) AS who, COALESCE(e.data::jsonb->>'region', '') AS region, e.data::jsonb AS data,
		CASE WHEN e.data::jsonb->>'currency' = 'CNY' THEN (e.data::jsonb->>'amount_minor')::bigint ELSE 0 END AS amount
		FROM timeline_event e LEFT JOIN spoken s ON s.id = e.person_id WHERE e.org_id = {org} AND e.kind IN ('person.created', 'order.paid', 'order.refunded')),
	line AS (SELECT d.at AS at, i->>'sku' AS sku, (i->>'quantity')::numeric AS quantity,
		CASE WHEN d.data->>'currency' = 'CNY' THEN (i->>'amount_minor')::bigint ELSE 0 END AS amount
		FROM deed d CROSS JOIN LATERAL jsonb_array_elements(COALESCE(d.data->'items', '[]'::jsonb)) AS i WHERE d.kind = 'order.paid'),
	month (month, since, until) AS (VALUES {months}) `,
}

// counted runs the statement of a figure for whole months.
func (w *world) counted(key string, from, to int64) map[string]float64 {
	w.tb.Helper()
	var months []string
	for m := from; m <= to; m++ {
		months = append(months, fmt.Sprintf("('%s', %d, %d)", monthName(m), clock.Micros(monthStart(m, w.zone)), clock.Micros(monthStart(m+1, w.zone))))
	}
	start, end := clock.Micros(monthStart(from, w.zone)), clock.Micros(monthStart(to+1, w.zone))
	query := strings.NewReplacer("{within}", fmt.Sprintf("at >= %d AND at < %d", start, end), "{start}", fmt.Sprint(start), "{end}", fmt.Sprint(end),
		"{org}", "'"+w.org+"'", "{months}", strings.Join(months, ", ")).Replace(logSQL[w.db.Engine()] + recountSQL[key])
	out := map[string]float64{}
	w.must(w.db.Read(w.tb.Context(), w.org, func(tx *db.Tx) error {
		rows, err := tx.Query(w.tb.Context(), query)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		defer rows.Close()
		for rows.Next() {
			var of string
			var n float64
			if err := rows.Scan(&of, &n); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			out[of] = n
		}
		return rows.Err()
	}))
	return out
}

// told is what the overview says of a figure, by month, region or product.
func (o Overview) told(key string) map[string]float64 {
	out := map[string]float64{}
	put := func(of string, n float64) {
		if n != 0 {
			out[of] = n
		}
	}
	name := strings.TrimPrefix(key, "overview.")
	for _, m := range o.Months {
		put(m.Month, map[string]float64{"months.orders": float64(m.Orders), "months.gmv_minor": float64(m.GMVMinor), "months.refunded_minor": float64(m.RefundedMinor),
			"months.new_persons": float64(m.NewPersons), "months.buyers": float64(m.Buyers)}[name])
	}
	for _, r := range o.Regions {
		put(r.Region, map[string]float64{"top_regions.persons": float64(r.Persons), "top_regions.orders": float64(r.Orders), "top_regions.gmv_minor": float64(r.GMVMinor)}[name])
	}
	for _, p := range o.Products {
		put(p.SKU, map[string]float64{"top_products.quantity": p.Quantity, "top_products.amount_minor": float64(p.AmountMinor)}[name])
	}
	n := o.Numbers
	put("", map[string]float64{"persons": float64(n.Persons), "new_persons": float64(n.NewPersons), "buyers": float64(n.Buyers), "orders": float64(n.Orders), "gmv_minor": float64(n.GMVMinor),
		"refunds": float64(n.Refunds), "refunded_minor": float64(n.RefundedMinor), "average_order_minor": float64(n.AverageMinor), "repurchase_rate": n.RepurchaseRate}[name])
	return out
}

// Whoever adds a figure to the overview adds how it is counted again.
func TestEveryFigureOfTheOverviewIsRecounted(t *testing.T) {
	var want, got []string
	for _, f := range overviewFigures {
		if strings.HasPrefix(f.Key, "overview.") {
			want = append(want, f.Key)
		}
	}
	for key := range recountSQL {
		got = append(got, key)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("recounted\n%v\ndefined\n%v", got, want)
	}
}

// sale is an order with two lines of fractions.
func sale(person, id string, when time.Time, minor int64, currency, region string) []any {
	return []any{person, when, mallevent.Order{OrderID: id, AmountMinor: minor, Currency: currency, Region: region, Items: []mallevent.Item{
		{SKU: "A" + id[:1], Name: "a", Quantity: "1.25", AmountMinor: minor / 3}, {SKU: "B", Name: "b", Quantity: "2", AmountMinor: minor - minor/3}}}}
}

func TestOverviewAgreesWithSQLOverTheLog(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var err error
		if w.zone, err = time.LoadLocation("Asia/Shanghai"); err != nil {
			t.Fatal(err)
		}
		regions := []string{"浙江", "上海", "", "江苏"}
		people := []string{"per_a", "per_b", "per_c", "per_d", "per_e", "per_f", ""}
		for i := range 240 {
			p := people[(i*i+i/7)%len(people)]
			// Every few days of a year and a half, some within hours of a month's turn in China.
			when := time.Date(2025, 1, 1, 15, 30, 0, 0, time.UTC).Add(time.Duration(i) * 54 * time.Hour)
			if i%11 == 0 {
				when = time.Date(2025, time.Month(1+i%17), 1, 0, 0, 0, 0, w.zone).Add(time.Duration(i%3-1) * time.Second)
			}
			switch {
			case i%13 == 0 && p != "":
				w.tell(created(p, when))
			case i%9 == 4:
				w.tell(refund(p, when, int64(37*i)))
			default:
				currency := "CNY"
				if i%17 == 3 {
					currency = "USD"
				}
				s := sale(p, fmt.Sprint(i), when, int64(1000+i*7), currency, regions[i%len(regions)])
				w.tell(order(s[0].(string), s[1].(time.Time), s[2].(mallevent.Order)))
			}
			switch i {
			case 60:
				w.tell(merged("per_a", "per_b"))
			case 90:
				w.tell(merged("per_c", "per_a", "per_b"))
			case 150:
				w.tell(split("per_c", "per_a", "per_b"))
			case 200:
				w.tell(merged("per_d", "per_e"))
			}
		}
		w.catchUp()
		for _, months := range [][2]string{{"2025-01", "2026-06"}, {"2025-03", "2025-03"}, {"2025-06", "2025-11"}, {"2026-02", "2026-04"}, {"2024-01", "2024-02"}} {
			o := w.overview(months[0], months[1])
			from, err := parseMonth("", months[0])
			w.must(err)
			to, err := parseMonth("", months[1])
			w.must(err)
			for key := range recountSQL {
				got, want := o.told(key), w.counted(key, from, to)
				for of, n := range want {
					if n == 0 {
						delete(want, of)
					}
				}
				same := len(got) == len(want)
				for of, n := range want {
					same = same && got[of]-n < 1e-9 && n-got[of] < 1e-9
				}
				if !same {
					t.Errorf("%s, %v: the overview says %v, SQL %v", key, months, got, want)
				}
			}
		}
	})
}
