package main

import (
	"context"

	"fishpond/bench/segment"
)

type benchCmd struct {
	Segment benchSegmentCmd `cmd:"" help:"Measure how fast segments are found, by the index and by SQL over the same made-up people."`
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
