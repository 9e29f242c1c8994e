package wecom

import "context"

// MaxTransfer is how many customers one call hands over.
const MaxTransfer = 100

// Transferred is how far the hand-over of one customer has come.
type Transferred struct {
	ExternalID string `json:"external_userid"`
	Code       int    `json:"errcode"`       // in the answer to the order: 0 is accepted
	Status     int    `json:"status"`        // in results: see TransferStatus
	Takeover   int64  `json:"takeover_time"` // seconds since 1970
}

// What Transferred.Status says.
const (
	TransferDone     = 1
	TransferWaiting  = 2 // the customer has 24 hours to object
	TransferRefused  = 3
	TransferFull     = 4 // the new member has as many customers as fit
	TransferNoRecord = 5
)

// Transfer hands at most 100 customers of a member who stays to another one;
// words is what the customers read (externalcontact/transfer_customer).
func (c *Client) Transfer(ctx context.Context, from, to string, externalIDs []string, words string) ([]Transferred, error) {
	in := map[string]any{"handover_userid": from, "takeover_userid": to, "external_userid": externalIDs}
	if words != "" {
		in["transfer_success_msg"] = words
	}
	return c.transfer(ctx, "externalcontact/transfer_customer", in)
}

// TransferResigned is Transfer for a member who has left
// (externalcontact/resigned/transfer_customer).
func (c *Client) TransferResigned(ctx context.Context, from, to string, externalIDs []string) ([]Transferred, error) {
	return c.transfer(ctx, "externalcontact/resigned/transfer_customer", map[string]any{"handover_userid": from, "takeover_userid": to, "external_userid": externalIDs})
}

func (c *Client) transfer(ctx context.Context, api string, in map[string]any) ([]Transferred, error) {
	var out struct {
		Customers []Transferred `json:"customer"`
	}
	err := c.c.Post(ctx, api, in, &out)
	return out.Customers, err
}

// TransferResult returns a page of how the hand-over between two members
// stands, and the next page's cursor; resigned tells of which kind it is
// (externalcontact/transfer_result, externalcontact/resigned/transfer_result).
func (c *Client) TransferResult(ctx context.Context, resigned bool, from, to, cursor string) ([]Transferred, string, error) {
	api := "externalcontact/transfer_result"
	if resigned {
		api = "externalcontact/resigned/transfer_result"
	}
	var out struct {
		Customers []Transferred `json:"customer"`
		Next      string        `json:"next_cursor"`
	}
	err := c.c.Post(ctx, api, map[string]any{"handover_userid": from, "takeover_userid": to, "cursor": cursor}, &out)
	return out.Customers, out.Next, err
}

// Unassigned is a customer of a member who has left and whom nobody took over.
type Unassigned struct {
	UserID     string `json:"handover_userid"`
	ExternalID string `json:"external_userid"`
	LeftAt     int64  `json:"dimission_time"` // seconds since 1970
}

// Unassigned returns up to 1,000 of them and the next page's cursor
// (externalcontact/get_unassigned_list).
func (c *Client) Unassigned(ctx context.Context, cursor string) ([]Unassigned, string, error) {
	var out struct {
		Info []Unassigned `json:"info"`
		Next string       `json:"next_cursor"`
	}
	err := c.c.Post(ctx, "externalcontact/get_unassigned_list", map[string]any{"cursor": cursor, "page_size": 1000}, &out)
	return out.Info, out.Next, err
}
