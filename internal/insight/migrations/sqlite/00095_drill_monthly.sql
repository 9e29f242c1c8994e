-- +goose Up
CREATE TABLE insight_drill_monthly ( -- when drills are run by themselves; without a row as by default
    org_id     TEXT NOT NULL,
    enabled    INTEGER NOT NULL,
    day        INTEGER NOT NULL, -- of the month, 1 to 28
    purpose    TEXT NOT NULL, -- of the messages that people would be reached with
    month      TEXT NOT NULL, -- the latest that needs no run any more: 2026-11
    run_id     TEXT NOT NULL, -- the latest run; empty: none yet
    updated_at INTEGER NOT NULL, -- 0: as by default
    updated_by TEXT NOT NULL,
    PRIMARY KEY (org_id)
);
-- +goose Down
DROP TABLE insight_drill_monthly;
