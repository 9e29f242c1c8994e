package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// writeReference writes the commands, flags and environment variables as
// Markdown.
func writeReference(w io.Writer, model *kong.Application) {
	fmt.Fprint(w, "# Configuration\n\nWritten by `fishpond reference`; do not edit. Every flag with an environment variable can be set either way; the flag wins.\n")
	table := func(title string, flags []*kong.Flag) {
		rows := ""
		for _, f := range flags {
			if f.Name == "help" || f.Hidden {
				continue
			}
			env := ""
			if len(f.Envs) > 0 {
				env = "`" + strings.Join(f.Envs, "`, `") + "`"
			}
			def := ""
			if f.Default != "" {
				def = "`" + f.Default + "`"
			}
			rows += fmt.Sprintf("| `--%s` | %s | %s | %s |\n", f.Name, env, def, strings.ReplaceAll(f.Help, "|", "\\|"))
		}
		if rows != "" {
			fmt.Fprintf(w, "\n%s\n\n| flag | environment | default | meaning |\n|---|---|---|---|\n%s", title, rows)
		}
	}
	table("## For every command", model.Flags)
	for _, leaf := range model.Leaves(true) {
		fmt.Fprintf(w, "\n## `%s`\n\n%s\n", leaf.FullPath(), leaf.Help)
		for _, p := range leaf.Positional {
			fmt.Fprintf(w, "\n- `%s`: %s\n", strings.ToUpper(p.Name), p.Help)
		}
		table("", leaf.Flags)
	}
}
