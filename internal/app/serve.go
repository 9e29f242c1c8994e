package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// stopGrace is how long requests may go on after the signal to stop.
const stopGrace = 10 * time.Second

// Listening is what the server says once it takes requests.
type Listening struct {
	URL      string // where people open the console
	SetupURL string // one-time link that makes the first owner; empty when there is one
}

// Serve listens and works until ctx ends, then stops in order: no new
// requests, jobs finish, subscribers commit their batch. ready is called once
// requests are taken.
func (a *App) Serve(ctx context.Context, ready func(Listening) error) error {
	ln, err := net.Listen("tcp", a.serve.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", a.serve.Listen, err)
	}
	url := a.serve.BaseURL
	if url == "" {
		url = "http://" + ln.Addr().String()
	}
	a.setBaseURL(url)
	server := &http.Server{Handler: a.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	server.RegisterOnShutdown(a.Acquisition.StopStreams) // they would keep it from stopping
	server.RegisterOnShutdown(a.Inbox.StopStreams)
	server.RegisterOnShutdown(a.Content.StopStreams)

	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	if err := a.Jobs.Start(work); err != nil {
		_ = ln.Close()
		return fmt.Errorf("start jobs: %w", err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { a.Runner.Run(work) })
	wg.Go(func() { a.Live.Run(work) })
	wg.Go(func() { a.Carrier.Run(work) })
	wg.Go(func() { a.Followup.Run(work) })
	wg.Go(func() { a.Inbox.Run(work) })
	wg.Go(func() { a.Care.Run(work) })
	wg.Go(func() { a.Reach.Run(work) })
	wg.Go(func() { a.Journeys.Run(work) })
	wg.Go(func() { a.calls.Run(work) })
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()

	listening := Listening{URL: url}
	setup, needed, err := a.Org.SetupLink(ctx)
	if needed {
		listening.SetupURL = setup
	}
	if err == nil && ready != nil {
		err = ready(listening)
	}
	if err == nil {
		a.Log.InfoContext(ctx, "serving", "url", url, "engine", a.DB.Engine(), "version", a.build.Version)
		select {
		case <-ctx.Done():
		case err = <-served:
		}
	}

	a.stopping.Store(true)
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	errStop := server.Shutdown(stop)
	if errStop != nil {
		errStop = errors.Join(errStop, server.Close())
	}
	errJobs := a.Jobs.Stop(stop)
	stopWork()
	wg.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, errStop, errJobs)
}

// setBaseURL tells those who make links where the server is reached.
func (a *App) setBaseURL(url string) {
	a.Org.SetBaseURL(url)
	a.Carrier.SetPublicURL(url)
	a.Acquisition.SetBaseURL(url)
	a.Surveys.SetBaseURL(url)
	a.Content.SetBaseURL(url)
	a.Care.SetBaseURL(url)
	a.Campaigns.SetBaseURL(url)
	a.Reports.SetBaseURL(url)
}
