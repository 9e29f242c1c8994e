-- +goose Up
CREATE TABLE insight_drill_monthly ( -- when drills are run by themselves; without a row as by default
    org_id     TEXT NOT NULL,
    enabled    BIGINT NOT NULL,
    day        BIGINT NOT NULL, -- of the month, 1 to 28
    purpose    TEXT NOT NULL, -- of the messages that people would be reached with
    month      TEXT NOT NULL, -- the latest that needs no run any more: 2026-11
    run_id     TEXT NOT NULL, -- the latest run; empty: none yet
    updated_at BIGINT NOT NULL, -- 0: as by default
    updated_by TEXT NOT NULL,
    PRIMARY KEY (org_id)
);
ALTER TABLE insight_drill_monthly ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_drill_monthly FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_drill_monthly USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE insight_drill_monthly;
