package drill

import (
	"log/slog"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// Service is the module.
type Service struct {
	db    *db.DB
	now   clock.Clock
	log   *slog.Logger
	ports Ports
}

// New returns the module.
func New(d *db.DB, now clock.Clock, log *slog.Logger, ports Ports) *Service {
	return &Service{db: d, now: now, log: log, ports: ports}
}
