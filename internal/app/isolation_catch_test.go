package app

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"strings"
	"testing"

	"fishpond/internal/platform/db"
)

// picture is the upload of a small PNG.
func picture(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 400, 400))); err != nil {
		t.Fatal(err)
	}
	return "--bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p.png\"\r\nContent-Type: image/png\r\n\r\n" + b.String() + "\r\n--bound--\r\n"
}

// furnishCatch puts one of everything into the brand by which people arrive.
func (b *brand) furnishCatch(t *testing.T) {
	t.Helper()
	var made struct{ ID string }
	b.must(t, 201, "POST", "/carriers/accounts", `{"kind":"email","name":"Mail of `+b.id+`","values":{"from":"shop@brand.example","server":"smtp.brand.example:465","user":"u","password":"p"}}`, &made)
	b.ids["mailaccount"] = made.ID
	b.must(t, 201, "POST", "/carriers/accounts/"+made.ID+"/dkim", `{"algorithm":"ed25519"}`, &made)
	b.ids["dkim"] = made.ID
	add := func(kind, path, body string) {
		t.Helper()
		status, data := b.call(t, "POST", path, strings.NewReplacer("{channel}", b.ids["channel"], "{staff}", b.ids["staff"]).Replace(body))
		var thing struct{ ID string }
		if status/100 != 2 || json.Unmarshal(data, &thing) != nil || thing.ID == "" {
			t.Fatalf("POST %s: %d %s", path, status, data)
		}
		b.ids[kind] = thing.ID
	}
	add("account", "/carriers/accounts", `{"kind":"wecom","name":"Shop","values":{"corp_id":"ww`+b.id[len(b.id)-12:]+`","secret":"s3cret","callback_token":"tok","callback_key":"jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"}}`)
	add("media", "/carriers/media", picture(t))
	add("channel", "/channels", `{"name":"Douyin"}`)
	add("code", "/codes", `{"name":"Till","kind":"staff","mode":"page","channel_id":"{channel}","members":[{"staff_id":"{staff}"}]}`)
	add("link", "/links", `{"name":"Bio","target":"https://brand.example/","channel_id":"{channel}"}`)
	add("form", "/forms", `{"name":"Flyer","channel_id":"{channel}","spec":{"title":"Join","consent":"I agree"}}`)
	add("cards", "/cards", `{"name":"Parcel","cards":3,"channel_id":"{channel}","spec":{"title":"Thanks","target":"https://brand.example/"}}`)
	add("reward", "/rewards", `{"name":"Coupon","title":"A coupon","condition":"scanned"}`)
	add("poster", "/posters?name=P&x=0&y=0&size=200", picture(t))
	b.must(t, 200, "PUT", "/channels/"+b.ids["channel"]+"/costs", `{"from":"2026-01-01","amount_minor":100}`, nil)
	b.ids["callback"], b.ids["transfer"], b.ids["proposal"] = "cbk_"+b.id, "trf_"+b.id, "pro_"+b.id
	err := b.h.DB.Write(t.Context(), b.id, func(tx *db.Tx) error {
		if _, err := tx.Exec(t.Context(), `INSERT INTO carrier_callback (org_id, id, account_id, dedupe, subject, event, occurred_at, received_at, payload, status, next_at)
			VALUES (?, ?, ?, 'd', 's', 'e', 1, 1, '', 'failed', 1)`, b.id, b.ids["callback"], b.ids["account"]); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `INSERT INTO carrier_transfer (org_id, id, account_id, kind, from_user, to_user, words, status, created_by, created_at, checked_at)
			VALUES (?, ?, ?, 'resigned', 'a', 'b', '', 'done', 's', 1, 1)`, b.id, b.ids["transfer"], b.ids["account"]); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `INSERT INTO carrier_proposal (org_id, id, account_id, person_id, kind, value, source, event_id, candidate_id, status, created_at)
			VALUES (?, ?, ?, ?, 'phone', '+8613800138077', 'message', '', '', 'proposed', 1)`, b.id, b.ids["proposal"], b.ids["account"], b.ids["person3"]); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `INSERT INTO carrier_address (org_id, address, state, soft, status, reason, send_id, at) VALUES (?, ?, 'hard', 0, '5.1.1', '', '', 1)`,
			b.id, b.id+"@gone.example"); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `INSERT INTO carrier_alert (org_id, account_id, code, level, text_zh, text_en, since) VALUES (?, ?, 'no_owner', 'warning', '', '', 1)`, b.id, b.ids["account"]); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `INSERT INTO carrier_staff (org_id, account_id, user_id, name, email, status, staff_id, updated_at)
			VALUES (?, ?, 'li', 'Li', '', 'active', '', 1)`, b.id, b.ids["account"])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// foreignCatch is foreign for accounts, channels and what leads to them.
