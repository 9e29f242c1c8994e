package pool

import (
	"context"
	"time"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

// Routes registers the pool's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.personRoutes(r)
}

// PersonPath is the person in the address.
type PersonPath struct {
	ID string `path:"id" maxLength:"64"`
}

// FilterQuery is the filter as query parameters, of the list and the export.
type FilterQuery struct {
	Q            string    `query:"q" maxLength:"256" doc:"An identity exactly (phone, email, member number, …), or the beginning of a name"`
	Stage        string    `query:"stage" enum:",new,first_order,repeat,silent,lost"`
	TagID        string    `query:"tag_id" maxLength:"64"`
	Region       string    `query:"region" maxLength:"256"`
	OwnerStaffID string    `query:"owner_staff_id" maxLength:"64"`
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

func (q FilterQuery) filter() Filter {
	return Filter{Q: q.Q, Stage: q.Stage, TagID: q.TagID, Region: q.Region, OwnerStaffID: q.OwnerStaffID, MinGMVMinor: q.MinGMVMinor, MaxGMVMinor: q.MaxGMVMinor,
		MinOrders: q.MinOrders, MaxOrders: q.MaxOrders, LastFrom: q.LastFrom, LastTo: q.LastTo, CreatedFrom: q.CreatedFrom, CreatedTo: q.CreatedTo, Sort: q.Sort}
}

func (s *Service) personRoutes(r *httpx.Router) {
	type listIn struct {
		FilterQuery
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-persons", Method: "GET", Path: "/persons", Summary: "List customers", Tag: "pool", Permission: "pool.read"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.CountedPage[Person]], error) {
			var after cursor
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			p, err := s.List(ctx, in.filter(), after, in.Limit)
			if err != nil {
				return nil, err
			}
			out := httpx.CountedPage[Person]{Page: httpx.Page[Person]{Items: httpx.Items(p.Persons)}, Total: p.Total, TotalExact: p.Exact}
			if p.Next != (cursor{}) {
				out.NextCursor = httpx.EncodeCursor(p.Next)
			}
			return httpx.OK(out), nil
		})
	httpx.Handle(r, httpx.Op{ID: "get-person", Method: "GET", Path: "/persons/{id}", Summary: "A customer", Tag: "pool", Permission: "pool.read"},
		func(ctx context.Context, in *PersonPath) (*httpx.Body[PersonDetail], error) {
			p, err := s.Get(ctx, in.ID)
			return httpx.OK(p), err
		})
}

func required(path string) error {
	return errs.InvalidField(path, i18n.T("不能为空", "This is needed"))
}
