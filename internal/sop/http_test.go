package sop

import (
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

const exits = `"exits":{"replied":false,"ordered":false,"left_segment":false,"unfriended":false}`

// What is asked for, what is answered, who may, and what stands in the audit log.
func TestAPI(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var v SOP
		w.api.Want(t, org, 201, "POST", "/sops", `{"name":" 七天 ","kind":"person","spec":{"trigger":{"kind":"manual"},"account_ids":["acc_mail"],`+exits+`,"steps":[{"day":1,"at":"09:00","kind":"message","text":"Hello {{ name }}","materials":[{"id":"mat_1"}]}]}}`, &v)
		if v.Name != "七天" || v.Spec.Steps[0].ID == "" || v.Spec.Steps[0].Purpose != Care || v.Spec.Steps[0].Materials[0].Title != "素材mat_1" {
			t.Errorf("%+v", v)
		}
		for _, c := range []struct {
			as, method, path, body string
			status                 int
			text                   string
		}{
			{"", "POST", "/sops", `{"name":"x","kind":"person","spec":{"trigger":{"kind":"group"},` + exits + `,"steps":[]}}`, 422, "not for a series of persons"},
			{"", "POST", "/sops", `{"name":"x","kind":"group","spec":{"trigger":{"kind":"manual"},` + exits + `,"steps":[{"day":0,"at":"09:00","kind":"message","text":"Dear {{ name }}"}]}}`, 422, "Only {{ brand }}"},
			{"", "POST", "/sops", `{"name":"x","kind":"group","spec":{"trigger":{"kind":"manual"},` + exits + `,"steps":[{"day":0,"at":"09:00","kind":"task","text":"Call"}]}}`, 422, "only has messages"},
			{"", "POST", "/sops", `{"name":"x","kind":"person","spec":{"trigger":{"kind":"manual"},` + exits + `,"steps":[{"day":0,"at":"25:00","kind":"message","text":"x"}]}}`, 422, "at"},
			{"", "POST", "/sops", `{"name":"x","kind":"person","spec":{"trigger":{"kind":"manual"},` + exits + `,"steps":[{"day":0,"at":"09:00","kind":"message","text":"{{ nmae }}"}]}}`, 422, "Line 1: unknown"},
			{"", "POST", "/sops", `{"name":"x","kind":"person","spec":{"trigger":{"kind":"manual"},"account_ids":["acc_other"],` + exits + `,"steps":[]}}`, 422, "account_ids"},
			{"", "POST", "/sops", `{"name":"x","kind":"person","spec":{"trigger":{"kind":"segment","segment_id":"seg_9"},` + exits + `,"steps":[]}}`, 422, "no such segment"},
			{"", "POST", "/sops", `{"name":"x","kind":"person","spec":{"trigger":{"kind":"manual"},` + exits + `,"steps":[{"day":0,"at":"09:00","kind":"message","text":"x","materials":[{"id":"nothing"}]}]}}`, 422, "no such material"},
			{org + " associate", "GET", "/sops", "", 403, ""},
			{org + " viewer", "GET", "/sops", "", 200, "七天"},
			{org + " viewer", "POST", "/sops/" + v.ID + "/publish", `{"revision":1}`, 403, ""},
			{"org_b", "GET", "/sops/" + v.ID, "", 404, ""},
			{"", "PUT", "/sops/" + v.ID, `{"name":"x","kind":"person","revision":7,"spec":{"trigger":{"kind":"manual"},` + exits + `,"steps":[]}}`, 409, ""},
			{"", "POST", "/sops/" + v.ID + "/enrolments", `{"person_ids":["per_1"]}`, 409, "Publish it first"},
			{"", "POST", "/sops/" + v.ID + "/pause", "", 409, "draft"},
			{"", "POST", "/sops/" + v.ID + "/publish", `{"revision":1}`, 200, `"status":"live"`},
			{"", "DELETE", "/sops/" + v.ID, "", 409, "Only drafts"},
			{"", "POST", "/sops/" + v.ID + "/enrolments", `{"person_ids":["per_1","per_9"]}`, 404, ""},
			{"", "POST", "/sops/" + v.ID + "/enrolments", `{"person_ids":["per_1","per_2","per_1"]}`, 200, `"enrolled":2,"passed":1`},
			{"", "POST", "/sops/" + v.ID + "/enrolments", `{"groups":[{"account_id":"acc_wx","chat_id":"c"}]}`, 422, "for persons"},
			{"", "POST", "/sops/" + v.ID + "/enrolments", `{"segment_id":"seg_1"}`, 200, `"later":true`},
			{"", "GET", "/sops?q=七&status=live&kind=person", "", 200, `"inside":2`},
			{"", "GET", "/sops?q=%25", "", 200, `"items":[]`},
			{"", "GET", "/sops/" + v.ID + "/steps", "", 200, `"here":2`},
			{"", "GET", "/sop-choices", "", 200, "New friend, 7 days"},
			{org + " associate", "GET", "/sop-today", "", 200, `"confirm":[]`},
			{"", "POST", "/sop-check", `{"name":"x","kind":"person","spec":{"trigger":{"kind":"manual"},` + exits + `,"steps":[]}}`, 200, "At least one step"},
			{"", "POST", "/sop-check", `{"name":"x","kind":"person","spec":{"trigger":{"kind":"manual"},"account_ids":["acc_wx"],` + exits + `,"steps":[{"id":"a","day":0,"at":"09:00","kind":"message","text":"Dear {{ name }}"}]}}`, 200, `"problems":[]`},
			{"", "POST", "/sop-preview", `{"kind":"person","person_id":"per_1","spec":{"trigger":{"kind":"manual"},"account_ids":["acc_mail"],` + exits + `,"steps":[{"day":0,"at":"08:00","kind":"message","text":"Dear {{ name }}"},{"day":1,"at":"09:00","kind":"message","text":"x"}]}}`, 200, `"text":"Dear 客户1"`},
			{"", "POST", "/sop-preview", `{"kind":"person","person_id":"per_9","spec":{"trigger":{"kind":"manual"},` + exits + `,"steps":[]}}`, 404, ""},
		} {
			as := c.as
			if as == "" {
				as = org
			}
			status, text := w.api.Do(as, c.method, c.path, c.body)
			if status != c.status || !strings.Contains(text, c.text) {
				t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, status, text)
			}
		}
		var all struct{ Items []Enrolment }
		w.api.Want(t, org, 200, "GET", "/sops/"+v.ID+"/enrolments?status=active&step="+v.Spec.Steps[0].ID, "", &all)
		if len(all.Items) != 2 || all.Items[0].Name == "" || all.Items[0].Owner != "小鱼" || all.Items[0].Day != 0 {
			t.Errorf("%+v", all)
		}
		w.to("2026-11-24 09:00")
		var one Enrolment
		w.api.Want(t, org, 200, "GET", "/sops/"+v.ID+"/enrolments/"+all.Items[0].ID, "", &one)
		if len(one.Steps) != 1 || one.Steps[0].Status != Given || one.Status != Done || one.EndedAt == nil {
			t.Errorf("%+v", one)
		}
		w.api.Want(t, org, 409, "DELETE", "/sops/"+v.ID+"/enrolments/"+one.ID, "", nil)
		var copied SOP
		w.api.Want(t, org, 201, "POST", "/sops/"+v.ID+"/copy", "", &copied)
		if copied.Status != Draft || copied.Name != "七天 (copy)" {
			t.Errorf("%+v", copied)
		}
		w.api.Want(t, org, 204, "DELETE", "/sops/"+copied.ID, "", nil)
		var said []string
		for _, a := range w.audits {
			said = append(said, strings.Fields(a)[0])
		}
		equal(t, "audit", strings.Join(said, " "), "sop.created sop.published sop.enrolled sop.enrolled sop.created sop.deleted")
		equal(t, "asked for later", strings.Join(w.later, " "), v.ID+" seg_1")
	})
}

