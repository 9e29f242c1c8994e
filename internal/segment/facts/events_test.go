package facts

import "testing"

// TestKeepOfAnEvent: of the house's own events what can be asked for, of others
// everything but what some database could not read.
func TestKeepOfAnEvent(t *testing.T) {
	own := ownProperties()
	for _, c := range []struct{ kind, data, all, plain string }{
		{"order.paid", `{"order_id":"1","amount_minor":5,"note":"x","items":[{"sku":"A","name":"a","quantity":"2"},7]}`,
			`{"order_id":"1","amount_minor":5,"items":[{"sku":"A","name":"a"},{}]}`, `{"order_id":"1","amount_minor":5}`},
		{"identity.added", `{"kind":"phone","value":"13900000000"}`, `{"kind":"phone"}`, `{"kind":"phone"}`},
		{"page.viewed", `{"path":"/a","more":{"b":[1]}}`, `{"path":"/a","more":{"b":[1]}}`, `{"path":"/a"}`},
		{"page.viewed", `{"a":"x\u0000y","b":1e200000,"c":[1e-99999],"d\u0000":1,"e":2}`, `{"e":2}`, `{"e":2}`},
		{"page.viewed", `{"a":"node2024","b":12e10,"c":["e99999"]}`, `{"a":"node2024","b":12e10,"c":["e99999"]}`, `{"a":"node2024","b":12e10}`},
		{"page.viewed", `{"a":1,"a":2}`, `{"a":1}`, `{"a":1}`},
		{"page.viewed", `null`, `{}`, `{}`},
	} {
		all, plain, err := own.keep(c.kind, []byte(c.data))
		if err != nil || string(all) != c.all || string(plain) != c.plain {
			t.Errorf("%s %s: kept %s and %s, %v", c.kind, c.data, all, plain, err)
		}
	}
}
