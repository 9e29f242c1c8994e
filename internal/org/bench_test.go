package org

import (
	"testing"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// What a request pays to be known: from memory, and from the store.
func BenchmarkAuthenticate(b *testing.B) {
	d := testkit.Open(b, db.SQLite, schema)
	s := New(d, discard, clock.System, Options{})
	s.hash.params = cheap
	if _, _, err := s.CreateOrg(b.Context(), NewOrg{Name: "Alpha", OwnerName: "O", OwnerEmail: "o@alpha.example", OwnerPassword: goodPass}); err != nil {
		b.Fatal(err)
	}
	in, err := s.SignIn(b.Context(), "o@alpha.example", goodPass, "", client{})
	if err != nil {
		b.Fatal(err)
	}
	for name, forget := range map[string]bool{"remembered": false, "from the store": true} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if forget {
					s.auth.forget(func(authenticated) bool { return true })
				}
				if _, ok, err := s.bySession(b.Context(), in.Token); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
	}
}

// What a sign-in pays for its hash.
func BenchmarkHash(b *testing.B) {
	h := newHasher()
	for b.Loop() {
		if _, err := h.hash(b.Context(), goodPass); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(h.params.memory)/1024, "MiB")
}
