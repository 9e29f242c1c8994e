package acquisition

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func TestPackedFactsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text []byte
		var want []fact
		for range rapid.IntRange(0, 5).Draw(t, "n") {
			f := fact{kind: rapid.Int64Range(0, 4).Draw(t, "kind"), at: rapid.Int64Range(-1<<50, 1<<53).Draw(t, "at"), seq: rapid.Int64Range(0, 1<<50).Draw(t, "seq"),
				ref: rapid.Int64().Draw(t, "ref"), amount: rapid.Int64().Draw(t, "amount"), currency: rapid.SampledFrom([]string{"", "CNY", "USD"}).Draw(t, "currency")}
			want, text = append(want, f), f.pack(text)
		}
		var got []fact
		if err := unpack(string(text), func(f *fact) { got = append(got, *f) }); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%v: %v, not %v", err, got, want)
		}
		if len(text) > 1 {
			cut := rapid.IntRange(1, len(text)-1).Draw(t, "cut")
			n := 0
			if err := unpack(string(text[:cut]), func(*fact) { n++ }); err == nil && n == len(want) {
				t.Fatal("half a text was read as a whole")
			}
		}
	})
}

// Who has more facts than a text holds is still one person.
func TestManyOrdersOfOnePerson(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		person := "per_1"
		for i := range 3*fullChunk + 7 {
			if i == fullChunk {
				w.catchUp()
			}
			w.tell(order(person, at("2026-05-01 00:00"), fmt.Sprint("o", i), 10), order("", at("2026-05-01 00:00"), fmt.Sprint("n", i), 1))
		}
		w.tell(arrived(person, at("2026-04-30 00:00"), arrivalOf("link")), refund(person, at("2026-05-02 00:00"), "o3", 10), refund("", at("2026-05-02 00:00"), "n3", 1))
		w.catchUp()
		rep := w.report("month", ReportQuery{Model: "linear", WindowDays: 30})
		if rep.Total.Persons != 1 || rep.Total.Orders != 3*fullChunk+7 || rep.Total.NetMinor != 10*(3*fullChunk+6) || rep.Unattributed.NetMinor != 3*fullChunk+6 {
			t.Errorf("%+v, nobody %+v", rep.Total, rep.Unattributed)
		}
	})
}
