package behind

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/insight/report"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/sheet"
)

// List is a page's way to the people behind its figures. Q is how they are asked for,
// S how a segment of them is, P how one is shown.
type List[Q, S any, P Shown] struct {
	Name string // in the ids of endpoints
	Path string // of the endpoint that lists them
	Of   string // what they are, as in "the people behind a figure of a drill"
	Find func(ctx context.Context, orgID string, q Q) (Crowd[P], error)
	// Split takes a question for a segment apart.
	Split func(S) (q Q, name string)
	// More is what files tell beside who they are.
	More func(ctx context.Context, orgID string) (More[P], error)
}

// PageIn asks for a page of people behind a figure.
type PageIn[Q any] struct {
	httpx.PageQuery
	Body Q
}

// Place is where a page of people ended. The last person is looked up where the list
// has changed meanwhile.
type Place struct {
	N   int    `json:"n"` // how many came before
	Seq uint32 `json:"seq"`
}

// Page makes the answer of an endpoint that lists people.
func Page[P Shown](ctx context.Context, d *Desk, orgID string, c Crowd[P], page httpx.PageQuery) (out httpx.CountedPage[P], err error) {
	var after Place
	if err := httpx.DecodeCursor(page.Cursor, &after); err != nil {
		return out, err
	}
	from := min(max(0, after.N), len(c.Seqs))
	if from > 0 && c.Seqs[from-1] != after.Seq {
		if i := slices.Index(c.Seqs, after.Seq); i >= 0 {
			from = i + 1
		}
	}
	some, err := Some(ctx, d, orgID, c, from, page.Limit)
	out.Items, out.Total, out.TotalExact = httpx.Items(some), int64(len(c.Seqs)), true
	if next := from + page.Limit; next < len(c.Seqs) {
		out.NextCursor = httpx.EncodeCursor(Place{next, c.Seqs[next-1]})
	}
	return out, err
}

// Routes declares the endpoints of a list: a page of it, a segment, a file.
func Routes[Q, S any, P Shown](r *httpx.Router, d *Desk, l List[Q, S, P]) {
	httpx.Handle(r, httpx.Op{ID: "list-" + l.Name, Method: "POST", Path: l.Path, Tag: "insight", Permission: "insight.read",
		Summary: "List " + l.Of + ", the newest customers first"},
		func(ctx context.Context, in *PageIn[Q]) (*httpx.Body[httpx.CountedPage[P]], error) {
			c, err := l.Find(ctx, httpx.Actor(ctx).OrgID, in.Body)
			if err != nil {
				return nil, err
			}
			out, err := Page(ctx, d, httpx.Actor(ctx).OrgID, c, in.PageQuery)
			if err != nil {
				return nil, err
			}
			return httpx.OK(out), nil
		})
	TakeRoutes(r, d, l)
}

type exportIn struct {
	Format string `query:"format" enum:"csv,xlsx" default:"csv"`
	Q      string `query:"q" required:"true" maxLength:"20000" doc:"Who is asked for, as JSON: what the body of the endpoint is that lists them"`
}

// TakeRoutes declares those of a list that lists in its own way: a segment and a file.
func TakeRoutes[Q, S any, P Shown](r *httpx.Router, d *Desk, l List[Q, S, P]) {
	httpx.Handle(r, httpx.Op{ID: "make-segment-of-" + l.Name, Method: "POST", Path: l.Path + "/segment", Tag: "insight", Permission: "insight.read", Status: http.StatusCreated,
		Summary: "Make a segment of exactly " + l.Of + ", at most 100,000. Needs segment.write too"},
		func(ctx context.Context, in *struct{ Body S }) (*httpx.Body[SegmentMade], error) {
			q, name := l.Split(in.Body)
			orgID := httpx.Actor(ctx).OrgID
			out, err := Segment(ctx, d, orgID, name, func() (Crowd[P], error) { return l.Find(ctx, orgID, q) })
			if err != nil {
				return nil, err
			}
			return httpx.OK(out), nil
		})
	httpx.Handle(r, httpx.Op{ID: "export-" + l.Name, Method: "GET", Path: l.Path + "/export", Tag: "insight", Permission: "insight.read",
		Summary: "Export all of " + l.Of + ". Needs pool.export too", Stream: true, Produces: []string{"text/csv", sheet.Type(sheet.XLSX)}},
		func(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
			q, _, err := report.Question[Q](url.Values{"q": {in.Q}})
			if err != nil {
				return nil, err
			}
			e, err := l.export(ctx, d, q, in.Format)
			if err != nil {
				return nil, err
			}
			name := "people-" + d.Now().UTC().Format("20060102-150405") + "." + in.Format
			return &huma.StreamResponse{Body: func(c huma.Context) {
				c.SetHeader("Content-Type", sheet.Type(in.Format))
				c.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
				c.SetHeader("Cache-Control", "no-store")
				if err := e.Write(c.BodyWriter()); err != nil {
					d.Log.ErrorContext(ctx, "export broke off", "list", l.Name, "error", err)
					panic(http.ErrAbortHandler) // the client must not take half a file for the whole
				}
			}}, nil
		})
}

func (l List[Q, S, P]) export(ctx context.Context, d *Desk, q Q, format string) (*Export, error) {
	orgID := httpx.Actor(ctx).OrgID
	c, err := l.Find(ctx, orgID, q)
	if err != nil {
		return nil, err
	}
	var more More[P]
	if l.More != nil {
		if more, err = l.More(ctx, orgID); err != nil {
			return nil, err
		}
	}
	return NewExport(ctx, d, orgID, l.Name, q, c, more, format)
}
