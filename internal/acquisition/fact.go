package acquisition

import (
	"fmt"
	"hash/fnv"
	"strings"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/jsonscan"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// fact is what counts of one event.
type fact struct {
	person      string
	at, seq     int64
	kind        int64
	ref, amount int64
	currency    string
	source      source // of an arrival, until it has a number
}

// Kinds of facts.
const (
	factArrival int64 = iota
	factOrder
	factRefund
	factFriend
	factParted
)

// source is where and how somebody arrived. There are as many as combinations
// that occurred, not as arrivals.
type source struct {
	way, channel, entrance, code, link, batch, form, staff, account, user string
}

func (s *source) fields() []*string {
	return []*string{&s.way, &s.channel, &s.entrance, &s.code, &s.link, &s.batch, &s.form, &s.staff, &s.account, &s.user}
}

func (s source) key() string {
	var parts []string
	for _, f := range s.fields() {
		parts = append(parts, *f)
	}
	return strings.Join(parts, "\x1f")
}

// merge: members are known as speaker from here on.
type merge struct {
	speaker string
	members []string
}

// Limits on what others' events may bring.
const (
	maxAmount = 1_000_000_000_000_000 // minor units of one order: nine thousand of them fit into a sum
	maxKey    = 100                   // characters of an id
)

// readFacts picks what counts out of events.
func readFacts(events []timeline.Event) (facts []fact, merges []merge, err error) {
	for _, e := range events {
		f := fact{person: e.PersonID, at: e.OccurredAt.UnixMicro(), seq: e.Position.Seq}
		var err error
		switch e.Kind {
		case acquisitionevent.Arrived:
			err = f.arrival(e)
		case mallevent.OrderPaid, mallevent.OrderRefunded:
			err = f.order(e)
		case carrierevent.FriendRemoved, carrierevent.FriendTransferred:
			var tie carrierevent.Friend
			if err = e.Decode(&tie); err != nil {
				break
			}
			f.kind, f.amount = factParted, tieOf(tie.AccountID, tie.UserID)
			if e.Kind == carrierevent.FriendTransferred {
				f.kind = factFriend
				if tie.FromUserID != "" {
					facts = append(facts, fact{person: f.person, at: f.at, seq: f.seq, kind: factParted, amount: tieOf(tie.AccountID, tie.FromUserID)})
				}
			}
		case poolevent.Merged, poolevent.Split:
			var m poolevent.Merge
			if err := e.Decode(&m); err != nil {
				return nil, nil, err
			}
			if m.WinnerID == "" || m.LoserID == "" || len(m.Members) == 0 {
				return nil, nil, fmt.Errorf("event %s (%s): winner_id, loser_id or members is missing", e.ID, e.Kind)
			}
			if e.Kind == poolevent.Split {
				m.WinnerID = m.LoserID
			}
			merges = append(merges, merge{speaker: m.WinnerID, members: m.Members})
			continue
		default:
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("event %s (%s): %w", e.ID, e.Kind, err)
		}
		if f.person != "" || f.kind == factOrder || f.kind == factRefund {
			facts = append(facts, f)
		}
	}
	return facts, merges, nil
}

func (f *fact) arrival(e timeline.Event) error {
	var a acquisitionevent.Arrival
	if err := e.Decode(&a); err != nil {
		return err
	}
	f.source = source{way: a.Way, channel: a.ChannelID, entrance: a.EntranceID, code: a.CodeID, link: a.LinkID, batch: a.BatchID, form: a.FormID,
		staff: a.StaffID, account: a.AccountID, user: a.UserID}
	for _, p := range f.source.fields() {
		*p = short(*p, maxKey)
	}
	if a.Way == acquisitionevent.ByFriend {
		f.amount = tieOf(a.AccountID, a.UserID)
	}
	return nil
}

func (f *fact) order(e timeline.Event) error {
	f.kind = factOrder
	if e.Kind == mallevent.OrderRefunded {
		f.kind = factRefund
	}
	err := jsonscan.Object(e.Data, func(key, value []byte) (err error) {
		switch string(key) {
		case "amount_minor":
			f.amount, err = jsonscan.Int(value)
		case "currency":
			f.currency, err = jsonscan.Text(value)
		case "order_id":
			var id string
			if id, err = jsonscan.Text(value); id != "" {
				f.ref = hashOf(id)
			}
		}
		return err
	})
	if err == nil && (f.amount < 0 || f.amount > maxAmount) {
		err = fmt.Errorf("amount_minor %d is outside 0 … %d", f.amount, int64(maxAmount))
	}
	f.currency = short(f.currency, maxKey)
	return err
}

// hashOf is a text as a number that is not 0.
func hashOf(s string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))   // never fails
	return int64(h.Sum64() | 1) //nolint:gosec // only compared
}

// tieOf is the friendship with one staff member's account.
func tieOf(account, user string) int64 { return hashOf(account + "\x1f" + user) }
