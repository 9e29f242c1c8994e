package acquisition

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

const (
	mayRedeem = "acquisition.redeem"
	mayShare  = "acquisition.share"
)

func (s *Service) rewardRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-rewards", Method: "GET", Path: "/rewards", Summary: "Rules of rewards, the newest first", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *ThingIn) (*httpx.Body[httpx.CountedPage[Reward]], error) {
			return list(ctx, *in, ThingFilter{}, s.Rewards, func(r Reward) string { return r.ID })
		})
	httpx.Handle(r, httpx.Op{ID: "create-reward", Method: "POST", Path: "/rewards", Summary: "Make a rule: what is given for which neutral act, how often and until when", Tag: tag, Permission: mayWrite, Status: 201},
		func(ctx context.Context, in *struct{ Body RewardInput }) (*httpx.Body[Reward], error) {
			return answer(s.CreateReward(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-reward", Method: "GET", Path: "/rewards/{id}", Summary: "One rule with what was claimed", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Reward], error) {
			return answer(s.Reward(ctx, in.ID))
		})
	type patchIn struct {
		IDPath
		Body RewardPatch
	}
	httpx.Handle(r, httpx.Op{ID: "update-reward", Method: "PATCH", Path: "/rewards/{id}", Summary: "Change the terms of a rule, or end it; claims that exist stay", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *patchIn) (*httpx.Body[Reward], error) {
			return answer(s.UpdateReward(ctx, in.ID, in.Body))
		})
	type claimsIn struct {
		httpx.PageQuery
		ClaimFilter
	}
	httpx.Handle(r, httpx.Op{ID: "list-reward-claims", Method: "GET", Path: "/reward-claims", Summary: "Who claimed which reward, the newest first", Tag: tag, Permission: mayReport},
		func(ctx context.Context, in *claimsIn) (*httpx.Body[httpx.CountedPage[Claim]], error) {
			var after string
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, more, total, err := s.Claims(ctx, in.ClaimFilter, after, in.Limit, httpx.MaxCount)
			if err != nil {
				return nil, err
			}
			if len(items) > 0 {
				after = items[len(items)-1].ID
			}
			return counted(items, after, more, total), nil
		})
	type exportIn struct {
		ClaimFilter
		FormatIn
	}
	httpx.Handle(r, httpx.Op{ID: "export-reward-claims", Method: "GET", Path: "/reward-claims/export", Summary: "Claims as CSV or XLSX", Tag: tag, Permission: mayReport, Stream: true, Produces: tables},
		func(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
			items, more, _, err := s.Claims(ctx, in.ClaimFilter, "", exportPage, 0)
			if err != nil {
				return nil, err
			}
			if err := s.exported(ctx, "rewards", in.Format); err != nil {
				return nil, err
			}
			head := header(ctx, i18n.T("时间", "Time"), i18n.T("奖励", "Reward"), i18n.T("来源", "Through"), i18n.T("状态", "Status"), i18n.T("达成时间", "Earned at"), i18n.T("凭证", "Receipt"),
				i18n.T("客户", "Person"), i18n.T("姓名", "Name"), i18n.T("订单号", "Order"))
			return table(in.Format, "reward-claims", head, func(ctx context.Context, row sheet.Row) error {
				for {
					for _, c := range items {
						earned := ""
						if c.EarnedAt != nil {
							earned = c.EarnedAt.Format(time.RFC3339)
						}
						if err := row(c.At.Format(time.RFC3339), c.RewardName, c.ThingName, c.Status, earned, c.Receipt, c.PersonID, c.PersonName, c.OrderNo); err != nil {
							return err
						}
					}
					if !more {
						return nil
					}
					if items, more, _, err = s.Claims(ctx, in.ClaimFilter, items[len(items)-1].ID, exportPage, 0); err != nil {
						return err
					}
				}
			}), nil
		})
	httpx.Handle(r, httpx.Op{ID: "confirm-reward-claim", Method: "POST", Path: "/reward-claims/confirm", Tag: tag, Permission: mayRedeem,
		Summary: "Confirm the condition of a claim by the receipt that a customer shows, for that customer"},
		func(ctx context.Context, in *struct{ Body ConfirmInput }) (*httpx.Body[Claim], error) {
			return answer(s.ConfirmClaim(ctx, in.Body))
		})
}
