package app

import (
	"net/http"
	"testing"
)

const materialUpload = "--bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"guide.txt\"\r\nContent-Type: text/plain\r\n\r\nwarm it first\r\n--bound--\r\n"

// furnishContent puts a folder, a file, materials, a briefcase and a link that
// was opened into the brand.
func (b *brand) furnishContent(t *testing.T) {
	t.Helper()
	var made struct{ ID string }
	get := func(kind, path, body string) {
		t.Helper()
		b.must(t, 201, "POST", path, body, &made)
		b.ids[kind] = made.ID
	}
	get("folder", "/material-folders", `{"name":"Guides"}`)
	get("materialfile", "/material-files", materialUpload)
	get("material", "/materials", `{"kind":"file","title":"Guide","folder_id":"`+b.ids["folder"]+`","body":{"file_id":"`+b.ids["materialfile"]+`"}}`)
	get("briefcase", "/briefcases", `{"title":"Welcome","material_ids":["`+b.ids["material"]+`"]}`)
	var links struct{ Items []struct{ ID, URL string } }
	b.must(t, 200, "POST", "/radar-links", `{"material_id":"`+b.ids["material"]+`","person_ids":["`+b.ids["person3"]+`"]}`, &links)
	b.ids["radar"] = links.Items[0].ID
	req, err := http.NewRequestWithContext(t.Context(), "GET", links.Items[0].URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", "Mozilla/5.0 (iPhone) MicroMessenger/8")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Fatal(resp.Status)
	}
	var visits struct{ Items []struct{ ID string } }
	b.must(t, 200, "GET", "/material-visits", "", &visits)
	b.ids["visit"] = visits.Items[0].ID
}

// foreignContent is foreign for the library, and what came of it.
var foreignContent = map[string][]struct{ path, body string }{
	"create-material-folder": {{"/material-folders", `{"name":"x","parent_id":"{folder}"}`}},
	"update-material-folder": {{"/material-folders/{folder}", `{"name":"x"}`}, {"/material-folders/{our:folder}", `{"name":"x","parent_id":"{folder}"}`}},
	"delete-material-folder": {{"/material-folders/{folder}", ""}},
	"create-material":        {{"/materials", `{"kind":"file","title":"x","body":{"file_id":"{materialfile}"}}`}, {"/materials", `{"kind":"text","title":"x","folder_id":"{folder}","body":{"text":"x"}}`}},
	"create-materials":       {{"/materials/batch", `{"file_ids":["{materialfile}"]}`}},
	"get-material":           {{"/materials/{material}", ""}},
	"update-material":        {{"/materials/{material}", `{"revision":1,"title":"x"}`}, {"/materials/{our:material}", `{"revision":1,"folder_id":"{folder}"}`}},
	"delete-material":        {{"/materials/{material}", ""}},
	"restore-material":       {{"/materials/{material}/restore", ""}},
	"list-material-versions": {{"/materials/{material}/versions", ""}},
	"get-material-file":      {{"/material-files/{materialfile}", ""}},
	"create-briefcase":       {{"/briefcases", `{"title":"x","material_ids":["{material}"]}`}},
	"get-briefcase":          {{"/briefcases/{briefcase}", ""}},
	"update-briefcase":       {{"/briefcases/{briefcase}", `{"revision":1,"title":"x","material_ids":["{our:material}"]}`}, {"/briefcases/{our:briefcase}", `{"revision":1,"title":"x","material_ids":["{material}"]}`}},
	"delete-briefcase":       {{"/briefcases/{briefcase}", ""}},
	"restore-briefcase":      {{"/briefcases/{briefcase}/restore", ""}},
	"make-radar-links": {{"/radar-links", `{"material_id":"{material}"}`}, {"/radar-links", `{"briefcase_id":"{briefcase}"}`}, {"/radar-links", `{"material_id":"{our:material}","person_ids":["{person}"]}`},
		{"/radar-links", `{"material_id":"{our:material}","staff_id":"{staff}"}`}},
	"take-material":          {{"/materials/take", `{"material_id":"{material}"}`}, {"/materials/take", `{"briefcase_id":"{briefcase}"}`}},
	"withdraw-radar-link":    {{"/radar-links/{radar}/withdraw", ""}},
	"stream-material-visits": {}, // does not end by itself; content has TestStreamIsOnesOwn
}
