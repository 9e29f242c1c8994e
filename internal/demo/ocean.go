package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// Ocean is a platform in miniature on which the brand lives; it is reached
// over HTTP as people and tests reach it, see docs/simulator.md.
type Ocean struct {
	url  string
	http *http.Client
}

// NewOcean returns the platform at an address such as http://127.0.0.1:8090.
func NewOcean(url string) *Ocean {
	return &Ocean{url: url, http: &http.Client{Timeout: 20 * time.Second}}
}

// URL is the platform's address.
func (o *Ocean) URL() string { return o.url }

// CorpID is the brand's corp on the platform.
const CorpID = "wwfishponddemo0001"

// Corp is the corp as the brand connects it.
type Corp struct{ Secret, App string }

// Found makes the brand's corp with its staff as members, or finds it made
// before. The members' e-mail addresses are those of staff1…, so that they are
// recognised.
func (o *Ocean) Found(ctx context.Context, name string) (c Corp, err error) {
	var corp struct {
		Apps []struct{ ID, Kind, Secret string } `json:"apps"`
	}
	if err := o.call(ctx, "GET", "/control/corps/"+CorpID, nil, &corp); err != nil {
		if err := o.call(ctx, "POST", "/control/corps", map[string]any{"id": CorpID, "name": name}, &corp); err != nil {
			return c, err
		}
		var members []map[string]any
		for i, n := range staff {
			members = append(members, map[string]any{"userid": MemberID(i), "name": n})
		}
		if err := o.call(ctx, "POST", "/control/corps/"+CorpID+"/users", map[string]any{"items": members, "silent": true}, nil); err != nil {
			return c, err
		}
	}
	for _, a := range corp.Apps {
		if a.Kind == "customers" {
			return Corp{a.Secret, a.ID}, nil
		}
	}
	return c, fmt.Errorf("demo: the corp %s has no app for customers", CorpID)
}

// MemberID is what the platform calls member i of the staff, from 0.
func MemberID(i int) string { return fmt.Sprintf("staff%d", i+1) }

// Call has the platform tell url what happens, sealed with token and key.
func (o *Ocean) Call(ctx context.Context, app, url, token, key string) error {
	return o.call(ctx, "PUT", "/control/corps/"+CorpID+"/apps/"+app+"/callback", map[string]any{"url": url, "token": token, "key": key}, nil)
}

// Visit lets n invented people scan the codes, and some of them write.
func (o *Ocean) Visit(ctx context.Context, codes []string, n int) error {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	for i := range n {
		name := string(surnames[r.IntN(len(surnames))]) + string(given[r.IntN(len(given))]) + string(given[r.IntN(len(given))])
		var made struct{ Items []struct{ ID string } }
		if err := o.call(ctx, "POST", "/control/customers", map[string]any{"name": name, "phone": fmt.Sprintf("199%08d", 90_000_000+i)}, &made); err != nil {
			return err
		}
		if err := o.call(ctx, "POST", "/control/scan", map[string]any{"customer": made.Items[0].ID, "code": codes[r.IntN(len(codes))]}, nil); err != nil {
			return err
		}
	}
	return nil
}

// Visited reports whether the platform has customers already.
func (o *Ocean) Visited(ctx context.Context) (bool, error) {
	var all struct{ Items []json.RawMessage }
	err := o.call(ctx, "GET", "/control/customers", nil, &all)
	return len(all.Items) > 0, err
}

// Busiest are the entrances that get a live code of their own.
func Busiest() []Entrance {
	return slices.DeleteFunc(Entrances(), func(e Entrance) bool {
		return !slices.Contains([]string{"douyin_live", "xiaohongshu", "store_code", "parcel_card"}, e.Key)
	})
}

func (o *Ocean) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, o.url+path, body)
	if err != nil {
		return err
	}
	resp, err := o.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("demo: %s %s: %d %s", method, path, resp.StatusCode, data)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(data, out)
}
