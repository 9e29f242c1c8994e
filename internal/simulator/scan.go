package simulator

import (
	"fmt"
	"net/http"
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
	kind, id, err := parseCode(in.Code)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "way":
		for _, c := range s.wecom.Corps() {
			if c.HasWay(id) {
				return c.ScanWay(in.Customer, id, in.Half)
			}
		}
	default:
		return nil, fmt.Errorf("%w: there are no codes of kind %q", wecom.ErrArgument, kind)
	}
	return nil, fmt.Errorf("%w: it was deleted, or is not of this simulator", wecom.ErrScan)
}

// parseCode takes the kind and the id out of the content of a code: the address of the
// picture, what the picture holds, or the end of either.
func parseCode(code string) (kind, id string, err error) {
	text := code
	for _, mark := range []string{"/scan/", "/qr/"} {
		if _, rest, ok := strings.Cut(text, mark); ok {
			text = rest
		}
	}
	text, _, _ = strings.Cut(text, "?")
	kind, id, ok := strings.Cut(text, "/")
	if !ok || kind == "" || id == "" || strings.Contains(id, "/") {
		return "", "", fmt.Errorf("%w: %q is not a code of this simulator; it looks like …/scan/way/ID", wecom.ErrArgument, code)
	}
	return kind, id, nil
}
