package app

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// A customer answers at their own address: tags, traits, a pain point and the
// tag of a group follow, a segment on them has the customer, and deleting the
// answer takes all of it back.
func TestAnswersBecomeWhatIsKnown(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d.Engine())
		b := h.brand(t, "Feeding")
		person := func(id string) (p struct {
			Tags   []struct{ Name string }
			Traits map[string]json.RawMessage
		}) {
			t.Helper()
			b.must(t, 200, "GET", "/persons/"+id, "", &p)
			return p
		}
		made := func(path, body string) string {
			t.Helper()
			var x struct{ ID string }
			b.must(t, 201, "POST", path, body, &x)
			return x.ID
		}
		ann := made("/persons", `{"name":"Ann","identities":[{"kind":"phone","value":"13800138001"}]}`)
		old, fresh, keen := made("/tags", `{"name":"breast milk","group":"feeding"}`), made("/tags", `{"name":"formula","group":"feeding"}`), made("/tags", `{"name":"keen"}`)
		b.must(t, 201, "POST", "/traits", `{"key":"months","label":"Months","type":"number"}`, nil)
		b.must(t, 204, "PUT", "/persons/"+ann+"/tags/"+old, "", nil)
		account := made("/carriers/accounts", `{"kind":"wecom","name":"Shop","values":{"corp_id":"wwfeeding","secret":"s3cret","callback_token":"tok","callback_key":"jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"}}`)
		if err := h.DB.Write(t.Context(), b.id, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO carrier_contact (org_id, account_id, user_id, external_id, person_id, status, name, remark, state, add_way, tags, since, ended_at, told, profile_due, updated_at)
				VALUES (?, ?, 'li', 'wm_ann', ?, 'friend', 'Ann', '', '', 0, '[]', 1, 0, '', 0, 1)`, b.id, account, ann)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		var s struct {
			ID       string
			Revision int64
			Problems []struct{ Location, Message string }
		}
		b.must(t, 201, "POST", "/surveys", `{"name":"Feeding","spec":{"title":"Feeding","intro":"Who asks","color":"#0a7d55","open":"off","repeat":false,"endings":[],"questions":[
			{"id":"q1","type":"single","title":"What?","required":true,"options":[{"id":"a","text":"breast milk"},{"id":"b","text":"formula"}],
				"rules":[{"options":["a"],"do":"group_tag","tag_id":"`+old+`"},{"options":["b"],"do":"group_tag","tag_id":"`+fresh+`"}]},
			{"id":"q2","type":"multiple","title":"What hurts?","options":[{"id":"a","text":"colic"},{"id":"b","text":"sleep"}],"rules":[{"do":"pain_point"}]},
			{"id":"q3","type":"scale","title":"Would you?","from":0,"to":10,"rules":[{"min":9,"do":"add_tag","tag_id":"`+keen+`"}]},
			{"id":"q4","type":"text","title":"How old, after {{q1}}?","rules":[{"do":"set_trait","trait":"months"},{"do":"remark","value":"Mum of {{q4}}m"}]}]}}`, &s)
		if len(s.Problems) != 1 || s.Problems[0].Location != "body.spec.questions[3].rules[0].trait" {
			t.Fatalf("a text does not fit a number: %+v", s.Problems)
		}
		spec := strings.NewReplacer(`"type":"text"`, `"type":"scale","from":0,"to":10`)
		var full struct{ Spec json.RawMessage }
		b.must(t, 200, "GET", "/surveys/"+s.ID, "", &full)
		b.must(t, 200, "PATCH", "/surveys/"+s.ID, `{"revision":1,"spec":`+spec.Replace(string(full.Spec))+`}`, &s)
		b.must(t, 200, "POST", "/surveys/"+s.ID+"/publish", `{"revision":2}`, nil)
		var links struct{ Items []struct{ URL string } }
		b.must(t, 200, "POST", "/surveys/"+s.ID+"/links", `{"person_ids":["`+ann+`"]}`, &links)

		pages := []url.Values{{"do": {"start"}}, {"do": {"next"}, "p": {"0"}, "a.q1": {"b"}}, {"do": {"next"}, "p": {"1"}, "a.q2": {"b", "a"}},
			{"do": {"next"}, "p": {"2"}, "a.q3": {"9"}}, {"do": {"next"}, "p": {"3"}, "a.q4": {"7"}}}
		answerSurvey(t, links.Items[0].URL, append(pages, pages[4])...)

		p := person(ann)
		var names []string
		for _, tag := range p.Tags {
			names = append(names, tag.Name)
		}
		slices.Sort(names)
		if !slices.Equal(names, []string{"formula", "keen"}) || string(p.Traits["pain_points"]) != `["colic","sleep"]` || string(p.Traits["months"]) != "7" || string(p.Traits["remark"]) != `"Mum of 7m"` {
			t.Fatalf("tags %v traits %s", names, p.Traits)
		}
		var user, remark string
		if err := h.DB.Read(t.Context(), b.id, func(tx *db.Tx) error {
			return tx.QueryRow(t.Context(), "SELECT user_id, value FROM carrier_push WHERE org_id = ? AND kind = 'remark'", b.id).Scan(&user, &remark)
		}); err != nil || user != "li" || remark != "Mum of 7m" {
			t.Errorf("the staff member's address book: %q %q %v", user, remark, err)
		}
		if err := h.Runner.CatchUp(t.Context(), b.id); err != nil {
			t.Fatal(err)
		}
		if err := h.Live.CatchUp(t.Context(), b.id); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{`tag:keen`, `trait:pain_points has any of (sleep)`, `did survey.answered`, `did survey.answered where (name = Feeding and score >= 9)`, `did survey.answered where (answer has any of (formula))`, `trait:months = 7`} {
			var seen struct{ Count int64 }
			body, _ := json.Marshal(map[string]string{"text": text})
			b.must(t, 200, "POST", "/segments/preview", string(body), &seen)
			if seen.Count != 1 {
				t.Errorf("%s: %d", text, seen.Count)
			}
		}
		var list struct {
			Items []struct{ ID, PersonID string }
		}
		b.must(t, 200, "GET", "/surveys/"+s.ID+"/responses", "", &list)
		if len(list.Items) != 1 {
			t.Fatalf("the last page sent twice: %+v", list)
		}
		b.must(t, 204, "DELETE", "/surveys/"+s.ID+"/responses/"+list.Items[0].ID, "", nil)
		if p := person(ann); len(p.Tags) != 1 || p.Tags[0].Name != "breast milk" || len(p.Traits) != 0 {
			t.Errorf("taken back: %+v", p)
		}
		answerSurvey(t, links.Items[0].URL, pages...) // and once more
		if p := person(ann); len(p.Tags) != 2 {
			t.Errorf("answered again: %+v", p)
		}
	})
}
