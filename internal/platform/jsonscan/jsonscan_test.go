package jsonscan_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"fishpond/internal/platform/jsonscan"
)

// collect reads an object through the package into what encoding/json makes of it.
func collect(data []byte) (map[string]any, error) {
	out := map[string]any{}
	return out, jsonscan.Object(data, func(key, value []byte) error {
		name, err := jsonscan.Text([]byte(`"` + string(key) + `"`))
		if err != nil {
			return err
		}
		var v any
		if err := json.Unmarshal(value, &v); err != nil {
			return err
		}
		if s, ok := v.(string); ok {
			if got, err := jsonscan.Text(value); err != nil || got != s {
				panic("text " + s)
			}
		}
		var n int64
		if json.Unmarshal(value, &n) == nil {
			if got, err := jsonscan.Int(value); err != nil || got != n {
				panic("int " + string(value))
			}
		}
		if a, ok := v.([]any); ok {
			i := 0
			if err := jsonscan.Array(value, func(e []byte) error {
				var w any
				if err := json.Unmarshal(e, &w); err != nil || !reflect.DeepEqual(w, a[i]) {
					panic("element " + string(e))
				}
				i++
				return nil
			}); err != nil || i != len(a) {
				panic("array " + string(value))
			}
		}
		out[name] = v
		return nil
	})
}

func FuzzObjectAgreesWithEncodingJSON(f *testing.F) {
	for _, s := range []string{
		`{}`, `null`, ` { "a" : 1 , "b" : [ 1 , "x,]" , {"c":[]} ] } `, `{"q\"u":"a\\","n":-5,"f":1.5e3,"t":true,"z":null}`,
		`{"big":9223372036854775807,"bigger":92233720368547758080,"min":-9223372036854775808}`, `{"a":{"b":"}"}}`, `[1]`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,}`, `"`, `{"`, `{"\`, ``,
		`{"a":"\u4f60\ud83d\ude00 你"}`, "{\"a\":\"\xff\"}", `{"a":[`, `{"a":[1,`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want map[string]any
		if json.Unmarshal(data, &want) != nil {
			_, _ = jsonscan.Text(data)
			_, _ = jsonscan.Int(data)
			_ = jsonscan.Array(data, func([]byte) error { return nil })
			_ = jsonscan.Object(data, func(_, _ []byte) error { return nil }) // must only not panic
			return
		}
		got, err := collect(data)
		if err != nil {
			t.Fatalf("%v for %s", err, data)
		}
		if want == nil {
			want = map[string]any{}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

func BenchmarkObject(b *testing.B) {
	type item struct {
		SKU, Name, Quantity string
		Amount              int64
	}
	data, err := json.Marshal(map[string]any{"order_id": "536365", "amount_minor": 30600, "items": make([]item, 20)})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := jsonscan.Object(data, func(_, _ []byte) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
