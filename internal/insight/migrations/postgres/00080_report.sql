-- +goose Up
CREATE TABLE insight_report_schedule (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    pages      TEXT NOT NULL, -- JSON: what is in it, with each page's question
    cadence    TEXT NOT NULL, -- JSON: daily, weekly or monthly, and when
    recipients TEXT NOT NULL, -- JSON: ids of staff
    account_id TEXT NOT NULL, -- whose mail it is sent by; empty: any that works
    status     TEXT NOT NULL, -- active, paused, deleted
    next_at    BIGINT NOT NULL, -- when it is due; 0: never
    version    BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX insight_report_schedule_due ON insight_report_schedule (next_at) WHERE next_at > 0;
CREATE TABLE insight_report_run (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    schedule_id TEXT NOT NULL,
    period      TEXT NOT NULL, -- the day it is of, or the key under which it was asked for
    due_at      BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    asked_by    TEXT NOT NULL, -- empty: it was due
    status      TEXT NOT NULL, -- open, done
    error       TEXT NOT NULL, -- JSON, both languages: why it could not be made
    attempts    BIGINT NOT NULL,
    try_at      BIGINT NOT NULL, -- not before
    table_rows  BIGINT NOT NULL,
    bytes       BIGINT NOT NULL, -- of the document
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX insight_report_run_once ON insight_report_run (org_id, schedule_id, period);
CREATE INDEX insight_report_run_open ON insight_report_run (try_at) WHERE status = 'open';
CREATE TABLE insight_report_mail (
    org_id   TEXT NOT NULL,
    run_id   TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    address  TEXT NOT NULL, -- where it went; empty before it was begun
    status   TEXT NOT NULL, -- waiting, begun, sent, failed, doubtful, left_out
    reason   TEXT NOT NULL, -- JSON, both languages
    attempts BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    told_at  BIGINT NOT NULL, -- when its outcome was known
    PRIMARY KEY (org_id, run_id, staff_id)
);
ALTER TABLE insight_report_schedule ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_report_schedule FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_report_schedule USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_report_run ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_report_run FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_report_run USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_report_mail ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_report_mail FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_report_mail USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE insight_report_mail;
DROP TABLE insight_report_run;
DROP TABLE insight_report_schedule;
