package pool

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
)

// Routes registers the pool's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.listRoutes(r)
	s.personRoutes(r)
	s.noteRoutes(r)
	s.tagRoutes(r)
	s.traitRoutes(r)
	s.mergeRoutes(r)
	s.trackRoutes(r)
}

// PersonPath is the person in an address.
type PersonPath struct {
	ID string `path:"id" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
}

// FilterQuery is the filter as query parameters, of the list and the export.
type FilterQuery struct {
	Q            string    `query:"q" maxLength:"256" doc:"An identity exactly (phone, email, member number, …), or the beginning of a name"`
	Stage        string    `query:"stage" enum:",new,first_order,repeat,silent,lost"`
	TagID        string    `query:"tag_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$"`
	Region       string    `query:"region" maxLength:"64"`
	OwnerStaffID string    `query:"owner_staff_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$"`
	MinGMVMinor  int64     `query:"min_gmv_minor" minimum:"0"`
	MaxGMVMinor  int64     `query:"max_gmv_minor" minimum:"-1" default:"-1" doc:"-1: no limit"`
	MinOrders    int64     `query:"min_orders" minimum:"0"`
	MaxOrders    int64     `query:"max_orders" minimum:"-1" default:"-1" doc:"-1: no limit"`
	LastFrom     time.Time `query:"last_order_from"`
	LastTo       time.Time `query:"last_order_to" doc:"Exclusive"`
	CreatedFrom  time.Time `query:"created_from"`
	CreatedTo    time.Time `query:"created_to" doc:"Exclusive"`
	Sort         string    `query:"sort" default:"-last_order_at" enum:"last_order_at,-last_order_at,gmv_minor,-gmv_minor,orders,-orders,created_at,-created_at,name,-name"`
}

// printable drops what no stored text holds and PostgreSQL does not take.
func printable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}

func (q FilterQuery) filter() Filter {
	return Filter{Q: printable(q.Q), Stage: q.Stage, TagID: q.TagID, Region: printable(q.Region), OwnerStaffID: q.OwnerStaffID, MinGMVMinor: q.MinGMVMinor, MaxGMVMinor: q.MaxGMVMinor,
		MinOrders: q.MinOrders, MaxOrders: q.MaxOrders, LastFrom: q.LastFrom, LastTo: q.LastTo, CreatedFrom: q.CreatedFrom, CreatedTo: q.CreatedTo, Sort: q.Sort}
}

func (s *Service) listRoutes(r *httpx.Router) {
	type listIn struct {
		FilterQuery
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-persons", Method: "GET", Path: "/persons", Summary: "List customers", Tag: "pool", Permission: "pool.read"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.CountedPage[Person]], error) {
			var after Cursor
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			p, err := s.List(ctx, in.filter(), after, in.Limit)
			if err != nil {
				return nil, err
			}
			out := httpx.CountedPage[Person]{Page: page(p.Persons, p.Next != (Cursor{}), p.Next), Total: p.Total, TotalExact: p.Exact}
			return httpx.OK(out), nil
		})
	type exportIn struct {
		FilterQuery
		Format string `query:"format" enum:"csv,xlsx" default:"csv"`
	}
	mime := map[string]string{CSV: "text/csv; charset=utf-8", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	httpx.Handle(r, httpx.Op{ID: "export-persons", Method: "GET", Path: "/persons/export", Summary: "Export customers", Tag: "pool", Permission: "pool.export",
		Stream: true, Produces: []string{"text/csv", mime[XLSX]}},
		func(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
			e, err := s.NewExport(ctx, in.filter(), in.Format)
			if err != nil {
				return nil, err
			}
			name := "customers-" + s.now().Format("20060102-150405") + "." + in.Format
			return &huma.StreamResponse{Body: func(c huma.Context) {
				c.SetHeader("Content-Type", mime[in.Format])
				c.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
				c.SetHeader("Cache-Control", "no-store")
				if err := e.Write(c.Context(), c.BodyWriter()); err != nil {
					s.slog.ErrorContext(ctx, "export broke off", "error", err)
					panic(http.ErrAbortHandler) // the client must not take half a file for the whole
				}
			}}, nil
		})
	httpx.Handle(r, httpx.Op{ID: "list-regions", Method: "GET", Path: "/persons/regions", Summary: "Regions of the customers", Tag: "pool", Permission: "pool.read"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[RegionCount]], error) {
			items, err := s.Regions(ctx)
			return list(items, err)
		})
}

// page makes the body of a page.
func page[T any](items []T, more bool, next any) httpx.Page[T] {
	out := httpx.Page[T]{Items: httpx.Items(items)}
	if more {
		out.NextCursor = httpx.EncodeCursor(next)
	}
	return out
}

func list[T any](items []T, err error) (*httpx.Body[httpx.List[T]], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(httpx.List[T]{Items: httpx.Items(items)}), nil
}

// answer is what most verbs end with.
func answer[T any](v T, err error) (*httpx.Body[T], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(v), nil
}
