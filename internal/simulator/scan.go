package simulator

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"fishpond/internal/simulator/wecom"
)

type scanIn struct {
	Customer string `json:"customer"` // who scans
	Code     string `json:"code"`     // what the code holds: an address of the simulator, or way/…
	Half     bool   `json:"half"`     // added without the member having accepted
}

// scan lets a customer scan a code, or open a link.
func (s *Server) scan(_ *http.Request, in scanIn) (any, error) {
	return s.scanned(in)
}

func (s *Server) scanned(in scanIn) (out wecom.Scanned, err error) {
	kind, id, query, err := s.parseCode(in.Code)
	if err != nil {
		return out, err
	}
	for _, c := range s.wecom.Corps() {
		switch {
		case kind == "way" && c.HasWay(id):
			return c.ScanWay(in.Customer, id, in.Half)
		case kind == "join" && c.HasJoinWay(id):
			return c.ScanJoinWay(in.Customer, id)
		case kind == "link" && c.HasLink(id):
			return c.ScanLink(in.Customer, id, query.Get("customer_channel"))
		case kind == "kf" && c.HasDesk(id):
			return c.EnterDesk(in.Customer, id, query.Get("enc_scene"), query.Get("scene_param"))
		}
	}
	if kind == "oa" && s.oa.HasCode(id) {
		appid, fresh, err := s.oa.Scan(in.Customer, id)
		out = wecom.Scanned{Outcome: "scanned", Account: appid}
		if fresh {
			out.Outcome = "followed"
		}
		return out, err
	}
	return out, fmt.Errorf("%w: it was deleted, or is not of this simulator", wecom.ErrScan)
}

// parseCode takes the kind and the id out of the content of a code: the address of the
// picture, what the picture holds, or the end of either.
func (s *Server) parseCode(code string) (kind, id string, query url.Values, err error) {
	u, err := url.Parse(strings.TrimSpace(code))
	if err != nil {
		return "", "", nil, fmt.Errorf("%w: %q is not a code: %w", wecom.ErrArgument, code, err)
	}
	text := u.Path
	if ticket := u.Query().Get("ticket"); strings.HasSuffix(text, "/showqrcode") && ticket != "" {
		text, _ = s.oa.CodeOfTicket(ticket)
	}
	for _, mark := range []string{"/scan/", "/qr/"} {
		if _, rest, ok := strings.Cut(text, mark); ok {
			text = rest
		}
	}
	kind, id, ok := strings.Cut(text, "/")
	if !ok || kind == "" || id == "" || strings.Contains(id, "/") {
		return "", "", nil, fmt.Errorf("%w: %q is not a code of this simulator; it looks like …/scan/way/ID", wecom.ErrArgument, code)
	}
	return kind, id, u.Query(), nil
}
