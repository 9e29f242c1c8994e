package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"

	"fishpond/internal/app"
	"fishpond/internal/demo"
	"fishpond/internal/importer"
	"fishpond/internal/platform/obs"
)

type cli struct {
	app.Config `embed:""`

	Serve  serveCmd  `cmd:"" help:"Run the server with its console."`
	Demo   demoCmd   `cmd:"" help:"Make a synthetic brand and serve it."`
	Import importCmd `cmd:"" help:"Bring in orders or persons from a file."`

	Simulator simulatorCmd `cmd:"" help:"Run a WeCom and official account platform in miniature, to practise on."`

	Backup   backupCmd   `cmd:"" help:"Copy the embedded database to a file, while the server runs."`
	Restore  restoreCmd  `cmd:"" help:"Put a backup in the place of the embedded database; stop the server first."`
	Timeline timelineCmd `cmd:"" help:"Work on the timeline."`
	Org      orgCmd      `cmd:"" help:"Work on the brands of this installation."`
	Insight  insightCmd  `cmd:"" help:"Measure what was done."`
	Bench    benchCmd    `cmd:"" help:"Measure this machine."`

	Openapi   openapiCmd   `cmd:"" name:"openapi" help:"Print the OpenAPI document of the API."`
	Reference referenceCmd `cmd:"" help:"Print the reference of commands and configuration as Markdown."`
	Figures   figuresCmd   `cmd:"" help:"Print what every figure means as Markdown."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

// output is where a command writes: results to stdout, the rest to stderr.
type output struct{ stdout, stderr io.Writer }

func (o *output) json(v any) error {
	enc := json.NewEncoder(o.stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// with opens the house, runs fn and closes it.
func with(ctx context.Context, c *app.Config, s app.ServeConfig, out *output, fn func(*app.App) error) (err error) {
	a, err := app.Open(ctx, *c, s, out.stderr)
	if err != nil {
		return err
	}
	defer func() {
		if e := a.Close(); err == nil {
			err = e
		}
	}()
	return fn(a)
}

type serveCmd struct {
	app.ServeConfig `embed:""`
}

// ready is the line that a supervisor or a test waits for.
type ready struct {
	Ready    bool   `json:"ready"`
	URL      string `json:"url"`
	SetupURL string `json:"setup_url,omitempty"`
	Email    string `json:"email,omitempty"`
	Password string `json:"password,omitempty"`
	// Simulator is the platform that the brand lives on.
	Simulator string `json:"simulator,omitempty"`
}

func (s *serveCmd) Run(ctx context.Context, c *app.Config, out *output) error {
	return with(ctx, c, s.ServeConfig, out, func(a *app.App) error {
		return a.Serve(ctx, func(l app.Listening) error {
			if l.SetupURL != "" {
				fmt.Fprintf(out.stderr, "\nNobody owns this installation yet. Open this link once to set it up (valid for 24 hours):\n  %s\n\n", l.SetupURL)
			}
			return out.json(ready{Ready: true, URL: l.URL, SetupURL: l.SetupURL})
		})
	})
}

type demoCmd struct {
	app.ServeConfig `embed:""`
	Persons         int    `help:"How many people the brand has, 1–1,000,000." default:"20000"`
	Seed            uint64 `help:"Another seed, another brand." default:"1"`
	Until           string `help:"The brand's last day, YYYY-MM-DD. Empty: today." placeholder:"DAY"`
	NoServe         bool   `help:"Make the brand and stop."`
	NoVisitors      bool   `help:"Nobody talks over the chat of the brand's site."`
	NoCampaigns     bool   `help:"No mail account, and nothing that was sent over it."`
	Simulator       string `help:"Also run a platform to practise on at this address, and let the brand live on it. Empty: none." placeholder:"ADDRESS"`
}

func (d *demoCmd) Run(ctx context.Context, c *app.Config, out *output) (err error) {
	until := time.Now()
	if d.Until != "" {
		t, err := time.Parse(time.DateOnly, d.Until)
		if err != nil {
			return fmt.Errorf("--until: %q is not a day like 2026-01-31", d.Until)
		}
		until = t
	}
	ocean, done, err := d.simulator(ctx, c, out)
	if err != nil {
		return err
	}
	if ocean != nil {
		defer func() { err = errors.Join(err, done()) }()
		d.Platforms = append(d.Platforms, ocean.URL())
	}
	return with(ctx, c, d.ServeConfig, out, func(a *app.App) error {
		began := time.Now()
		login, err := a.Demo(ctx, app.DemoOptions{Persons: d.Persons, Seed: d.Seed, Until: until, NoCampaigns: d.NoCampaigns, Progress: func(done, total int) {
			if done%4000 == 0 {
				fmt.Fprintf(out.stderr, "  %d of %d people\n", done, total)
			}
		}})
		if err != nil {
			return err
		}
		fmt.Fprintf(out.stderr, "The synthetic brand is ready after %.1f s.\n", time.Since(began).Seconds())
		if d.NoServe {
			return nil
		}
		return a.Serve(ctx, func(l app.Listening) error {
			said := ready{Ready: true, URL: l.URL, Email: login.Email, Password: login.Password}
			fmt.Fprintf(out.stderr, "\n  Open      %s\n  E-mail    %s\n  Password  %s\n", l.URL, login.Email, login.Password)
			if ocean != nil {
				if err := a.DemoOcean(ctx, ocean); err != nil {
					return fmt.Errorf("the platform to practise on: %w", err)
				}
				said.Simulator = ocean.URL()
				fmt.Fprintf(out.stderr, "  Play the customer on %s\n", ocean.URL())
			}
			if !d.NoVisitors {
				if err := a.DemoInbox(ctx, l.URL); err != nil {
					return fmt.Errorf("the chat on the brand's site: %w", err)
				}
			}
			fmt.Fprint(out.stderr, "\nStop with Ctrl-C.\n\n")
			return out.json(said)
		})
	})
}

// simulator runs the platform that the brand lives on, nil when none is asked
// for. done ends it.
func (d *demoCmd) simulator(ctx context.Context, c *app.Config, out *output) (ocean *demo.Ocean, done func() error, err error) {
	if d.Simulator == "" || d.NoServe {
		return nil, nil, nil
	}
	run := simulatorCmd{Listen: d.Simulator, File: filepath.Join(c.Data, "ocean.json"), RetryAfter: 2 * time.Second}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, nil, err
	}
	server, l, err := run.open(out)
	if err != nil {
		return nil, nil, err
	}
	// It outlives the server, which may still have something to say to it.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, l) }()
	return demo.NewOcean("http://" + l.Addr().String()), func() error {
		cancel()
		return errors.Join(<-served, server.Close())
	}, nil
}

type importCmd struct {
	Orders  importOrdersCmd  `cmd:"" help:"Orders, one line or several lines each, from CSV, gzip of CSV, or XLSX."`
	Persons importPersonsCmd `cmd:"" help:"Persons, one a line, from CSV, gzip of CSV, or XLSX."`
}

type importFlags struct {
	File       string            `arg:"" help:"The file."`
	Org        string            `help:"Name or id of the brand; made when there is none of that name." required:""`
	Columns    map[string]string `help:"Which column holds what: customer=…,order=…,time=…,quantity=…,price=…,amount=…,sku=…,name=…,region=…,phone=…,email=…" mapsep:","`
	TimeLayout string            `help:"How times are written, e.g. 2006-01-02 15:04:05 or %Y-%m-%d %H:%M:%S. Empty: found out from the file." placeholder:"LAYOUT"`
	Timezone   string            `help:"Time zone of the file's times, e.g. Asia/Shanghai. Empty: the preset's, else the brand's." placeholder:"ZONE"`
	Encoding   string            `help:"utf-8, gb18030 or latin-1. Empty: found out from the file." placeholder:"NAME"`
	Source     string            `help:"Names where the data come from; the same order of the same source is one order." placeholder:"NAME"`
	Channel    string            `help:"Channel to which people are credited who become known by the file: its id, or all names from the platform down, e.g. Douyin/June/Live." placeholder:"CHANNEL"`
	Rejected   string            `help:"Where to write lines that were not taken. Empty: FILE.rejected.csv." placeholder:"PATH"`
	JSON       bool              `name:"json" help:"Print the result as JSON."`
}

type importOrdersCmd struct {
	importFlags  `embed:""`
	Preset       string `help:"A known format: online-retail." placeholder:"NAME"`
	Currency     string `help:"Currency of the amounts, ISO 4217. Empty: the preset's, else the brand's." placeholder:"CODE"`
	RefundPrefix string `help:"Order numbers that begin so are refunds." placeholder:"TEXT"`
}

func (i *importOrdersCmd) Run(ctx context.Context, c *app.Config, out *output) error {
	return i.run(ctx, c, out, importer.Options{Kind: importer.Orders, Preset: i.Preset, Currency: i.Currency, RefundPrefix: i.RefundPrefix})
}

type importPersonsCmd struct {
	importFlags `embed:""`
}

func (i *importPersonsCmd) Run(ctx context.Context, c *app.Config, out *output) error {
	return i.run(ctx, c, out, importer.Options{Kind: importer.Persons})
}

func (i *importFlags) run(ctx context.Context, c *app.Config, out *output, o importer.Options) error {
	if _, err := os.Stat(i.File); err != nil {
		return err
	}
	o.Mapping, o.TimeLayout, o.TimeZone, o.Encoding, o.Source, o.RejectedPath = i.Columns, i.TimeLayout, i.Timezone, i.Encoding, i.Source, i.Rejected
	o.Channel, o.Lang = i.Channel, language()
	if o.RejectedPath == "" {
		o.RejectedPath = i.File + ".rejected.csv"
	}
	return with(ctx, c, app.ServeConfig{}, out, func(a *app.App) error {
		result, err := a.ImportFile(ctx, i.Org, i.File, o, func(p importer.Progress) {
			fmt.Fprintf(out.stderr, "\r  %s: %d lines read, %d of %d stored ", p.Phase, p.RowsRead, p.OrdersDone, p.OrdersTotal)
		})
		fmt.Fprintln(out.stderr)
		if err != nil {
			return err
		}
		if result.RowsRejected > 0 {
			fmt.Fprintf(out.stderr, "%d lines were not taken; see %s for the reasons.\n", result.RowsRejected, o.RejectedPath)
		}
		if i.JSON {
			return out.json(result)
		}
		_, err = fmt.Fprintf(out.stdout, "%d lines, %d without customer, %d not taken: %d persons, %d orders (%d minor units), %d refunds (%d) in %.1f s\n", result.Rows, result.RowsWithoutCustomer,
			result.RowsRejected, result.Persons, result.Orders, result.GMVMinor, result.Refunds, result.RefundedMinor, result.Seconds)
		return err
	})
}

type backupCmd struct {
	To string `arg:"" help:"The file to write; it must not exist." type:"path"`
}

func (b *backupCmd) Run(ctx context.Context, c *app.Config, out *output) error {
	bytes, err := app.Backup(ctx, *c, b.To)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out.stdout, "%d bytes in %s. Keep secret.key of the data folder too, apart from it.\n", bytes, b.To)
	return err
}

type restoreCmd struct {
	From  string `arg:"" help:"A file that backup made." type:"existingfile"`
	Force bool   `help:"Replace the database that is there; it is kept beside as fishpond.db.replaced."`
}

func (r *restoreCmd) Run(ctx context.Context, c *app.Config, out *output) error {
	if err := app.Restore(ctx, *c, r.From, r.Force); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out.stdout, "Restored.")
	return err
}

type timelineCmd struct {
	Rebuild rebuildCmd `cmd:"" help:"Empty a projection and build it again from the log."`
}

type rebuildCmd struct {
	Projection string `arg:"" help:"The subscriber's name, or all."`
	Org        string `help:"Name or id of the brand. Empty: every brand." placeholder:"NAME"`
}

func (r *rebuildCmd) Run(ctx context.Context, c *app.Config, out *output) error {
	return with(ctx, c, app.ServeConfig{}, out, func(a *app.App) error {
		return a.Rebuild(ctx, r.Projection, r.Org, func(what string) { fmt.Fprintln(out.stderr, " ", what) })
	})
}

type orgCmd struct {
	List      orgListCmd   `cmd:"" help:"List the brands."`
	OwnerLink ownerLinkCmd `cmd:"" help:"Print a one-time link with which somebody becomes owner of a brand that has none."`
}

type orgListCmd struct{}

func (*orgListCmd) Run(ctx context.Context, c *app.Config, out *output) error {
	return with(ctx, c, app.ServeConfig{}, out, func(a *app.App) error {
		orgs, err := a.Org.Orgs(ctx)
		if err != nil {
			return err
		}
		for _, o := range orgs {
			fmt.Fprintf(out.stdout, "%s\t%s\t%s\t%s\n", o.ID, o.Name, o.TimeZone, o.Currency)
		}
		return nil
	})
}

type ownerLinkCmd struct {
	Org     string `arg:"" help:"Name or id of the brand."`
	BaseURL string `help:"Address under which people reach the server." default:"http://127.0.0.1:8080" env:"FISHPOND_BASE_URL" name:"base-url"`
}

func (o *ownerLinkCmd) Run(ctx context.Context, c *app.Config, out *output) error {
	return with(ctx, c, app.ServeConfig{BaseURL: o.BaseURL}, out, func(a *app.App) error {
		link, err := a.OwnerLink(ctx, o.Org)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(out.stdout, link)
		return err
	})
}

type openapiCmd struct{}

func (*openapiCmd) Run(ctx context.Context, out *output) error {
	doc, err := app.OpenAPI(ctx)
	if err != nil {
		return err
	}
	_, err = out.stdout.Write(doc)
	return err
}

type referenceCmd struct{}

func (*referenceCmd) Run(out *output, model *kong.Application) error {
	writeReference(out.stdout, model)
	return nil
}

type figuresCmd struct{}

func (*figuresCmd) Run(out *output) error {
	_, err := io.WriteString(out.stdout, app.FiguresPage())
	return err
}

type versionCmd struct{}

func (*versionCmd) Run(out *output) error {
	return out.json(obs.ReadBuild())
}
