package jobs

import (
	"context"
	"database/sql"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivershared/baseservice"
	"github.com/riverqueue/river/rivershared/riverpilot"
	"github.com/riverqueue/river/rivertype"

	"fishpond/internal/platform/db"
)

// River asks the database for new jobs at intervals, because neither driver listens
// for notifications. It can also be told at once, but only of jobs that it inserted
// in a transaction of its own; ours are inserted in the caller's, whose end River
// does not see and db.Tx.OnCommit does. The way in is the hook below, which River
// keeps for its extensions and does not promise to keep. The family is pinned to
// one version; should the hook go away, jobs start at the next interval instead and
// the tests say so.

// wakingDriver is River's driver with an alarm clock.
type wakingDriver struct {
	riverdriver.Driver[*sql.Tx]
	alarm *alarm
}

// PluginInit is called by river.NewClient.
func (wakingDriver) PluginInit(*baseservice.Archetype) {}

// PluginPilot is called by river.NewClient.
func (d wakingDriver) PluginPilot() riverpilot.Pilot { return d.alarm }

// alarm catches the function that makes River look for jobs.
type alarm struct {
	riverpilot.StandardPilot
	ring func(context.Context, []*rivertype.JobInsertResult)
}

// PilotInit is called by river.NewClient.
func (a *alarm) PilotInit(_ *baseservice.Archetype, params *riverpilot.PilotInitParams) {
	a.ring = params.NotifyNonTxJobInsert
}

// wakeAfter makes this process look at the job's queue as soon as tx has committed.
func (s *Service) wakeAfter(tx *db.Tx, row *rivertype.JobRow) {
	tx.OnCommit(func() {
		if s.running.Load() && s.alarm.ring != nil {
			s.alarm.ring(context.Background(), []*rivertype.JobInsertResult{{Job: row}})
		}
	})
}
