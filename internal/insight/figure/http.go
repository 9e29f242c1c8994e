package figure

import (
	"context"

	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

// Routes declares the endpoint that tells what all figures mean.
func Routes(r *httpx.Router, parts []Part) {
	httpx.Handle(r, httpx.Op{ID: "list-definitions", Method: "GET", Path: "/insight/definitions", Tag: "insight", Permission: "insight.read",
		Summary: "What every figure means: its name, formula, unit and period"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[Definition]], error) {
			out := []Definition{}
			for _, p := range parts {
				for _, f := range p.Figures {
					out = append(out, f.In(i18n.From(ctx)))
				}
			}
			return httpx.OK(httpx.List[Definition]{Items: out}), nil
		})
}
