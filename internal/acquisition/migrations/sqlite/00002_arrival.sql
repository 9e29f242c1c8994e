-- +goose Up
CREATE TABLE acquisition_path (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL, -- as in the event: the original id; of nobody's orders ~ and the order
    chunk     INTEGER NOT NULL, -- from 0; the next begins when one is full
    facts     TEXT NOT NULL, -- packed, see path.go
    PRIMARY KEY (org_id, person_id, chunk)
) WITHOUT ROWID;
CREATE TABLE acquisition_arrival (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL,
    at        INTEGER NOT NULL,
    seq       INTEGER NOT NULL, -- the event's place in the log
    source    INTEGER NOT NULL,
    PRIMARY KEY (org_id, person_id, at, seq)
) WITHOUT ROWID;
CREATE INDEX acquisition_arrival_at ON acquisition_arrival (org_id, at, seq);
CREATE INDEX acquisition_arrival_source ON acquisition_arrival (org_id, source, at);
CREATE TABLE acquisition_source (
    org_id      TEXT NOT NULL,
    no          INTEGER NOT NULL, -- in the order of the log
    key         TEXT NOT NULL, -- all of the following
    way         TEXT NOT NULL,
    channel_id  TEXT NOT NULL,
    entrance_id TEXT NOT NULL,
    code_id     TEXT NOT NULL,
    link_id     TEXT NOT NULL,
    batch_id    TEXT NOT NULL,
    form_id     TEXT NOT NULL,
    staff_id    TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    PRIMARY KEY (org_id, no)
) WITHOUT ROWID;
CREATE UNIQUE INDEX acquisition_source_key ON acquisition_source (org_id, key);
CREATE TABLE acquisition_alias (
    org_id       TEXT NOT NULL,
    person_id    TEXT NOT NULL, -- merged into
    canonical_id TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id)
) WITHOUT ROWID;
CREATE INDEX acquisition_alias_canonical ON acquisition_alias (org_id, canonical_id);
CREATE TABLE acquisition_state (
    org_id   TEXT NOT NULL,
    revision INTEGER NOT NULL, -- counts what the projection took
    facts    INTEGER NOT NULL,
    PRIMARY KEY (org_id)
) WITHOUT ROWID;
-- +goose Down
DROP TABLE acquisition_state;
DROP TABLE acquisition_alias;
DROP TABLE acquisition_source;
DROP TABLE acquisition_arrival;
DROP TABLE acquisition_path;
