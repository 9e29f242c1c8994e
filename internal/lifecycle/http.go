package lifecycle

import (
	"context"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

type personIn struct {
	ID string `path:"id" maxLength:"64" doc:"The person"`
}

type flowIn struct {
	From string `query:"from" maxLength:"7" doc:"First month, as 2026-01. Empty: eleven months before the last"`
	To   string `query:"to" maxLength:"7" doc:"Last month, included. Empty: the present one"`
}

type settingsIn struct {
	Body struct {
		SilentDays int64  `json:"silent_days,omitempty" minimum:"1" maximum:"3650" doc:"Set by hand, together with lost_days"`
		LostDays   int64  `json:"lost_days,omitempty" minimum:"2" maximum:"3650" doc:"More than silent_days"`
		Source     string `json:"source,omitempty" enum:"data,manual,probability" doc:"data: follow the org's own gaps instead; probability: go by silent_chance and lost_chance"`

		SilentChance float64 `json:"silent_chance,omitempty" minimum:"0" maximum:"1" doc:"Of probability: silent below this probability to be alive"`
		LostChance   float64 `json:"lost_chance,omitempty" minimum:"0" maximum:"1" doc:"Of probability: lost below this one, less than silent_chance"`
	}
}

// Routes declares the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "get-person-lifecycle", Method: "GET", Path: "/persons/{id}/lifecycle", Tag: "lifecycle", Permission: "lifecycle.read",
		Summary: "Stage, RFM and history of stages of a person, drawn with the present thresholds"},
		func(ctx context.Context, in *personIn) (*httpx.Body[Life], error) {
			return answer(s.Of(ctx, httpx.Actor(ctx).OrgID, in.ID))
		})
	httpx.Handle(r, httpx.Op{ID: "list-lifecycle-stages", Method: "GET", Path: "/lifecycle/stages", Tag: "lifecycle", Permission: "lifecycle.read",
		Summary: "How many persons are in each stage now"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[StageCount]], error) {
			items, err := s.Stages(ctx, httpx.Actor(ctx).OrgID)
			return answer(httpx.List[StageCount]{Items: items}, err)
		})
	httpx.Handle(r, httpx.Op{ID: "get-lifecycle-flow", Method: "GET", Path: "/lifecycle/flow", Tag: "lifecycle", Permission: "lifecycle.read",
		Summary: "Persons in each stage at the end of each month, and the moves between stages during it"},
		func(ctx context.Context, in *flowIn) (*httpx.Body[Flow], error) {
			return answer(s.Flow(ctx, httpx.Actor(ctx).OrgID, in.From, in.To))
		})
	httpx.Handle(r, httpx.Op{ID: "get-lifecycle-settings", Method: "GET", Path: "/lifecycle/settings", Tag: "lifecycle", Permission: "lifecycle.read",
		Summary: "After how many days customers are silent and lost, and what the data suggests"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Settings], error) {
			return answer(s.Settings(ctx, httpx.Actor(ctx).OrgID))
		})
	httpx.Handle(r, httpx.Op{ID: "set-lifecycle-settings", Method: "PUT", Path: "/lifecycle/settings", Tag: "lifecycle", Permission: "lifecycle.settings",
		Summary: "Set the thresholds, or let them follow the data. All histories are drawn anew with the new thresholds; the timeline keeps the stage changes that were announced under the old ones"},
		func(ctx context.Context, in *settingsIn) (*httpx.Body[Settings], error) {
			org := httpx.Actor(ctx).OrgID
			days := in.Body.SilentDays != 0 || in.Body.LostDays != 0
			if in.Body.Source == SourceProbability {
				if days {
					return nil, errs.InvalidField("body", i18n.T("按概率时不填天数：没有模型时按数据给出的天数", "By probability there are no days to give: without a model those that the data suggests hold"))
				}
				return answer(s.FollowProbability(ctx, org, in.Body.SilentChance, in.Body.LostChance))
			}
			switch {
			case in.Body.Source == SourceData && days, in.Body.Source != SourceData && (in.Body.SilentDays == 0 || in.Body.LostDays == 0):
				return nil, errs.InvalidField("body", i18n.T("请同时填写沉默天数和流失天数，或只选择跟随数据", "Give both silent_days and lost_days, or only source: data"))
			case in.Body.Source == SourceData:
				return answer(s.FollowData(ctx, org))
			}
			return answer(s.SetRule(ctx, org, Rule{SilentDays: in.Body.SilentDays, LostDays: in.Body.LostDays}))
		})
}

func answer[T any](v T, err error) (*httpx.Body[T], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(v), nil
}
