package email

import (
	"context"
	"errors"
	"net"
	"net/smtp"
	"net/textproto"
	"sync"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// ErrDown is inside an error when the server cannot be reached or does not let
// us in: it is not this mail's fault.
var ErrDown = errors.New("email: the server does not work")

// ErrNotTried: the pool was stopped before the mail's turn.
var ErrNotTried = errors.New("email: the mail was not tried")

// Pool sends many mails through one server over lines that stay open. Where the
// server takes it (PIPELINING, RFC 2920), the envelope of the next mail goes
// along with the mail before it, so that each costs one round trip.
type Pool struct {
	sender *Sender
	size   int
	jobs   chan job

	mu      sync.Mutex
	workers int
	idle    int
	wg      sync.WaitGroup
	down    error // why nobody was let in, until downTo
	downTo  time.Time
	losses  int // answers that did not come, in a row
}

type job struct {
	ctx  context.Context
	m    *Message
	told func(error)
}

const (
	idleFor    = 20 * time.Second
	lossesMost = 3 // answers that may not come in a row before the server is left alone: each may leave a mail in doubt
)

// NewPool returns a pool of at most so many lines.
func NewPool(o Options, size int) *Pool {
	return &Pool{sender: New(o), size: size, jobs: make(chan job, 2*size)}
}

// Send sends mails and tells of each exactly once, from any goroutine; nil: the
// server has taken it. Errors are as those of [Sender.Send], with ErrDown or
// ErrNotTried inside where they apply. It returns when all are told of.
func (p *Pool) Send(ctx context.Context, all []Message, told func(i int, err error)) {
	var wg sync.WaitGroup
	wg.Add(len(all))
	for i := range all {
		j := job{ctx, &all[i], func(err error) { defer wg.Done(); told(i, err) }}
		select {
		case p.jobs <- j:
			p.hire()
		case <-ctx.Done():
			j.told(errors.Join(ErrNotTried, ctx.Err()))
		}
	}
	wg.Wait()
}

// Close waits for the lines to end. Nobody may send any more.
func (p *Pool) Close() {
	close(p.jobs)
	p.wg.Wait()
}

// hire starts another line when mails wait for one and there may be more.
func (p *Pool) hire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.jobs) <= p.idle || p.workers >= p.size {
		return
	}
	p.workers++
	p.wg.Add(1)
	go p.work()
}

// await takes the next mail. When none comes for a while the line ends: the
// worker is let go under the lock, so that no mail is left with nobody.
func (p *Pool) await() (j job, ok bool) {
	p.mu.Lock()
	p.idle++
	p.mu.Unlock()
	t := time.NewTimer(idleFor)
	defer t.Stop()
	select {
	case j, ok = <-p.jobs:
	case <-t.C:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle--
	if !ok {
		j, ok = p.more()
	}
	if !ok {
		p.workers--
	}
	return j, ok
}

// more takes the next mail if there is one.
func (p *Pool) more() (job, bool) {
	select {
	case j, ok := <-p.jobs:
		return j, ok
	default:
		return job{}, false
	}
}

func (p *Pool) work() {
	l := &line{p: p}
	defer func() {
		l.end()
		p.wg.Done()
	}()
	j, ok := p.more()
	for {
		if !ok {
			if j, ok = p.await(); !ok {
				return
			}
		}
		j, ok = l.run(j)
	}
}

// line is one connection.
type line struct {
	p    *Pool
	c    *smtp.Client
	conn net.Conn
	pipe bool
	used bool // a mail went over it
	out  wired
}

func (l *line) end() {
	if l.c != nil {
		_ = l.conn.SetDeadline(clock.System().Add(time.Second))
		_ = l.c.Quit() // the server may be gone already
		_ = l.c.Close()
		l.c = nil
	}
}

func (l *line) drop() {
	if l.c != nil {
		_ = l.c.Close()
		l.c = nil
	}
}

func (l *line) open(ctx context.Context) error {
	if l.c != nil {
		return nil
	}
	l.p.mu.Lock()
	down := l.p.down
	if clock.System().After(l.p.downTo) {
		down = nil
	}
	l.p.mu.Unlock()
	if down != nil {
		return down
	}
	c, conn, err := l.p.sender.dial(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return errors.Join(ErrNotTried, err)
		}
		err = errs.As(err).Because(errors.Join(ErrDown, err))
		l.p.rest(err)
		return err
	}
	l.c, l.conn, l.used = c, conn, false
	l.pipe, _ = c.Extension("PIPELINING")
	return nil
}

