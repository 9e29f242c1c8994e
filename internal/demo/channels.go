package demo

import (
	"fmt"
	"time"
)

// Entrance is a place where the brand's people come from: its name in the tree
// of channels from the platform down.
type Entrance struct {
	Key  string
	Path [3]string // platform, campaign, entrance
}

// Entrances lists them in the order in which they are made.
func Entrances() []Entrance {
	var out []Entrance
	for _, ch := range channels {
		out = append(out, Entrance{ch.key, ch.path})
	}
	return out
}

// Spent is what an entrance cost in a month.
type Spent struct {
	Key      string
	From, To string // days, YYYY-MM-DD, both included
	Minor    int64
}

// Ledger counts who came by which entrance, to say what that will have cost.
type Ledger struct {
	came map[string]map[time.Time]int64 // by entrance and first day of the month
}

func (l *Ledger) add(p *Person) {
	if l.came == nil {
		l.came = map[string]map[time.Time]int64{}
	}
	if l.came[p.Channel] == nil {
		l.came[p.Channel] = map[time.Time]int64{}
	}
	l.came[p.Channel][time.Date(p.Arrived.Year(), p.Arrived.Month(), 1, 0, 0, 0, 0, time.UTC)]++
}

// Spent lists the costs of all entrances, month by month. Months differ: the
// price of a click goes up before the holidays.
func (l *Ledger) Spent() []Spent {
	var out []Spent
	for _, ch := range channels {
		for month, n := range l.came[ch.key] {
			price := float64(ch.costMinor) * (.75 + .5*festival(month.AddDate(0, 0, 9))/2.6)
			out = append(out, Spent{Key: ch.key, From: month.Format(time.DateOnly), To: month.AddDate(0, 1, -1).Format(time.DateOnly), Minor: int64(price) * n})
		}
	}
	return out
}

// Welcome is what the brand says to who comes by an entrance.
func (e Entrance) Welcome() string {
	return fmt.Sprintf("{{name}}，您好！我是{{staff}}，欢迎来到{{org}}。您从%s来，先送您一份新人茶样，回复“茶样”告诉我您的口味～", e.Path[2])
}
