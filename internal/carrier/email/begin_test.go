package email_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"fishpond/internal/carrier/email"
	"fishpond/internal/simulator/mailsink"
)

// Who wants to know is told before a mail leaves, and can keep it from leaving;
// the mails around it go.
func TestBegin(t *testing.T) {
	s, err := mailsink.New()
	if err != nil {
		t.Fatal(err)
	}
	var begun [100]atomic.Bool
	early := atomic.Int64{}
	s.Took = func(m mailsink.Mail) error {
		for i := range begun {
			if strings.HasPrefix(m.ID, mails(i + 1)[i].ID) && !begun[i].Load() {
				early.Add(1)
			}
		}
		return nil
	}
	p := post(t, s, 3)
	all := mails(100)
	for i := range all {
		all[i].Begin = func() error {
			if i%7 == 0 {
				return errors.New("the disk is full")
			}
			begun[i].Store(true)
			return nil
		}
	}
	sent := 0
	for i, err := range send(p, context.Background(), all) {
		if no := i%7 == 0; no != errors.Is(err, email.ErrNotTried) || !no && err != nil {
			t.Errorf("mail %d: %v", i, err)
		}
		if err == nil {
			sent++
		}
	}
	if n := s.Mails(); n != int64(sent) || early.Load() != 0 {
		t.Errorf("%d arrived, %d of them before they had begun", n, early.Load())
	}
}
