-- +goose Up
-- Runs of the pool-loss drill. Times are UTC microseconds; 0 is none.
CREATE TABLE insight_drill_run (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    purpose     TEXT NOT NULL, -- of the messages that people would be reached with
    month       TEXT NOT NULL, -- in which it was made, in the org's zone: 2026-11
    status      TEXT NOT NULL, -- queued, running, done, failed
    step        BIGINT NOT NULL, -- that it is at
    kept        BIGINT NOT NULL, -- 1: not thrown away when newer ones come
    made_at     BIGINT NOT NULL,
    made_by     TEXT NOT NULL,
    started_at  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    error       TEXT NOT NULL,
    totals      TEXT NOT NULL, -- JSON; empty until it is done
    figures     TEXT NOT NULL, -- JSON: all that it found
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX insight_drill_run_open ON insight_drill_run (org_id) WHERE status IN ('queued', 'running'); -- one at a time
CREATE TABLE insight_drill_bits ( -- who was reached over what: the people behind a run's figures
    org_id     TEXT NOT NULL,
    run_id     TEXT NOT NULL,
    what       TEXT NOT NULL, -- all, valued, direct, waits, bar/reason, step
    account_id TEXT NOT NULL,
    seat       TEXT NOT NULL, -- the member; of a step its number
    who        BYTEA NOT NULL, -- roaring bitmap of seqs
    PRIMARY KEY (org_id, run_id, what, account_id, seat)
);
CREATE TABLE insight_drill_step ( -- what became of a run's plan
    org_id      TEXT NOT NULL,
    run_id      TEXT NOT NULL,
    n           BIGINT NOT NULL,
    segment_id  TEXT NOT NULL, -- empty: not made yet
    campaign_id TEXT NOT NULL,
    made_at     BIGINT NOT NULL,
    made_by     TEXT NOT NULL,
    PRIMARY KEY (org_id, run_id, n)
);
ALTER TABLE insight_drill_run ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_drill_run FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_drill_run USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_drill_bits ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_drill_bits FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_drill_bits USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_drill_step ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_drill_step FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_drill_step USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE insight_drill_step;
DROP TABLE insight_drill_bits;
DROP TABLE insight_drill_run;
