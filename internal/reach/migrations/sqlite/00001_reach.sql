-- +goose Up
-- What a brand has set for its gate; none: the defaults.
CREATE TABLE reach_settings (
    org_id     TEXT NOT NULL,
    settings   TEXT NOT NULL, -- JSON
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    PRIMARY KEY (org_id)
) WITHOUT ROWID;
-- What the gate knows of a person, under the id at which it was told. All ids with one speaker count as one person.
CREATE TABLE reach_person (
    org_id       TEXT NOT NULL,
    person_id    TEXT NOT NULL,
    speaker_id   TEXT NOT NULL, -- who speaks for them now
    dnc          INTEGER NOT NULL DEFAULT 0, -- 1: nothing may be sent
    dnc_at       INTEGER NOT NULL DEFAULT 0,
    dnc_by       TEXT NOT NULL DEFAULT '',
    dnc_reason   TEXT NOT NULL DEFAULT '',
    marketing    INTEGER NOT NULL DEFAULT 0, -- 1 granted, -1 withdrawn, 0 nothing was said
    marketing_at INTEGER NOT NULL DEFAULT 0,
    service      INTEGER NOT NULL DEFAULT 0,
    service_at   INTEGER NOT NULL DEFAULT 0,
    zone         TEXT NOT NULL DEFAULT '', -- IANA; empty: the org's
    purse        INTEGER NOT NULL DEFAULT 0, -- thousandths of a message
    purse_at     INTEGER NOT NULL DEFAULT 0, -- 0: full
    sends        TEXT NOT NULL DEFAULT '', -- of the last 32 days, packed
    PRIMARY KEY (org_id, person_id)
) WITHOUT ROWID;
-- What is to be sent; stored before anything leaves.
CREATE TABLE reach_plan (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    origin      TEXT NOT NULL, -- campaign
    origin_id   TEXT NOT NULL,
    purpose     TEXT NOT NULL, -- marketing, service, transactional
    title       TEXT NOT NULL,
    status      TEXT NOT NULL, -- draft, running, paused, cancelling, done, cancelled
    why         TEXT NOT NULL, -- paused: by whom or what
    start_at    INTEGER NOT NULL,
    end_at      INTEGER NOT NULL, -- 0: as long as it takes
    per_minute  INTEGER NOT NULL, -- 0: as fast as carriers take it
    rate_at     INTEGER NOT NULL, -- when the next may go at that rate
    total       INTEGER NOT NULL, -- messages
    passed      INTEGER NOT NULL, -- the last number that was judged
    wake_at     INTEGER NOT NULL, -- nothing to do before
    created_at  INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
-- How many messages of a plan are in which state, and why.
CREATE TABLE reach_tally (
    org_id  TEXT NOT NULL,
    plan_id TEXT NOT NULL,
    status  TEXT NOT NULL,
    why     TEXT NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (org_id, plan_id, status, why)
) WITHOUT ROWID;
-- One message to one person, in the order of its plan.
CREATE TABLE reach_message (
    org_id      TEXT NOT NULL,
    plan_id     TEXT NOT NULL,
    n           INTEGER NOT NULL, -- from 1
    id          TEXT NOT NULL, -- also the key to the carrier
    person_id   TEXT NOT NULL, -- as planned
    account_id  TEXT NOT NULL, -- over which it goes next, or went
    carrier     TEXT NOT NULL,
    recipient   TEXT NOT NULL,
    others      TEXT NOT NULL, -- JSON: further addresses, in order of preference
    variant     TEXT NOT NULL,
    data        TEXT NOT NULL, -- JSON: what rendering needs
    status      TEXT NOT NULL, -- planned, waiting, held, sending, sent, delivered, read, failed, doubtful, cancelled
    why         TEXT NOT NULL,
    detail_zh   TEXT NOT NULL,
    detail_en   TEXT NOT NULL,
    due_at      INTEGER NOT NULL, -- waiting: until then
    tries       INTEGER NOT NULL,
    batch_id    TEXT NOT NULL, -- sending: who sends it
    reserved_at INTEGER NOT NULL, -- seconds; it counts against the person's limits since then
    changed_at  INTEGER NOT NULL,
    PRIMARY KEY (org_id, plan_id, n)
) WITHOUT ROWID;
-- Messages that one node has taken to send them.
CREATE TABLE reach_batch (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    plan_id    TEXT NOT NULL,
    node       TEXT NOT NULL,
    size       INTEGER NOT NULL,
    taken_at   INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
-- Attempts that did not end with the carrier taking the message.
CREATE TABLE reach_attempt (
    org_id     TEXT NOT NULL,
    plan_id    TEXT NOT NULL,
    n          INTEGER NOT NULL,
    try        INTEGER NOT NULL,
    account_id TEXT NOT NULL,
    outcome    TEXT NOT NULL, -- again, failed, doubtful
    code       TEXT NOT NULL,
    detail_zh  TEXT NOT NULL,
    detail_en  TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (org_id, plan_id, n, try)
) WITHOUT ROWID;
-- How it stands with sending over an account.
CREATE TABLE reach_account (
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    carrier    TEXT NOT NULL,
    paused     INTEGER NOT NULL, -- 1: by somebody
    per_minute INTEGER NOT NULL, -- 0: as the carrier's rate says
    rate_at    INTEGER NOT NULL,
    failures   INTEGER NOT NULL, -- in a row
    open_until INTEGER NOT NULL, -- the breaker is open until then; 0: closed
    opened     INTEGER NOT NULL, -- how often in a row
    reason_zh  TEXT NOT NULL,
    reason_en  TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, account_id)
) WITHOUT ROWID;
CREATE INDEX reach_person_speaker ON reach_person (org_id, speaker_id) WHERE speaker_id <> person_id;
CREATE INDEX reach_person_dnc ON reach_person (org_id, dnc_at, person_id) WHERE dnc = 1;
CREATE INDEX reach_plan_due ON reach_plan (org_id, wake_at) WHERE status IN ('running', 'cancelling');
CREATE INDEX reach_plan_origin ON reach_plan (org_id, origin, origin_id);
CREATE UNIQUE INDEX reach_message_id ON reach_message (id);
CREATE UNIQUE INDEX reach_message_person ON reach_message (org_id, person_id, plan_id);
CREATE INDEX reach_message_waiting ON reach_message (org_id, plan_id, due_at) WHERE status = 'waiting';
CREATE INDEX reach_message_trouble ON reach_message (org_id, status, plan_id, n) WHERE status IN ('held', 'failed', 'doubtful');
-- +goose Down
DROP TABLE reach_account;
DROP TABLE reach_attempt;
DROP TABLE reach_batch;
DROP TABLE reach_message;
DROP TABLE reach_tally;
DROP TABLE reach_plan;
DROP TABLE reach_person;
DROP TABLE reach_settings;
