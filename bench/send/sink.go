package send

import (
	"context"
	"encoding/json"
	"io"
	"net"

	"fishpond/internal/simulator/mailsink"
)

// Sink takes mail until its input ends, then says how much it was.
func Sink(ctx context.Context, in io.Reader, out io.Writer) error {
	s, err := mailsink.New()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	if err := json.NewEncoder(out).Encode(Hello{Addr: l.Addr().String(), Root: string(s.Root())}); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, in) // its end is the sign
	stop()
	if err := <-served; err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(Hello{Mails: s.Mails(), Bytes: s.Bytes()})
}
