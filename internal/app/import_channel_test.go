package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"fishpond/internal/importer"
	"fishpond/internal/insight/economics"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

// A file is credited to its channel, and what its people cost is told by it.
func TestImportIsCreditedToItsChannel(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			h := newHouse(t, e)
			b, other := h.brand(t, "Ours"), h.brand(t, "Theirs")
			var top, low, old, foreign struct{ ID string }
			b.must(t, 201, "POST", "/channels", `{"name":"Post"}`, &top)
			b.must(t, 201, "POST", "/channels", `{"name":"Catalogue","parent_id":"`+top.ID+`"}`, &low)
			b.must(t, 201, "POST", "/channels", `{"name":"Gone"}`, &old)
			b.must(t, 200, "PATCH", "/channels/"+old.ID, `{"archived":true}`, nil)
			other.must(t, 201, "POST", "/channels", `{"name":"Post"}`, &foreign)
			b.must(t, 200, "PUT", "/channels/"+low.ID+"/costs", `{"from":"2024-03-01","to":"2024-03-31","amount_minor":3000}`, nil)

			take := func(content, channel string) error {
				t.Helper()
				path := filepath.Join(t.TempDir(), "in.csv")
				if err := os.WriteFile(path, []byte("order,phone,time,amount\n"+content), 0o600); err != nil {
					t.Fatal(err)
				}
				_, err := h.ImportFile(t.Context(), b.id, path, importer.Options{TimeZone: "Asia/Shanghai", Channel: channel}, nil)
				return err
			}
			rows := func() map[string]economics.RowFigures {
				t.Helper()
				var got economics.Economics
				b.must(t, 200, "GET", "/insight/economics?by=channel&from=2024-03&to=2024-03", "", &got)
				out := map[string]economics.RowFigures{"total": got.Total}
				for _, r := range got.Rows {
					out[r.Key] = r.RowFigures
				}
				return out
			}
			if err := take("A1,13800138001,2024-03-01 10:00:00,5\n", ""); err != nil {
				t.Fatal(err)
			}
			const file = "A2,13800138001,2024-03-02 10:00:00,5\nB1,13800138002,2024-03-03 10:00:00,5\nB2,13800138002,2024-03-09 10:00:00,7\nC1,13800138003,2024-03-04 10:00:00,5\n"
			for _, again := range []string{"post / CATALOGUE", low.ID, top.ID} { // the file again credits nobody, whatever it names
				if err := take(file, again); err != nil {
					t.Fatal(err)
				}
				got := rows()
				if f := got[low.ID]; f.Persons != 2 || f.Buyers != 2 || f.Again != 1 || f.CostMinor != 3000 || f.CAC.Minor == nil || *f.CAC.Minor != 1500 || *f.Net.Minor != 1700 {
					t.Fatalf("by the catalogue: %+v", f)
				}
				if got[""].Persons != 1 || got["total"].Persons != 3 || got[top.ID].Persons != 2 {
					t.Fatalf("of unknown origin %d, by post %d, in all %d", got[""].Persons, got[top.ID].Persons, got["total"].Persons)
				}
			}
			var arrivals struct {
				Items []struct {
					Way       string
					ChannelID string `json:"channel_id"`
				}
			}
			b.must(t, 200, "GET", "/arrivals?way=import", "", &arrivals)
			if len(arrivals.Items) != 2 || arrivals.Items[0].ChannelID != low.ID {
				t.Fatalf("%+v", arrivals)
			}
			for _, name := range []string{"Catalogue", foreign.ID, "Gone", "Post/Gone"} {
				err := take("D1,13800138009,2024-03-01 10:00:00,5\n", name)
				if e := errs.As(err); err == nil || e.Code != errs.CodeInvalid || len(e.Fields) != 1 || e.Fields[0].Path != "channel" {
					t.Errorf("to %s: %v", name, err)
				}
			}
			_, err := h.ImportFile(t.Context(), "Nobody", "in.csv", importer.Options{Channel: "Post"}, nil)
			if _, found := h.Org.FindOrg(t.Context(), "Nobody"); err == nil || !errs.Is(found, errs.CodeNotFound) || errors.Is(err, os.ErrNotExist) {
				t.Errorf("a brand that is not there: %v, %v", err, found)
			}
			if n := rows()["total"].Persons; n != 3 {
				t.Error(fmt.Sprint(n, " people after what was refused"))
			}
		})
	}
}
