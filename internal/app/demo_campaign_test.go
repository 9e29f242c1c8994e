package app

import (
	"testing"
	"time"

	"fishpond/internal/campaign"
	"fishpond/internal/platform/db"
)

// The synthetic brand has a campaign that is through and tells what it brought,
// one of which the texts are being tried, and a draft.
func TestDemoCampaigns(t *testing.T) {
	h := newHouse(t, db.SQLite)
	login, err := h.Demo(t.Context(), DemoOptions{Persons: 900, Seed: 5, Until: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	b := &brand{h: h, jar: newJar(t)}
	b.must(t, 200, "POST", "/auth/sign-in", `{"email":"`+login.Email+`","password":"`+login.Password+`"}`, nil)
	var list struct{ Items []campaign.Campaign }
	b.must(t, 200, "GET", "/campaigns", "", &list)
	by := map[string]campaign.Campaign{}
	for _, c := range list.Items {
		by[c.Name] = c
	}
	through, tried := by["秋茶上新"], by["双十二预告"]
	if len(by) != 3 || by["年末老客感谢信（草稿）"].Status != campaign.Draft || through.Status != campaign.Done || through.Progress.Sent < 50 || through.Clickers == 0 {
		t.Errorf("%+v %+v", through, through.Progress)
	}
	if tried.Status != campaign.Sending || tried.Test == nil || tried.Test.Phase != "testing" || tried.Progress.Sent == 0 || tried.Clickers == 0 {
		t.Errorf("%+v %+v %+v", tried, tried.Progress, tried.Test)
	}
	var r campaign.Report
	b.must(t, 200, "GET", "/campaigns/"+through.ID+"/report", "", &r)
	if o := r.Outcomes[0]; o.Verdict != "higher" || r.Links[0].Clicks == 0 {
		t.Errorf("%+v", r)
	}
}
