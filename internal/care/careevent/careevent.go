// Package careevent holds the events that care emits.
package careevent

// Kinds of care's events. Each concerns the customer of the case, where one is
// known. What was said stands in the case, which not everybody may read.
const (
	WordHit       = "word.hit"
	ComplaintMade = "complaint.made"
	CaseClosed    = "case.closed"
)

// Hit is the data of word.hit.
type Hit struct {
	CaseID    string   `json:"case_id"`
	AccountID string   `json:"account_id,omitempty"`
	Direction string   `json:"direction"` // in, out
	Action    string   `json:"action"`    // alert, block
	Category  string   `json:"category,omitempty"`
	Words     []string `json:"words"`
	Stopped   bool     `json:"stopped,omitempty"` // it was not sent
}

// Complaint is the data of complaint.made.
type Complaint struct {
	CaseID    string `json:"case_id"`
	AccountID string `json:"account_id,omitempty"`
	Source    string `json:"source"` // message, archive, mail, staff
	DueAt     string `json:"due_at"` // RFC 3339
}

// Closed is the data of case.closed.
type Closed struct {
	CaseID       string `json:"case_id"`
	Kind         string `json:"kind"` // word, complaint
	Outcome      string `json:"outcome"`
	Satisfaction string `json:"satisfaction,omitempty"` // complaints: satisfied, neutral, unsatisfied, unknown
	StaffID      string `json:"staff_id"`               // who closed it
}
