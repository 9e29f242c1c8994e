// Package app puts the house together: the only place that knows every
// module. It reads the configuration, opens the storage, wires modules to
// each other's ports, and starts and stops what runs.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"fishpond/internal/acquisition"
	"fishpond/internal/campaign"
	"fishpond/internal/care"
	"fishpond/internal/carrier"
	"fishpond/internal/content"
	"fishpond/internal/followup"
	"fishpond/internal/importer"
	"fishpond/internal/inbox"
	"fishpond/internal/insight"
	"fishpond/internal/insight/drill"
	"fishpond/internal/insight/economics"
	"fishpond/internal/insight/playbook"
	"fishpond/internal/insight/report"
	"fishpond/internal/insight/scorecard"
	"fishpond/internal/journey"
	"fishpond/internal/journey/hook"
	"fishpond/internal/lifecycle"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/jobs"
	"fishpond/internal/platform/obs"
	"fishpond/internal/pool"
	"fishpond/internal/reach"
	"fishpond/internal/segment"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/live"
	"fishpond/internal/sop"
	"fishpond/internal/survey"
	"fishpond/internal/timeline"
)

// App is the whole house, open for work.
type App struct {
	Log      *slog.Logger
	DB       *db.DB
	Router   *httpx.Router
	Timeline *timeline.Log
	Runner   *timeline.Runner
	Jobs     *jobs.Service

	Org       *org.Service
	Pool      *pool.Service
	Importer  *importer.Service
	Lifecycle *lifecycle.Service
	Insight   *insight.Service
	Drill     *drill.Service
	Economics *economics.Service
	Scorecard *scorecard.Service
	Playbook  *playbook.Service
	Segments  *segment.Service
	Live      *live.Engine

	Carrier     *carrier.Service
	Acquisition *acquisition.Service
	Inbox       *inbox.Service
	Followup    *followup.Service
	Surveys     *survey.Service
	Content     *content.Service
	Care        *care.Service
	Reach       *reach.Service
	Campaigns   *campaign.Service
	SOPs        *sop.Service
	Journeys    *journey.Service
	Reports     *report.Service

	facts    *facts.Projection
	calls    *hook.Caller
	config   Config
	serve    ServeConfig
	now      clock.Clock
	build    obs.Build
	metrics  *obs.Metrics
	tracing  *obs.Tracing
	stopping atomic.Bool
}

// migrations are every module's tables. Jobs bring their own.
var migrations = []db.Migration{timeline.Migration, org.Migration, pool.Migration, lifecycle.Migration, insight.Migration, importer.Migration, segment.Migration, carrier.Migration, acquisition.Migration, inbox.Migration, followup.Migration, survey.Migration, care.Migration, content.Migration, reach.Migration, campaign.Migration, sop.Migration, journey.Migration}

// Migrate brings all tables of the installation up to date.
func Migrate(ctx context.Context, d *db.DB) error {
	return errors.Join(d.Migrate(ctx, migrations...), jobs.Migrate(ctx, d))
}

// permissions are what every module declares.
func permissions() []access.Permission {
	var all []access.Permission
	for _, p := range [][]access.Permission{org.Permissions, pool.Permissions, lifecycle.Permissions, insight.Permissions, economics.Permissions, report.Permissions, importer.Permissions, segment.Permissions, carrier.Permissions, acquisition.Permissions, inbox.Permissions, followup.Permissions, survey.Permissions, care.Permissions, content.Permissions, reach.Permissions, campaign.Permissions, sop.Permissions, journey.Permissions, timeline.Permissions} {
		all = append(all, p...)
	}
	return all
}

// Open opens the storage, brings its tables up to date and wires the modules.
// Nothing runs until Serve. logs is where the log goes.
func Open(ctx context.Context, c Config, s ServeConfig, logs io.Writer) (*App, error) {
	a := &App{config: c, serve: s, now: clock.System, build: obs.ReadBuild()}
	var err error
	if a.Log, err = obs.NewLogger(logs, obs.LogConfig{Level: c.LogLevel, Format: c.LogFormat, RequestID: httpx.RequestID}); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(c.Data, indexFolder), 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if a.DB, err = db.Open(ctx, c.databaseURL()); err != nil {
		return nil, err
	}
	if err := a.wire(ctx); err != nil {
		return nil, errors.Join(err, a.DB.Close())
	}
	return a, nil
}

func (a *App) wire(ctx context.Context) error {
	if err := Migrate(ctx, a.DB); err != nil {
		return err
	}
	var err error
	if a.tracing, err = obs.NewTracing(ctx, obs.TracingConfig{Endpoint: a.config.OTLPEndpoint, Build: a.build}); err != nil {
		return err
	}
	if err := a.modules(); err != nil {
		return err
	}
	a.metrics = obs.NewMetrics(a.build)
	a.metrics.WatchDB("writer", a.DB.Writer())
	a.routes()
	return nil
}

// Close ends what Open began.
func (a *App) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(a.tracing.Shutdown(ctx), a.DB.Close())
}

// OpenAPI is the document of all endpoints. It needs no storage but an empty
// one in memory, because only the shapes of the modules are asked.
func OpenAPI(ctx context.Context) ([]byte, error) {
	dir, err := os.MkdirTemp("", "fishpond-openapi-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	a, err := Open(ctx, Config{Data: dir, LogFormat: "text", LogLevel: slog.LevelError}, ServeConfig{}, io.Discard)
	if err != nil {
		return nil, err
	}
	doc, err := a.Router.OpenAPI()
	return doc, errors.Join(err, a.Close())
}