// What a person reads: their values, links that are theirs, and a way out of
// marketing mails.
func TestRender(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m := Step{ID: "a", Day: 0, At: "11:00", Kind: "message", Purpose: Marketing, Subject: "For {{ name }}", Text: "Dear {{ name }}", Materials: []Material{{ID: "mat_1"}}}
		v := w.live(Person, spec(m))
		w.person(Known{ID: "per_nameless", Owner: "stf_2"})
		w.enrol(v.ID, "per_1", "per_nameless")
		w.to("2026-11-23 11:00")
		var readers []Reader
		for _, person := range []string{"per_1", "per_nameless"} {
			for _, r := range w.box.to {
				if r.PersonID == person {
					readers = append(readers, Reader{PersonID: person, Mail: true, Data: r.Data}, Reader{PersonID: person, Confirm: true, Data: r.Data})
				}
			}
		}
		out := w.svc.Render(t.Context(), org, v.ID, readers)
		if out[0].Err != nil || out[0].Subject != "For 客户1" || !strings.HasPrefix(out[0].Parts[0].Text, "Dear 客户1\n") || !strings.Contains(out[0].Parts[0].Text, "https://x.example/u/per_1") ||
			out[0].Unsubscribe == "" || out[0].Parts[1].URL != "https://x.example/m/stf_1per_1" {
			t.Errorf("%+v", out[0])
		}
		if out[1].Parts[0].Text != "Dear 客户1" || out[1].Unsubscribe != "" || out[1].Parts[1].URL != "https://x.example/m/stf_1" {
			t.Errorf("%+v", out[1])
		}
		if out[2].Err == nil || out[3].Err == nil {
			t.Errorf("without a name: %+v", out[2])
		}
	})
}

// Each ready series can be published once it knows its accounts and segment.
func TestReadySOPs(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, lang := range []string{"zh-CN", "en"} {
			w.api.Language = lang
			var c Choices
			w.api.Want(t, org, 200, "GET", "/sop-choices", "", &c)
			if len(c.Ready) != 4 {
				t.Fatalf("%d are ready", len(c.Ready))
			}
			for _, r := range c.Ready {
				if r.Kind == Person {
					r.Spec.AccountIDs = []string{"acc_mail"}
				}
				if r.Spec.Trigger.Kind == BySegment {
					r.Spec.Trigger.SegmentID = "seg_1"
				}
				if r.Spec.Trigger.Since == SinceDate {
					r.Spec.Trigger.Date = "2026-12-01"
				}
				for i := range r.Spec.Steps {
					r.Spec.Steps[i].Text = strings.NewReplacer(`{{ name | default "你好" }}`, "{{ name }}", `{{ name | default "there" }}`, "{{ name }}", `{{ name | default "Hello" }}`, "{{ name }}").Replace(r.Spec.Steps[i].Text)
				}
				var v SOP
				w.api.Want(t, org, 201, "POST", "/sops", encode(Input{Name: r.Name, Kind: r.Kind, Spec: r.Spec}), &v)
				w.api.Want(t, org, 200, "POST", "/sops/"+v.ID+"/publish", `{"revision":1}`, &v)
				if v.Status != Live {
					t.Errorf("%s: %+v", r.Key, v)
				}
			}
		}
	})
}
