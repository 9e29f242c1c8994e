package plan

// Person is everything that a plan can ask about one person. It is the world
// of [Eval]: tests fill it, stores need not.
type Person struct {
	Seq uint32

	Stage, Region, Gender, Owner, Name, Channel, Source string
	Birthday                                            string // YYYY-MM-DD

	Orders, Refunds     int64
	GMV, Refunded       int64 // minor units
	FirstOrder          int64 // UTC microseconds, 0 when unset; so are the next two
	LastOrder, Created  int64
	Recency             int64 // RFM scores 1–5, 0 for who has not bought
	Frequency, Monetary int64

	Traits     map[string]any // by key: string, float64, bool, []string, as in JSON
	Tags       []string       // ids
	Identities []string       // kinds
	Carriers   []string       // over which they can be reached
	Consents   map[string]bool
	Segments   []string // ids
	Lists      []string // ids
	Events     []Event
}

// Event is a fact about a person.
type Event struct {
	Kind string
	At   int64          // UTC microseconds
	Data map[string]any // as decoded from JSON; numbers may be json.Number
}

// value is the person's value of an attribute as JSON would have it, or nil.
func (p *Person) value(a Attr) any {
	if a.Trait {
		return p.Traits[a.Name]
	}
	switch a.Name {
	case "stage":
		return p.Stage
	case "region":
		return p.Region
	case "gender":
		return p.Gender
	case "birthday":
		return p.Birthday
	case "owner":
		return p.Owner
	case "name":
		return p.Name
	case "channel":
		return p.Channel
	case "source":
		return p.Source
	case "gmv":
		return p.GMV
	case "refunded":
		return p.Refunded
	case "orders":
		return p.Orders
	case "refunds":
		return p.Refunds
	case "average_order":
		if p.Orders == 0 {
			return nil
		}
		return p.GMV / p.Orders
	case "first_order":
		return p.FirstOrder
	case "last_order":
		return p.LastOrder
	case "created":
		return p.Created
	case "rfm.recency":
		return score(p.Recency)
	case "rfm.frequency":
		return score(p.Frequency)
	case "rfm.monetary":
		return score(p.Monetary)
	}
	return nil
}

func score(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}
