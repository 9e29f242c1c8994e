package org

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

func TestHashVerifiesOnlyItsPassword(t *testing.T) {
	h := newHasher()
	h.params.memory = 64
	stored, err := h.hash(t.Context(), "密码 with ünicode")
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=64,t=3,p=1$") {
		t.Fatalf("%s %v", stored, err)
	}
	again, err := h.hash(t.Context(), "密码 with ünicode")
	if err != nil || again == stored {
		t.Fatal("two hashes of one password are the same", err)
	}
	for password, want := range map[string]bool{"密码 with ünicode": true, "密码 with unicode": false, "": false} {
		if ok, stale, err := h.verify(t.Context(), stored, password); ok != want || stale || err != nil {
			t.Errorf("%q: %v %v %v", password, ok, stale, err)
		}
	}
	if ok, _, err := h.verify(t.Context(), "", "anything"); ok || err != nil {
		t.Errorf("no hash: %v %v", ok, err)
	}
	h.params.passes = 4
	if ok, stale, err := h.verify(t.Context(), stored, "密码 with ünicode"); !ok || !stale || err != nil {
		t.Errorf("after the costs changed: %v %v %v", ok, stale, err)
	}
}

// The reference value of the argon2 command line tool, so that hashes made
// elsewhere open here.
func TestKnownHash(t *testing.T) {
	const stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, _, err := newHasher().verify(t.Context(), stored, "password"); !ok || err != nil {
		t.Fatalf("%v %v", ok, err)
	}
}

func TestDamagedHashesAreRefused(t *testing.T) {
	for _, s := range []string{"x", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "$argon2id$v=19$m=99999999,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$", "$argon2id$v=19$m=64,t=1,p=1$!$!"} {
		if ok, _, err := newHasher().verify(t.Context(), s, "password"); ok || !errors.Is(err, errPHC) {
			t.Errorf("%s: %v %v", s, ok, err)
		}
	}
}

// Only so many hashes are made at once; more callers wait, and beyond that
// are turned away.
func TestHashingIsBounded(t *testing.T) {
	h := newHasher()
	h.params.memory = 64
	for range cap(h.slots) {
		h.slots <- struct{}{} // all busy
	}
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error, maxWaiting)
	for range maxWaiting {
		go func() {
			_, err := h.hash(ctx, "password")
			results <- err
		}()
	}
	for h.waiting.Load() < maxWaiting {
		runtime.Gosched()
	}
	if _, _, err := h.verify(t.Context(), "", "x"); !errs.Is(err, errs.CodeUnavailable) {
		t.Errorf("one too many: %v", err)
	}
	cancel()
	for range maxWaiting {
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Errorf("a waiting caller got %v", err)
		}
	}
	<-h.slots
	if _, err := h.hash(t.Context(), "password"); err != nil {
		t.Errorf("with a free slot: %v", err)
	}
}

func TestWeakPasswords(t *testing.T) {
	for password, ok := range map[string]bool{
		"correct horse battery": true, "九个字的密码不够长": false, "十个字的密码就够长了": true, "short": false,
		"lin@rosehip.example": false, "LIN@ROSEHIP.EXAMPLE": false, "rosehip tea": false, "Rosehip  Tea": false, "rosehip tea 2026!": true,
		"linlinlinlin": true, "1234567890": false, "Password123": false, "............": false, strings.Repeat("ab", 128): true, strings.Repeat("ab", 129): false,
	} {
		err := checkPassword("body.password", password, "lin@rosehip.example", "Lin", "Rosehip Tea")
		if (err == nil) != ok {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestBucketsForgetTheLeastRecentlyUsed(t *testing.T) {
	b := newBuckets(1, time.Hour)
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	b.take(now, "first")
	for i := range bucketsKept {
		if i%100 == 0 && b.take(now, "first") == 0 {
			t.Fatal("a bucket in use was forgotten")
		}
		b.take(now, fmt.Sprint(i))
	}
	if len(b.items) != bucketsKept || b.order.Len() != bucketsKept {
		t.Fatalf("%d buckets, %d in order", len(b.items), b.order.Len())
	}
	if wait := b.take(now, "0"); wait != 0 {
		t.Errorf("the oldest was kept: %v", wait)
	}
}

func TestLimitsCountWholeNetworks(t *testing.T) {
	for ip, want := range map[string]string{"203.0.113.7": "203.0.113.7", "::ffff:203.0.113.7": "203.0.113.7", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "": "", "@": "@"} {
		if got := network(ip); got != want {
			t.Errorf("%s: %s, want %s", ip, got, want)
		}
	}
}

// Whether an e-mail is known must not be told by the time that a refusal
// takes: the unknown ones wait for a hash like the others.
func TestUnknownAccountsCostAHashToo(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.SQLite, schema))
	b := h.brand("Alpha")
	b.owner.want(201, "POST", "/staff", obj{"name": "New", "email": "new@alpha.example", "role": "viewer"}, nil)
	for _, email := range []string{"owner@alpha.example", "new@alpha.example", "nobody@alpha.example"} {
		for range cap(h.svc.hash.slots) {
			h.svc.hash.slots <- struct{}{}
		}
		result := make(chan error)
		go func() {
			_, err := h.svc.SignIn(t.Context(), email, "wrong password", "", client{IP: email})
			result <- err
		}()
		for h.svc.hash.waiting.Load() == 0 {
			select {
			case err := <-result:
				t.Fatalf("%s was answered without a hash: %v", email, err)
			default:
				runtime.Gosched()
			}
		}
		for range cap(h.svc.hash.slots) {
			<-h.svc.hash.slots
		}
		if err := <-result; !errors.Is(err, error(errSignIn)) {
			t.Errorf("%s: %v", email, err)
		}
	}
}
