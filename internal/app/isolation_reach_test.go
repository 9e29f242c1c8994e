package app

import (
	"testing"

	"fishpond/internal/carrier"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/reach"
	"fishpond/internal/reach/gate"
)

// furnishReach leaves a message of the brand doubtful, and somebody on the
// do-not-contact list.
func (b *brand) furnishReach(t *testing.T) {
	t.Helper()
	b.must(t, 204, "POST", "/reach/blocked", `{"person_id":"`+b.ids["person3"]+`","reason":"asked us to"}`, nil)
	ctx := access.With(t.Context(), access.ForSystem(b.id, "test"))
	b.ids["reachplan"] = "pln_" + b.id
	if err := b.h.DB.Write(ctx, b.id, func(tx *db.Tx) error {
		s := b.h.Reach
		if err := s.CreatePlan(ctx, tx, reach.Plan{ID: b.ids["reachplan"], OrgID: b.id, Origin: "test", OriginID: "t", Purpose: gate.Marketing, Title: "Plan of " + b.id}); err != nil {
			return err
		}
		if err := s.Add(ctx, tx, b.id, b.ids["reachplan"], []reach.Recipient{{PersonID: b.ids["person3"], Addresses: []reach.Address{{AccountID: b.ids["account"], Carrier: carrier.KindWecom, To: "wm"}}}}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE reach_message SET status = 'doubtful', why = 'lost' WHERE org_id = ?", b.id); err != nil {
			return err
		}
		return tx.QueryRow(ctx, "SELECT id FROM reach_message WHERE org_id = ?", b.id).Scan(new(string))
	}); err != nil {
		t.Fatal(err)
	}
	var list struct{ Items []struct{ ID string } }
	b.must(t, 200, "GET", "/reach/messages", "", &list)
	if len(list.Items) != 1 {
		t.Fatalf("%d doubtful messages", len(list.Items))
	}
	b.ids["reachmessage"] = list.Items[0].ID
}

// foreignReach is foreign for the gate and the outbox.
var foreignReach = map[string][]struct{ path, body string }{
	"explain-reach": {{"/reach/explain?person_id={person}&account_id={our:account}", ""}, {"/reach/explain?person_id={our:person}&account_id={account}", ""}},

	"put-reach-account":     {{"/reach/accounts/{account}", `{"paused":true,"per_minute":1}`}},
	"get-reach-plan":        {{"/reach/plans/{reachplan}", ""}},
	"pause-reach-plan":      {{"/reach/plans/{reachplan}/pause", ""}},
	"resume-reach-plan":     {{"/reach/plans/{reachplan}/resume", ""}},
	"cancel-reach-plan":     {{"/reach/plans/{reachplan}/cancel", ""}},
	"list-reach-messages":   {{"/reach/messages?plan_id={reachplan}", ""}},
	"export-reach-messages": {{"/reach/messages/export?plan_id={reachplan}", ""}},
	"settle-reach-message":  {{"/reach/messages/{reachmessage}/settle", `{"as":"sent"}`}},
	"list-reach-blocked":    {{"/reach/blocked?person_id={person}", ""}},
	"add-reach-blocked":     {{"/reach/blocked", `{"person_id":"{person}"}`}},
	"remove-reach-blocked":  {{"/reach/blocked/{person}", ""}},
}
