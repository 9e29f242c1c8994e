// Package contentevent holds the events that materials emit.
package contentevent

// Kinds of events. All are of the person for whom a link was made.
const (
	// Opened: the person has opened a link that was made for them.
	Opened = "material.opened"
	// Read: a visit of theirs is over, in which a page was before their eyes.
	Read = "material.read"
	// Forwarded: their link was opened in another browser: passed on, or another
	// device of theirs. Once for each browser.
	Forwarded = "material.forwarded"
)

// Visit is the data of material.opened and material.forwarded.
type Visit struct {
	VisitID     string `json:"visit_id"`
	LinkID      string `json:"link_id"`
	MaterialID  string `json:"material_id,omitempty"`  // empty: the list of a briefcase
	BriefcaseID string `json:"briefcase_id,omitempty"` // the link is one to a briefcase
	Title       string `json:"title"`
	Kind        string `json:"kind"`               // of the material; briefcase
	StaffID     string `json:"staff_id,omitempty"` // whose link it is
}

// Reading is the data of material.read.
type Reading struct {
	Visit
	Seconds int64 `json:"seconds"` // that the page was visible
	Depth   int64 `json:"depth"`   // 0–100: of the page's height, or of a film's length
}
