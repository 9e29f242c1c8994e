// Command fishpond runs Fishpond: the server with its console, imports, the
// demo brand, backups.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	// The first signal asks for an orderly stop; a second one ends at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main with everything passed in, so that a test can call it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := &cli{}
	exited := -1
	k, err := kong.New(c, kong.Name("fishpond"), kong.Description("Keep your own customers."), kong.UsageOnError(),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exited = code }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(stderr, "fishpond:", err)
		return 1
	}
	parsed, err := k.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		fmt.Fprintln(stderr, "fishpond:", err)
		return 2
	}
	out := &output{stdout: stdout, stderr: stderr}
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(&c.Config, out, k.Model); err != nil {
		fmt.Fprintln(stderr, "fishpond:", explain(err))
		return exitCode(err)
	}
	return 0
}
