package jobs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/jobs"
	"fishpond/internal/platform/testkit"
)

// asRole signs in whoever says so: "org_a:system.read,system.write".
type asRole struct{}

func (asRole) Authenticate(r *http.Request) (access.Actor, bool, error) {
	org := r.Header.Get("X-Org")
	return access.Actor{Kind: access.Staff, OrgID: org}.WithPermissions(r.Header.Values("X-Permission")), org != "", nil
}

type answer struct {
	status int
	body   struct {
		Items      []jobs.Info `json:"items"`
		NextCursor string      `json:"next_cursor"`
		Code       string      `json:"code"`
	}
}

func call(t *testing.T, h http.Handler, method, path, org string, permissions ...string) (a answer) {
	t.Helper()
	r := httptest.NewRequest(method, httpx.Prefix+path, nil)
	r.Header.Set("X-Org", org)
	for _, p := range permissions {
		r.Header.Add("X-Permission", p)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	a.status = w.Code
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &a.body); err != nil {
			t.Fatalf("%v: %s", err, w.Body)
		}
	}
	return a
}

func TestDeadLettersOverHTTP(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		s := newService(t, d, jobs.Limits{}, jobs.Options{}, nil)
		var audited []string
		router := httpx.NewRouter(quiet(), "test")
		s.RegisterHTTP(router, func(ctx context.Context, action string, id int64) error {
			audited = append(audited, fmt.Sprint(httpx.Actor(ctx).OrgID, " ", action, " ", id))
			return nil
		})
		h := httpx.Middleware(quiet(), asRole{}, false, router)

		var ids []int64
		for i := range 3 {
			id, _ := enqueue(t, d, s, "org_a", fmt.Sprint(i), jobs.Opts{})
			ids = append(ids, id)
		}
		enqueue(t, d, s, "org_b", "theirs", jobs.Opts{})

		// Pages, the newest first.
		var seen []int64
		path := "/system/jobs?state=available&limit=2"
		for page := path; page != ""; {
			a := call(t, h, "GET", page, "org_a", jobs.PermissionRead)
			if a.status != http.StatusOK || a.body.Items == nil {
				t.Fatalf("%s: %+v", page, a)
			}
			for _, item := range a.body.Items {
				seen = append(seen, item.ID)
			}
			page = ""
			if a.body.NextCursor != "" {
				page = path + "&cursor=" + a.body.NextCursor
			}
		}
		slices.Reverse(seen)
		if !slices.Equal(seen, ids) {
			t.Errorf("pages show %v, want %v", seen, ids)
		}

		job := fmt.Sprintf("/system/jobs/%d", ids[0])
		for _, c := range []struct {
			name, method, path, org string
			permissions             []string
			status                  int
		}{
			{"nobody", "GET", "/system/jobs", "", nil, 401},
			{"no permission", "GET", "/system/jobs", "org_a", []string{jobs.PermissionWrite}, 403},
			{"retry needs more", "POST", job + "/retry", "org_a", []string{jobs.PermissionRead}, 403},
			{"delete needs more", "DELETE", job, "org_a", []string{jobs.PermissionRead}, 403},
			{"no such state", "GET", "/system/jobs?state=lost", "org_a", []string{jobs.PermissionRead}, 422},
			{"bad cursor", "GET", "/system/jobs?cursor=%21", "org_a", []string{jobs.PermissionRead}, 422},
			{"not a number", "DELETE", "/system/jobs/x", "org_a", []string{jobs.PermissionWrite}, 422},
			{"stranger retries", "POST", job + "/retry", "org_b", []string{jobs.PermissionWrite}, 404},
			{"stranger deletes", "DELETE", job, "org_b", []string{jobs.PermissionWrite}, 404},
			{"retry", "POST", job + "/retry", "org_a", []string{jobs.PermissionWrite}, 204},
			{"delete", "DELETE", job, "org_a", []string{jobs.PermissionWrite}, 204},
			{"gone", "DELETE", job, "org_a", []string{jobs.PermissionWrite}, 404},
		} {
			if a := call(t, h, c.method, c.path, c.org, c.permissions...); a.status != c.status {
				t.Errorf("%s: %d, want %d", c.name, a.status, c.status)
			}
		}
		want := []string{fmt.Sprintf("org_a job.retried %d", ids[0]), fmt.Sprintf("org_a job.deleted %d", ids[0])}
		if !slices.Equal(audited, want) {
			t.Errorf("audited %q, want %q", audited, want)
		}
	})
}
