package email

import (
	"io"
	"net"
	"os"
	"time"

	"fishpond/internal/platform/clock"
)

const (
	wholeFor  = 5 * time.Minute // for a whole mail, however large
	pieceSize = 64 << 10
)

// paced writes to a connection what may take long: each piece has its own time,
// and all of it an end.
type paced struct {
	conn  net.Conn
	each  time.Duration
	until time.Time
}

// next begins another step.
func (p *paced) next() error {
	now := clock.System()
	if now.After(p.until) {
		return os.ErrDeadlineExceeded
	}
	end := now.Add(p.each)
	if end.After(p.until) {
		end = p.until
	}
	return p.conn.SetDeadline(end)
}

// write writes to w, which leads to the connection.
func (p *paced) write(w io.Writer, b []byte) error {
	for len(b) > 0 {
		if err := p.next(); err != nil {
			return err
		}
		n := min(len(b), pieceSize)
		if _, err := w.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}
