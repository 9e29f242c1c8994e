package app

import (
	"strings"
	"testing"
)

// furnishCampaigns writes a campaign of the brand.
func (b *brand) furnishCampaigns(t *testing.T) {
	t.Helper()
	var c struct{ ID string }
	b.must(t, 201, "POST", "/campaigns", `{"name":"Campaign of `+b.id+`","segment_id":"`+b.ids["segment"]+`","purpose":"marketing","account_ids":[],"text":"Hello"}`, &c)
	b.ids["campaign"] = c.ID
	var p struct{ ID string }
	b.must(t, 201, "POST", "/coupon-pools", `{"name":"Pool of `+b.id+`","codes":"`+strings.ToUpper(strings.ReplaceAll(b.id, "_", "-"))+`"}`, &p)
	b.ids["coupon_pool"], b.ids["coupon_code"] = p.ID, strings.ToUpper(strings.ReplaceAll(b.id, "_", "-"))
}

// foreignCampaigns is foreign for campaigns.
var foreignCampaigns = map[string][]struct{ path, body string }{
	"create-campaign": {{"/campaigns", `{"name":"x","segment_id":"{segment}","purpose":"marketing","account_ids":[],"text":"x"}`}, {"/campaigns", `{"name":"x","purpose":"marketing","account_ids":["{account}"],"text":"x"}`}, {"/campaigns", `{"name":"x","purpose":"marketing","account_ids":[],"text":"x","coupon_pool_id":"{coupon_pool}"}`}},
	"get-campaign":    {{"/campaigns/{campaign}", ""}},
	"update-campaign": {{"/campaigns/{campaign}", `{"name":"x","purpose":"marketing","account_ids":[],"text":"x","version":1}`},
		{"/campaigns/{our:campaign}", `{"name":"x","segment_id":"{segment}","purpose":"marketing","account_ids":[],"text":"x","version":1}`}},
	"delete-campaign":     {{"/campaigns/{campaign}", ""}},
	"preview-campaign":    {{"/campaigns/{campaign}/preview", `{}`}, {"/campaigns/{our:campaign}/preview", `{"person_id":"{person}"}`}},
	"check-campaign":      {{"/campaigns/{campaign}/check", ""}},
	"test-campaign":       {{"/campaigns/{campaign}/test", `{"person_id":"{our:person}"}`}, {"/campaigns/{our:campaign}/test", `{"person_id":"{person}"}`}},
	"submit-campaign":     {{"/campaigns/{campaign}/submit", `{"version":1}`}},
	"approve-campaign":    {{"/campaigns/{campaign}/approve", ""}},
	"withdraw-campaign":   {{"/campaigns/{campaign}/withdraw", ""}},
	"pause-campaign":      {{"/campaigns/{campaign}/pause", ""}},
	"resume-campaign":     {{"/campaigns/{campaign}/resume", ""}},
	"cancel-campaign":     {{"/campaigns/{campaign}/cancel", ""}},
	"get-coupon-pool":     {{"/coupon-pools/{coupon_pool}", ""}},
	"add-coupon-codes":    {{"/coupon-pools/{coupon_pool}/codes", `{"count":1}`}},
	"list-coupon-codes":   {{"/coupon-pools/{coupon_pool}/codes", ""}},
	"export-coupon-codes": {{"/coupon-pools/{coupon_pool}/codes/export", ""}},
	"redeem-coupon":       {{"/coupon-codes/{coupon_code}/redeem", `{}`}},
	"decide-campaign":     {{"/campaigns/{campaign}/decide", `{"chosen":"A"}`}},
	"get-campaign-report": {{"/campaigns/{campaign}/report", ""}},
}