// rest leaves the server alone for a moment.
func (p *Pool) rest(why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down, p.downTo = why, clock.System().Add(p.sender.o.Rest)
}

// answered notes whether the server answers mails.
func (p *Pool) answered(does bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if does {
		p.losses = 0
		return
	}
	if p.losses++; p.losses >= lossesMost {
		p.losses = 0
		p.down, p.downTo = downed(errors.New("email: mails are not answered")), clock.System().Add(p.sender.o.Rest)
	}
}

// run sends a mail, and those that follow it at once. It returns the next mail
// when it has taken one that it could not begin.
func (l *line) run(j job) (next job, ok bool) {
	for try := 0; ; try++ {
		if err := j.ctx.Err(); err != nil {
			j.told(errors.Join(ErrNotTried, err))
			return job{}, false
		}
		if err := l.open(j.ctx); err != nil {
			j.told(err)
			return job{}, false
		}
		fresh := !l.used
		l.out.own = l.envelope(l.out.own[:0], j.m)
		err := l.write(l.out.own)
		if err == nil {
			err = l.envelopeTaken()
		}
		if err == nil {
			return l.stream(j)
		}
		if _, answered := errors.AsType[*textproto.Error](err); answered && !closing(err) {
			j.told(failure(err))
			return l.reset()
		}
		l.drop()
		if fresh || try > 0 { // a line that was idle may have been shut; a new one says what is wrong
			l.p.answered(false)
			j.told(downed(err))
			return job{}, false
		}
	}
}

// reset makes the line ready for another mail after one was refused.
func (l *line) reset() (job, bool) {
	if err := l.write([]byte("RSET\r\n")); err != nil {
		l.drop()
	} else if _, _, err := l.c.Text.ReadResponse(250); err != nil {
		l.drop()
	}
	return l.p.more()
}

// stream sends a mail whose envelope was taken, and goes on with those that wait.
func (l *line) stream(j job) (next job, ok bool) {
	for {
		l.used = true
		l.out.own, l.out.cuts = l.out.own[:0], l.out.cuts[:0]
		if err := l.out.mail(j.m, true); err != nil { // cannot be one: the server is told that it ends
			j.told(err)
			l.drop()
			return l.p.more()
		}
		l.out.own = append(l.out.own, ".\r\n"...)
		if err := j.m.begin(); err != nil {
			j.told(errors.Join(ErrNotTried, err))
			l.drop() // the server waits for the mail
			return l.p.more()
		}
		next, ok = l.p.more()
		if ok && next.ctx.Err() != nil {
			next.told(errors.Join(ErrNotTried, next.ctx.Err()))
			ok = false
		}
		if ok && l.pipe {
			l.out.own = l.envelope(l.out.own, next.m)
		}
		if err := l.send(); err != nil {
			return l.lost(j, next, ok, err)
		}
		_ = l.conn.SetReadDeadline(clock.System().Add(l.p.sender.o.Answer))
		_, _, err := l.c.Text.ReadResponse(250)
		if _, answered := errors.AsType[*textproto.Error](err); err != nil && !answered {
			return l.lost(j, next, ok, err)
		}
		l.p.answered(true)
		if err != nil {
			err = failure(err)
		}
		j.told(err)
		if !ok || !l.pipe {
			return next, ok
		}
		if err := l.envelopeTaken(); err != nil {
			if _, answered := errors.AsType[*textproto.Error](err); answered && !closing(err) {
				next.told(failure(err))
				return l.reset()
			}
			l.drop()
			return next, true // nothing of it was sent: another line may
		}
		j = next
	}
}

