package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"fishpond/internal/simulator"
)

type simulatorCmd struct {
	Listen     string        `help:"Address to answer on." default:"127.0.0.1:8090" placeholder:"ADDRESS"`
	BaseURL    string        `help:"Address under which browsers reach it, for links and codes. Empty: the one that each request used." name:"base-url" placeholder:"URL"`
	File       string        `help:"Keep everything in this file over a restart. Empty: in memory only." type:"path" placeholder:"PATH"`
	RetryAfter time.Duration `help:"Pause before a callback that was not taken is sent again." default:"2s"`
}

// Run answers as WeCom and the official account platform until it is stopped.
func (s *simulatorCmd) Run(ctx context.Context, out *output) (err error) {
	server, l, err := s.open(out)
	if err != nil {
		return err
	}
	defer func() {
		if e := server.Close(); err == nil {
			err = e
		}
	}()
	address := "http://" + l.Addr().String()
	fmt.Fprintf(out.stderr, "\n  Play on   %s\n  WeCom     %s/cgi-bin/…\n  Control   %s/control/…\n\nFor practice only. Stop with Ctrl-C.\n\n", address, address, address)
	if err := out.json(ready{Ready: true, URL: address}); err != nil {
		return err
	}
	return server.Serve(ctx, l)
}

// open makes the simulator and listens for it.
func (s *simulatorCmd) open(out *output) (*simulator.Server, net.Listener, error) {
	l, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return nil, nil, err
	}
	server, err := simulator.New(simulator.Options{BaseURL: s.BaseURL, File: s.File, RetryAfter: s.RetryAfter, Log: slog.New(slog.NewTextHandler(out.stderr, nil))})
	if err != nil {
		return nil, nil, errors.Join(err, l.Close())
	}
	return server, l, nil
}
