// Command fishpond runs Fishpond: the server with its console, imports, the
// demo brand, backups.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
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

// explain says what went wrong on the command line, in the language of the
// environment. Unlike the API it shows causes: whoever runs commands is the
// administrator.
func explain(err error) string {
	e, ok := errors.AsType[*errs.Error](err)
	if !ok {
		return err.Error()
	}
	lang := i18n.EN
	if strings.HasPrefix(os.Getenv("LANG"), "zh") {
		lang = i18n.ZH
	}
	s := e.Text.In(lang)
	for _, f := range e.Fields {
		s += "\n  " + f.Path + ": " + f.Text.In(lang)
	}
	if e.Cause != nil {
		s += " (" + e.Cause.Error() + ")"
	}
	return s
}

// exitCode: 2 for what the caller can mend, 130 for an interruption, 1 otherwise.
func exitCode(err error) int {
	switch {
	case errs.Is(err, errs.CodeInvalid), errs.Is(err, errs.CodeNotFound), errs.Is(err, errs.CodeTooLarge):
		return 2
	case errors.Is(err, context.Canceled):
		return 130
	}
	return 1
}
