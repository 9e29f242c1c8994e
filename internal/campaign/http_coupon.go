package campaign

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/sheet"
)

func (s *Service) couponRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-coupon-pools", Method: "GET", Path: "/coupon-pools", Tag: tag, Permission: mayRead, Summary: "Pools of coupon codes, the newest first"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[CouponPool]], error) {
			items, err := s.Pools(ctx)
			return answer(httpx.List[CouponPool]{Items: httpx.Items(items)}, err)
		})
	httpx.Handle(r, httpx.Op{ID: "create-coupon-pool", Method: "POST", Path: "/coupon-pools", Tag: tag, Permission: mayWrite, Status: 201, Summary: "Make a pool of coupon codes, of which each person gets one"},
		func(ctx context.Context, in *struct{ Body CouponPoolInput }) (*httpx.Body[CouponPool], error) {
			return answer(s.CreatePool(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-coupon-pool", Method: "GET", Path: "/coupon-pools/{id}", Tag: tag, Permission: mayRead, Summary: "A pool of coupon codes"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[CouponPool], error) {
			return answer(s.Pool(ctx, in.ID))
		})
	type addIn struct {
		IDPath
		Body CodesInput
	}
	httpx.Handle(r, httpx.Op{ID: "add-coupon-codes", Method: "POST", Path: "/coupon-pools/{id}/codes", Tag: tag, Permission: mayWrite, Summary: "Add codes to a pool; what is wrong is told with its line, and nothing is taken then"},
		func(ctx context.Context, in *addIn) (*httpx.Body[CouponPool], error) {
			return answer(s.AddCodes(ctx, in.ID, in.Body))
		})
	type listIn struct {
		IDPath
		State string `query:"state" enum:",free,taken,redeemed"`
		Q     string `query:"q" maxLength:"40" doc:"Part of the code"`
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-coupon-codes", Method: "GET", Path: "/coupon-pools/{id}/codes", Tag: tag, Permission: mayRead, Summary: "The codes of a pool, and whose they are"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[Coupon]], error) {
			var after int64
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, next, err := s.Coupons(ctx, in.ID, in.State, in.Q, after, in.Limit)
			p := httpx.Page[Coupon]{Items: httpx.Items(items)}
			if next > 0 {
				p.NextCursor = httpx.EncodeCursor(next)
			}
			return answer(p, err)
		})
	type exportIn struct {
		IDPath
		Format string `query:"format" enum:"csv,xlsx" default:"csv"`
	}
	httpx.Handle(r, httpx.Op{ID: "export-coupon-codes", Method: "GET", Path: "/coupon-pools/{id}/codes/export", Tag: tag, Permission: mayWrite, Summary: "The codes of a pool as a table",
		Produces: []string{sheet.Type(sheet.CSV), sheet.Type(sheet.XLSX)}},
		func(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
			header, rows, err := s.CouponSheet(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &huma.StreamResponse{Body: func(c huma.Context) {
				c.SetHeader("Content-Type", sheet.Type(in.Format))
				c.SetHeader("Content-Disposition", `attachment; filename="coupons-`+s.now().Format("20060102-150405")+"."+in.Format+`"`)
				c.SetHeader("Cache-Control", "no-store")
				if err := sheet.Write(c.BodyWriter(), in.Format, header, rows); err != nil {
					s.logger.ErrorContext(ctx, "export broke off", "error", err)
					panic(http.ErrAbortHandler) // the client must not take half a file for the whole
				}
			}}, nil
		})
	type redeemIn struct {
		Code string `path:"code" minLength:"4" maxLength:"40" pattern:"^[A-Za-z0-9_-]+$"`
		Body struct {
			OrderID string `json:"order_id,omitempty" maxLength:"100" doc:"With which it was used; the same again is no error"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "redeem-coupon", Method: "POST", Path: "/coupon-codes/{code}/redeem", Tag: tag, Permission: mayRedeem, Summary: "Note that a coupon code was used; a second time is 409"},
		func(ctx context.Context, in *redeemIn) (*httpx.Body[Coupon], error) {
			return answer(s.Redeem(ctx, in.Code, in.Body.OrderID))
		})
}
