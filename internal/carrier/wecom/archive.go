package wecom

import "context"

// ArchivedUsers lists the members whose talks are archived
// (msgaudit/get_permit_user_list).
func (c *Client) ArchivedUsers(ctx context.Context) ([]string, error) {
	var out struct {
		IDs []string `json:"ids"`
	}
	return out.IDs, c.c.Post(ctx, "msgaudit/get_permit_user_list", map[string]any{}, &out)
}

// Talk is a member and a customer.
type Talk struct{ UserID, ExternalID string }

// Agreement is whether a customer agrees that a talk is archived.
type Agreement struct {
	UserID     string `json:"userid"`
	ExternalID string `json:"exteranalopenid"` // spelt as the platform spells it
	Status     string `json:"agree_status"`    // Agree, Disagree, Default_Agree (not asked to agree)
	Changed    int64  `json:"status_change_time"`
}

// Agreements tells of up to 100 talks whether they may be archived
// (msgaudit/check_single_agree).
func (c *Client) Agreements(ctx context.Context, talks []Talk) ([]Agreement, error) {
	list := make([]map[string]string, len(talks))
	for i, t := range talks {
		list[i] = map[string]string{"userid": t.UserID, "exteranalopenid": t.ExternalID}
	}
	var out struct {
		List []Agreement `json:"agreeinfo"`
	}
	return out.List, c.c.Post(ctx, "msgaudit/check_single_agree", map[string]any{"info": list}, &out)
}
