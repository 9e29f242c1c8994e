-- +goose Up
-- Calls of other systems, made outside of the transaction that asks for them.
CREATE TABLE journey_call (
    org_id     TEXT NOT NULL,
    run_id     TEXT NOT NULL,
    visit      INTEGER NOT NULL,
    journey_id TEXT NOT NULL,
    step       TEXT NOT NULL,
    person_id  TEXT NOT NULL,
    host       TEXT NOT NULL, -- scheme, name and port
    url        TEXT NOT NULL,
    secret     TEXT NOT NULL, -- sealed; empty: calls are not signed
    body       TEXT NOT NULL, -- JSON; empty once it is settled
    status     TEXT NOT NULL, -- waiting, done, failed, cancelled
    attempts   INTEGER NOT NULL,
    due_at     INTEGER NOT NULL, -- when it may be taken; of one that is being made: when its maker is given up
    claim      TEXT NOT NULL, -- of whoever makes it now
    off        INTEGER NOT NULL, -- 1: called off while it was being made; not tried again
    answered   INTEGER NOT NULL, -- the status of the last answer; 0: none
    why        TEXT NOT NULL, -- what went wrong last
    answer     TEXT NOT NULL, -- failed: how the answer began
    created_at INTEGER NOT NULL,
    settled_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, run_id, visit)
) WITHOUT ROWID;
CREATE INDEX journey_call_due ON journey_call (org_id, host, due_at) WHERE status = 'waiting';
CREATE INDEX journey_call_person ON journey_call (org_id, person_id);
CREATE INDEX journey_call_settled ON journey_call (org_id, settled_at) WHERE status <> 'waiting';
-- How it stands with those who are called.
CREATE TABLE journey_host (
    org_id     TEXT NOT NULL,
    host       TEXT NOT NULL,
    fails      INTEGER NOT NULL, -- in a row
    open_until INTEGER NOT NULL, -- it is left alone until then
    PRIMARY KEY (org_id, host)
) WITHOUT ROWID;
-- +goose Down
DROP TABLE journey_host;
DROP TABLE journey_call;
