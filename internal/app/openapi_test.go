package app

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// The HTTP library passes over the fields of an embedded unexported struct
// without a word: the parameter then is always empty. So every name in a path
// must be declared, and the committed document must be today's.
func TestOpenAPIDeclaresWhatPathsName(t *testing.T) {
	doc, err := OpenAPI(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var api struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Parameters  []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal(doc, &api); err != nil {
		t.Fatal(err)
	}
	named := 0
	for path, methods := range api.Paths {
		for _, m := range pathID.FindAllStringSubmatch(path, -1) {
			for method, op := range methods {
				found := false
				for _, p := range op.Parameters {
					found = found || p.In == "path" && p.Name == m[1]
				}
				if !found {
					t.Errorf("%s %s (%s) does not read %s", strings.ToUpper(method), path, op.OperationID, m[1])
				}
				named++
			}
		}
	}
	if named < 20 {
		t.Errorf("only %d names in paths: the document is not what this test thinks", named)
	}
	committed, err := os.ReadFile("../../api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if string(committed) != string(doc) {
		t.Error("api/openapi.json is out of date: make openapi")
	}
}