var foreignCatch = map[string][]struct{ path, body string }{
	"get-account": {{"/carriers/accounts/{account}", ""}},
	"update-account": {{"/carriers/accounts/{account}", `{"name":"x"}`},
		{"/carriers/accounts/{our:account}", `{"owner_staff_id":"{staff}"}`}},
	"connect-account":           {{"/carriers/accounts", `{"kind":"wecom","name":"x","owner_staff_id":"{staff}","values":{"corp_id":"ww9","secret":"s3cret","callback_token":"tok","callback_key":"jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"}}`}},
	"test-account":              {{"/carriers/accounts/{account}/test", ""}},
	"account-health":            {{"/carriers/accounts/{account}/health", ""}},
	"list-account-staff":        {{"/carriers/accounts/{account}/staff", ""}},
	"set-account-staff":         {{"/carriers/accounts/{account}/staff/li", `{"staff_id":"{our:staff}"}`}, {"/carriers/accounts/{our:account}/staff/li", `{"staff_id":"{staff}"}`}},
	"let-account-staff-sign-in": {{"/carriers/accounts/{account}/staff/sign-in", ""}},
	"start-account-sync":        {{"/carriers/accounts/{account}/sync", ""}},
	"list-account-syncs":        {{"/carriers/accounts/{account}/syncs", ""}},
	"list-account-callbacks":    {{"/carriers/accounts/{account}/callbacks", ""}},
	"replay-account-callback":   {{"/carriers/accounts/{account}/callbacks/{callback}/replay", ""}, {"/carriers/accounts/{our:account}/callbacks/{callback}/replay", ""}},
	"list-account-contacts":     {{"/carriers/accounts/{account}/contacts", ""}},
	"list-person-contacts":      {{"/persons/{person}/contacts", ""}},
	"list-account-duplicates":   {{"/carriers/accounts/{account}/duplicates", ""}},
	"get-transfer":              {{"/carriers/transfers/{transfer}", ""}},
	"start-transfer":            {{"/carriers/transfers", `{"account_id":"{account}","from_user_id":"li","to_user_id":"wu","kind":"in_service"}`}},

	"list-dkim-keys":            {{"/carriers/accounts/{mailaccount}/dkim", ""}},
	"make-dkim-key":             {{"/carriers/accounts/{mailaccount}/dkim", "{}"}},
	"check-dkim-key":            {{"/carriers/accounts/{mailaccount}/dkim/{dkim}/check", ""}, {"/carriers/accounts/{our:mailaccount}/dkim/{dkim}/check", ""}},
	"use-dkim-key":              {{"/carriers/accounts/{mailaccount}/dkim/{dkim}/use", ""}, {"/carriers/accounts/{our:mailaccount}/dkim/{dkim}/use", ""}},
	"drop-dkim-key":             {{"/carriers/accounts/{mailaccount}/dkim/{dkim}", ""}, {"/carriers/accounts/{our:mailaccount}/dkim/{dkim}", ""}},
	"get-media":                 {{"/carriers/media/{media}", ""}},
	"sign-sidebar":              {{"/carriers/accounts/{account}/sidebar?url=https://brand.example/", ""}},
	"find-account-person":       {{"/carriers/accounts/{account}/persons?external_userid=wm1", ""}},
	"find-account-choices":      {{"/carriers/kinds/wecom_kf/choices", `{"field":"open_kfid","account_id":"{account}","values":{}}`}},
	"list-account-sends":        {{"/carriers/accounts/{account}/sends", ""}},
	"list-lone-persons":         {{"/carriers/accounts/{account}/lone", ""}},
	"release-returned-address":  {{"/carriers/bounces/release", `{"address":"{org}@gone.example"}`}},
	"acknowledge-carrier-alert": {{"/carriers/alerts/acknowledge", `{"account_id":"{account}","code":"no_owner"}`}},
	"accept-proposal":           {{"/carriers/proposals/{proposal}/accept", ""}},
	"refuse-proposal":           {{"/carriers/proposals/{proposal}/refuse", ""}},
	"undo-proposal":             {{"/carriers/proposals/{proposal}/undo", ""}},

	"get-channel":          {{"/channels/{channel}", ""}},
	"create-channel":       {{"/channels", `{"name":"x","parent_id":"{channel}"}`}},
	"update-channel":       {{"/channels/{channel}", `{"name":"x"}`}, {"/channels/{our:channel}", `{"parent_id":"{channel}"}`}},
	"put-channel-cost":     {{"/channels/{channel}/costs", `{"from":"2026-01-01","amount_minor":5}`}},
	"delete-channel-costs": {{"/channels/{channel}/costs?from=2026-01-01&to=2026-12-31", ""}},
	"get-code":             {{"/codes/{code}", ""}},
	"create-code": {{"/codes", `{"name":"x","mode":"page","channel_id":"{channel}","members":[{"staff_id":"{our:staff}"}]}`},
		{"/codes", `{"name":"x","mode":"page","members":[{"staff_id":"{staff}"}]}`},
		{"/codes", `{"name":"x","mode":"way","account_id":"{account}","members":[{"staff_id":"{our:staff}"}]}`}},
	"update-code":         {{"/codes/{code}", `{"name":"x","version":1}`}, {"/codes/{our:code}", `{"channel_id":"{channel}","version":1}`}},
	"push-code":           {{"/codes/{code}/push", ""}},
	"get-code-statistics": {{"/codes/{code}/statistics", ""}},
	"get-code-qr":         {{"/codes/{code}/qr", ""}},
	"get-code-poster":     {{"/codes/{code}/poster?poster_id={our:poster}", ""}, {"/codes/{our:code}/poster?poster_id={poster}", ""}},
	"create-link":         {{"/links", `{"name":"x","target":"https://brand.example/","channel_id":"{channel}"}`}},
	"update-link":         {{"/links/{link}", `{"name":"x","version":1}`}, {"/links/{our:link}", `{"channel_id":"{channel}","version":1}`}},
	"get-link-qr":         {{"/links/{link}/qr", ""}},
	"get-link-poster":     {{"/links/{link}/poster?poster_id={our:poster}", ""}, {"/links/{our:link}/poster?poster_id={poster}", ""}},
	"create-form":         {{"/forms", `{"name":"x","channel_id":"{channel}","spec":{"title":"t","consent":"c"}}`}, {"/forms", `{"name":"x","spec":{"title":"t","consent":"c","code_id":"{code}"}}`}},
	"update-form":         {{"/forms/{form}", `{"name":"x","version":1}`}, {"/forms/{our:form}", `{"channel_id":"{channel}","version":1}`}},
	"get-form-qr":         {{"/forms/{form}/qr", ""}},
	"get-form-poster":     {{"/forms/{form}/poster?poster_id={our:poster}", ""}, {"/forms/{our:form}/poster?poster_id={poster}", ""}},
	"create-card-batch": {{"/cards", `{"name":"x","cards":1,"channel_id":"{channel}","spec":{"title":"t","target":"https://brand.example/"}}`}, {"/cards", `{"name":"x","cards":1,"spec":{"title":"t","code_id":"{code}"}}`},
		{"/cards", `{"name":"x","cards":1,"spec":{"title":"t","target":"https://brand.example/","reward_id":"{reward}"}}`}},
	"update-card-batch":     {{"/cards/{cards}", `{"name":"x","version":1}`}, {"/cards/{our:cards}", `{"channel_id":"{channel}","version":1}`}},
	"list-cards":            {{"/cards/{cards}/cards", ""}},
	"export-cards":          {{"/cards/{cards}/export", ""}},
	"void-card":             {{"/cards/{cards}/cards/1", `{"voided":true}`}},
	"get-card-sheet":        {{"/cards/{cards}/sheet", ""}},
	"get-poster-picture":    {{"/posters/{poster}/picture", ""}},
	"delete-poster":         {{"/posters/{poster}", ""}},
	"get-reward":            {{"/rewards/{reward}", ""}},
	"update-reward":         {{"/rewards/{reward}", `{"status":"ended"}`}},
	"stream-arrivals":       {{"/arrivals/stream?channel_id={channel}", ""}},
	"preview-code-greeting": {{"/codes/{code}/greeting", ""}},
	"put-my-showcase":       {{"/shares/mine/showcase", `{"items":[{"id":"{material}","shelf":"material"}]}`}},
	"put-showcase":          {{"/showcase", `{"items":[{"id":"{material}","shelf":"material"}]}`}},
	"list-card-visitors":    {{"/card-visitors?staff_id={staff}", ""}},
	"put-my-share":          {{"/shares/mine", `{"account_id":"{account}"}`}, {"/shares/mine", `{"channel_id":"{channel}"}`}},
	"create-shares": {{"/shares", `{"staff_ids":["{staff}"],"target":"https://brand.example/"}`}, {"/shares", `{"staff_ids":["{our:staff}"],"account_id":"{account}"}`},
		{"/shares", `{"staff_ids":["{our:staff}"],"channel_id":"{channel}","target":"https://brand.example/"}`}},
}