// begin says that the mail is about to leave.
func (m *Message) begin() error {
	if m.Begin == nil {
		return nil
	}
	return m.Begin()
}

// lost gives a mail up that was sent without an answer. The one behind it was
// not begun.
func (l *line) lost(j, next job, ok bool, err error) (job, bool) {
	l.drop()
	l.p.answered(false)
	j.told(failure(errors.Join(ErrLost, err)))
	return next, ok
}

// envelope appends the commands that come before a mail.
func (l *line) envelope(b []byte, m *Message) []byte {
	back := m.From.Address
	if m.Return != "" {
		back = m.Return
	}
	b = append(append(append(b, "MAIL FROM:<"...), oneAddress(back)...), ">\r\nRCPT TO:<"...)
	b = append(append(b, oneAddress(m.To.Address)...), ">\r\n"...)
	if l.pipe {
		b = append(b, "DATA\r\n"...)
	}
	return b
}

// oneAddress keeps anything but an address out of a command: what is none is
// refused by the server.
func oneAddress(a string) string {
	for i := range len(a) {
		if c := a[i]; c <= ' ' || c == '<' || c == '>' || c == 0x7f {
			return "invalid"
		}
	}
	return a
}

// envelopeTaken reads the answers to an envelope. After a refusal the server
// waits for a command again.
func (l *line) envelopeTaken() error {
	_ = l.conn.SetDeadline(clock.System().Add(l.p.sender.o.Timeout))
	_, _, first := l.c.Text.ReadResponse(250)
	if first != nil {
		if _, answered := errors.AsType[*textproto.Error](first); !answered {
			return first
		}
	}
	_, _, err := l.c.Text.ReadResponse(25) // 250, 251
	if first == nil {
		first = err
	}
	if !l.pipe {
		if first != nil {
			return first
		}
		if err := l.write([]byte("DATA\r\n")); err != nil {
			return err
		}
		_, _, err := l.c.Text.ReadResponse(354)
		return err
	}
	_, _, err = l.c.Text.ReadResponse(354)
	if err == nil && first != nil { // it would take a mail for nobody: it gets an empty one
		if err := l.write([]byte(".\r\n")); err != nil {
			return err
		}
		_, _, _ = l.c.Text.ReadResponse(0) // whatever it says of that
	}
	if first == nil {
		first = err
	}
	return first
}

// write sends bytes that the line's own buffer does not hold up.
func (l *line) write(b []byte) error {
	if err := l.conn.SetDeadline(clock.System().Add(l.p.sender.o.Timeout)); err != nil {
		return err
	}
	if _, err := l.c.Text.W.Write(b); err != nil {
		return err
	}
	return l.c.Text.W.Flush()
}

// send sends what is in out, a piece at a time: a file may take longer than one
// step may.
func (l *line) send() error {
	if len(l.out.cuts) == 0 {
		return l.write(l.out.own)
	}
	pace := &paced{conn: l.conn, each: l.p.sender.o.Timeout, until: clock.System().Add(wholeFor)}
	if err := l.out.each(func(piece []byte) error { return pace.write(l.c.Text.W, piece) }); err != nil {
		return err
	}
	return l.c.Text.W.Flush()
}

// closing tells whether the server ends the line with its answer.
func closing(err error) bool {
	e, ok := errors.AsType[*textproto.Error](err)
	return ok && e.Code == 421
}

// downed is a failure of the line before anything was sent.
func downed(err error) error {
	return errs.Unavailable(i18n.T("连不上邮件服务器", "The mail server cannot be reached"), errors.Join(ErrDown, err))
}
