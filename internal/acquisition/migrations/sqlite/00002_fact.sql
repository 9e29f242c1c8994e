-- +goose Up
CREATE TABLE acquisition_fact (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL, -- as in the event: the original id
    at        INTEGER NOT NULL,
    seq       INTEGER NOT NULL, -- the event's place in the log
    kind      INTEGER NOT NULL, -- 0 arrival, 1 order, 2 refund, 3 became a friend otherwise, 4 ceased to be one
    ref       INTEGER NOT NULL, -- arrival: its source; order and refund: the order, hashed, 0 when not named
    amount    INTEGER NOT NULL, -- order and refund: minor units; the others: the friendship, hashed, 0 without
    currency  TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id, at, seq, kind)
) WITHOUT ROWID;
CREATE INDEX acquisition_fact_arrival ON acquisition_fact (org_id, at, seq) WHERE kind = 0;
CREATE INDEX acquisition_fact_source ON acquisition_fact (org_id, ref, at) WHERE kind = 0;
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
DROP TABLE acquisition_fact;
