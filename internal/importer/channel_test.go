package importer

import (
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

// came lists the arrivals that were stored: who, when, where.
func came(t *testing.T, d *db.DB) (out []string) {
	t.Helper()
	for line := range strings.Lines(stored(t, d)) {
		if rest, ok := strings.CutPrefix(line, "came:"); ok {
			out = append(out, strings.TrimSpace(strings.Replace(rest, " channel.arrived", " ", 1)))
		}
	}
	return out
}

// Who becomes known by a file is credited to the channel that it names, from
// the first that the file tells of them; who was known before is not.
func TestNewPeopleAreCreditedToTheChannel(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		take := func(content string, o Options) {
			t.Helper()
			if _, err := s.Import(t.Context(), org, put(t, "in.csv", content), o, nil); err != nil {
				t.Fatal(err)
			}
		}
		const head = "order,customer,time,amount\n"
		zone := Options{TimeZone: "UTC"}
		credited := Options{TimeZone: "UTC", Channel: " Catalogue "}
		take(head+"A1,ann,2024-03-01 10:00:00,5\n", zone)
		if got := came(t, d); got != nil {
			t.Fatalf("without a channel %v arrived", got)
		}
		const second = head + "B2,bob,2024-03-09 10:00:00,5\nB1,bob,2024-03-02 10:00:00,5\nA2,ann,2024-03-03 10:00:00,5\nC1,cid,2024-03-04 10:00:00,5\n"
		want := `per_bob per_bob 1709373600000000 {"channel_id":"chn_a"} per_cid per_cid 1709546400000000 {"channel_id":"chn_a"}`
		for range 2 { // the same file again changes nothing
			take(second, credited)
			if got := strings.Join(came(t, d), " "); got != want {
				t.Fatalf("arrived\n%s\nnot\n%s", got, want)
			}
		}
		take("customer,name,created_at\nann,Ann,2024-01-01\ndan,Dan,2023-05-06\n", Options{TimeZone: "UTC", Kind: Persons, Channel: "chn_a"})
		if got := came(t, d); len(got) != 3 || got[2] != `per_dan per_dan 1683331200000000 {"channel_id":"chn_a"}` {
			t.Fatalf("with persons: %v", got)
		}
		before := stored(t, d)
		_, err := s.Import(i18n.With(t.Context(), i18n.EN), org, put(t, "in.csv", head+"E1,eve,2024-03-01 10:00:00,5\n"), Options{Channel: "Nowhere"}, nil)
		if !errs.Is(err, errs.CodeInvalid) || len(errs.As(err).Fields) != 1 || errs.As(err).Fields[0].Path != "channel" || stored(t, d) != before {
			t.Fatalf("an unknown channel: %v", err)
		}
	})
}
