package main

import (
	"context"
	"os"

	"fishpond/bench/journey"
	"fishpond/bench/segment"
	"fishpond/bench/send"
)

type benchCmd struct {
	Segment benchSegmentCmd `cmd:"" help:"Measure how fast segments are found, by the index and by SQL over the same made-up people."`
	Send    benchSendCmd    `cmd:"" help:"Measure how fast a plan of mails passes the gate and leaves over SMTP, to a server on this machine that takes all mail."`
	Journey benchJourneyCmd `cmd:"" help:"Measure how fast people come into a journey and walk it, what those who wait cost, and how long it takes from an event to the next step."`
	Sink    benchSinkCmd    `cmd:"" hidden:"" help:"The mail server of the measurement."`
}

type benchSegmentCmd struct {
	Persons  int      `help:"How many people to make up." default:"200000"`
	Events   int      `help:"How many events they have, about." default:"1000000"`
	Seed     uint64   `help:"Another seed, other people." default:"1"`
	Engines  []string `help:"What to measure, of ${enum}." default:"bitmap,sqlite,postgres" enum:"bitmap,sqlite,postgres"`
	Postgres string   `help:"An empty PostgreSQL database to use, which is filled. Empty: a server of its own, ended afterwards." placeholder:"URL"`
	Dir      string   `help:"Where to put files for the time being. Empty: the system's folder for that." placeholder:"DIR"`
	JSON     bool     `help:"Print one JSON object a line."`
	Explain  bool     `help:"Also print how the SQL engines went about it, to standard error."`
}

func (b *benchSegmentCmd) Run(ctx context.Context, out *output) error {
	return segment.Run(ctx, segment.Options{Persons: b.Persons, Events: b.Events, Seed: b.Seed, Engines: b.Engines, Postgres: b.Postgres,
		Dir: b.Dir, JSON: b.JSON, Explain: b.Explain}, out.stdout, out.stderr)
}

type benchSendCmd struct {
	Recipients int    `help:"How many mails to send." default:"20000"`
	Engine     string `help:"Where the data live: ${enum}." default:"sqlite" enum:"sqlite,postgres"`
	Postgres   string `help:"An empty PostgreSQL database to use, which is filled, with --engine postgres." placeholder:"URL"`
	Dir        string `help:"Where to put files for the time being. Empty: the system's folder for that." placeholder:"DIR"`
	Profile    string `help:"A file for a profile of the processor time that sending takes (pprof)." placeholder:"FILE"`
	JSON       bool   `help:"Print one JSON object."`
}

func (b *benchSendCmd) Run(ctx context.Context, out *output) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return send.Run(ctx, send.Options{Recipients: b.Recipients, Engine: b.Engine, Postgres: b.Postgres, Dir: b.Dir, Profile: b.Profile, Sink: []string{self, "bench", "sink"}, JSON: b.JSON}, out.stdout, out.stderr)
}

type benchSinkCmd struct{}

func (b *benchSinkCmd) Run(ctx context.Context, out *output) error {
	return send.Sink(ctx, os.Stdin, out.stdout)
}

type benchJourneyCmd struct {
	Persons  int    `help:"How many people walk." default:"100000"`
	Engine   string `help:"Where the data live: ${enum}." default:"sqlite" enum:"sqlite,postgres"`
	Postgres string `help:"An empty PostgreSQL database to use, which is filled, with --engine postgres." placeholder:"URL"`
	Dir      string `help:"Where to put files for the time being. Empty: the system's folder for that." placeholder:"DIR"`
	Rate     int    `help:"Events a second that are waited for." default:"1000"`
	Seconds  int    `help:"For how long they come." default:"10"`
	Profile  string `help:"A file for a profile of the processor time (pprof)." placeholder:"FILE"`
	JSON     bool   `help:"Print one JSON object."`
}

func (b *benchJourneyCmd) Run(ctx context.Context, out *output) error {
	return journey.Run(ctx, journey.Options{Persons: b.Persons, Engine: b.Engine, Postgres: b.Postgres, Dir: b.Dir, Rate: b.Rate, Seconds: b.Seconds, Profile: b.Profile, JSON: b.JSON}, out.stdout, out.stderr)
}
