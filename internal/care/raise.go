package care

import (
	"context"
	"slices"
	"strings"
	"time"

	"fishpond/internal/care/careevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/mask"
	"fishpond/internal/platform/plaintext"
	"fishpond/internal/timeline"
)

// full are those who work with customers: they see how to reach them, and
// never need their identity card or bank card.
var full = []string{"owner", "operator", "associate"}

// Mask hides in a text what tells who somebody is, as far as the role need not
// see it: see package mask.
func Mask(text, role string) string {
	if slices.Contains(full, role) {
		return mask.Text(text, mask.Identity, mask.Card)
	}
	return mask.Text(text, mask.All...)
}

// heard is something that was said, or is about to be, with what was found.
type heard struct {
	dedupe, source, direction, text  string
	hits                             []Hit
	person, account, external, staff string
	message                          string // of the archive
	at                               int64
}

// strictness orders what lists do.
var strictness = map[string]int{ActionAlert: 1, ActionBlock: 2, ActionComplaint: 3}

// raise makes cases of what was said, and returns how many are new.
func (s *Service) raise(ctx context.Context, tx *db.Tx, orgID string, all []heard) (n int, err error) {
	if len(all) == 0 {
		return 0, nil
	}
	o, err := settingsOf(ctx, tx, orgID)
	if err != nil {
		return 0, err
	}
	var owners []string
	for _, h := range all {
		if h.staff == "" && h.person != "" {
			owners = append(owners, h.person)
		}
	}
	cards := map[string]Card{}
	if len(owners) > 0 {
		slices.Sort(owners)
		if cards, err = s.People.Cards(ctx, tx, orgID, slices.Compact(owners)); err != nil {
			return 0, err
		}
	}
	now := s.micros()
	for _, h := range all {
		c := newRecord(h, now)
		if c.staff == "" {
			c.staff = cards[h.person].OwnerStaffID
		}
		if c.kind == kindComplaint {
			c.due = h.at + o.complaintHours*int64(time.Hour/time.Microsecond)
		}
		fresh, err := insertCase(ctx, tx, orgID, c, "")
		if err != nil {
			return n, err
		}
		if !fresh {
			continue
		}
		n++
		if err := s.tell(ctx, tx, orgID, c, h); err != nil {
			return n, err
		}
	}
	return n, nil
}

func newRecord(h heard, now int64) *record {
	c := &record{id: ids.New("cas"), kind: kindWord, source: h.source, dedupe: h.dedupe, direction: h.direction, text: plaintext.Cut(plaintext.Tidy(h.text), maxCaseText),
		person: h.person, account: h.account, external: h.external, staff: h.staff, message: h.message, occurred: h.at, created: now}
	if h.hits == nil {
		c.kind = kindComplaint
		h.hits = []Hit{}
	}
	var lists, words []string
	for _, hit := range h.hits {
		if strictness[hit.Action] > strictness[c.action] {
			c.action, c.category = hit.Action, hit.Category
		}
		if !slices.Contains(lists, hit.ListID) {
			lists = append(lists, hit.ListID)
		}
		words = append(words, hit.Word)
	}
	if c.action == ActionComplaint {
		c.kind = kindComplaint
	}
	c.listIDs, c.hits = db.JSON(lists), db.JSON(h.hits)
	c.keys = strings.ToLower(strings.Join(words, " ") + " " + c.text)
	return c
}

// tell writes on the timeline that a case was made.
func (s *Service) tell(ctx context.Context, tx *db.Tx, orgID string, c *record, h heard) error {
	f := timeline.Fact{Kind: careevent.WordHit, PersonID: c.person, OccurredAt: clock.Time(c.occurred), DedupeKey: "care.case:" + c.id, Source: "care"}
	if c.kind == kindComplaint {
		f.Kind = careevent.ComplaintMade
		f.Data = careevent.Complaint{CaseID: c.id, AccountID: c.account, Source: c.source, DueAt: clock.Time(c.due).Format(time.RFC3339)}
	} else {
		e := careevent.Hit{CaseID: c.id, AccountID: c.account, Direction: c.direction, Action: c.action, Category: c.category, Stopped: c.source == sourceStopped, Words: []string{}}
		for _, hit := range h.hits {
			if !slices.Contains(e.Words, hit.Word) && len(e.Words) < 10 {
				e.Words = append(e.Words, hit.Word)
			}
		}
		f.Data = e
	}
	_, err := s.log.Append(ctx, tx, orgID, f)
	return err
}
