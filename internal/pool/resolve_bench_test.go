package pool

import (
	"fmt"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// BenchmarkResolve resolves 1,000 contacts a call, each with a customer
// number and a phone: of people not known before, and of the same again.
//
//	go test ./internal/pool -run xxx -bench Resolve$ -benchtime 20x
func BenchmarkResolve(b *testing.B) {
	const size = 1000
	for _, engine := range testkit.Engines {
		for _, known := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/known=%v", engine, known), func(b *testing.B) {
				f := newFixture(b, testkit.Open(b, engine, schema))
				round := 0
				for b.Loop() {
					if !known {
						round++
					}
					contacts := make([]Contact, size)
					for i := range contacts {
						n := round*size + i
						contacts[i] = Contact{Source: "bench", Name: "n", SeenAt: f.clock.Now(), Identities: []Identity{{"customer_no", fmt.Sprint("bench:", n)}, {"phone", fmt.Sprintf("138%08d", n)}}}
					}
					err := f.d.Write(f.ctx, org, func(tx *db.Tx) error {
						_, err := f.Resolve(f.ctx, tx, org, contacts)
						return err
					})
					if err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(size*b.N)/b.Elapsed().Seconds(), "contacts/s")
			})
		}
	}
}
