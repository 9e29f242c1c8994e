-- +goose Up
-- One row an org. n numbers the changes of the facts (segment_feed): whoever
-- changes them takes the next number first, so that they change one after the
-- other. revision grows with every change of what is defined. While the
-- facts are built anew, rebuild_ is where in the log that ends; otherwise 0.
CREATE TABLE segment_state (
    org_id   TEXT    NOT NULL,
    n        INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    rebuild_xid INTEGER NOT NULL DEFAULT 0,
    rebuild_seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id)
) WITHOUT ROWID;

-- What segments can ask of a person: one row for everybody in the pool, none
-- for who was merged into another. Empty texts and times and scores of 0 are
-- unset.
CREATE TABLE segment_person (
    org_id         TEXT    NOT NULL,
    seq            INTEGER NOT NULL,
    person_id      TEXT    NOT NULL,
    stage          TEXT    NOT NULL,
    region         TEXT    NOT NULL,
    gender         TEXT    NOT NULL,
    birthday       INTEGER NOT NULL, -- days since 1970-01-01; means nothing while birthday_md is 0
    birthday_md    INTEGER NOT NULL, -- month * 100 + day; 0: not known
    owner          TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    channel        TEXT    NOT NULL,
    source         TEXT    NOT NULL,
    orders         INTEGER NOT NULL,
    refunds        INTEGER NOT NULL,
    gmv_minor      INTEGER NOT NULL,
    refunded_minor INTEGER NOT NULL,
    first_order_at INTEGER NOT NULL,
    last_order_at  INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    rfm_recency    INTEGER NOT NULL,
    rfm_frequency  INTEGER NOT NULL,
    rfm_monetary   INTEGER NOT NULL,
    PRIMARY KEY (org_id, seq)
) WITHOUT ROWID;

-- Traits that have a value of their declared type. A list has a row for each
-- element, every other trait one row.
CREATE TABLE segment_trait (
    org_id    TEXT    NOT NULL,
    seq       INTEGER NOT NULL,
    trait_key TEXT    NOT NULL,
    txt       TEXT    NOT NULL, -- of a text or list; otherwise ''
    num       INTEGER NOT NULL, -- of a number: ten-thousandths; of a date: days since 1970-01-01; of a boolean: 0 or 1; otherwise 0
    PRIMARY KEY (org_id, seq, trait_key, txt)
) WITHOUT ROWID;

-- What is either there or not: what is tag, identity, carrier, list, granted
-- or withdrawn; id is the tag's or list's id, the identity's kind, the
-- carrier's name, the consent's purpose.
CREATE TABLE segment_mark (
    org_id TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    what   TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    PRIMARY KEY (org_id, seq, what, id)
) WITHOUT ROWID;

-- Events that segments can ask for. seq is who speaks for the person now,
-- own_seq the very person: a merge changes seq, and a split changes it back.
CREATE TABLE segment_event (
    org_id  TEXT    NOT NULL,
    seq     INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    at      INTEGER NOT NULL, -- when it occurred, UTC microseconds
    log_seq INTEGER NOT NULL, -- its number in the log
    own_seq INTEGER NOT NULL,
    data    TEXT    NOT NULL, -- JSON object
    PRIMARY KEY (org_id, seq, kind, at, log_seq)
) WITHOUT ROWID;

-- Kinds of events that have occurred, with the properties seen in them.
CREATE TABLE segment_kind (
    org_id     TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    properties TEXT    NOT NULL, -- JSON object: name to type
    first_at   INTEGER NOT NULL,
    PRIMARY KEY (org_id, kind)
) WITHOUT ROWID;

-- What changed, for the index of every node to follow. Old rows are deleted:
-- an index that has not read them is built anew from the facts.
CREATE TABLE segment_feed (
    org_id  TEXT    NOT NULL,
    n       INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    changes TEXT    NOT NULL, -- JSON
    PRIMARY KEY (org_id, n)
) WITHOUT ROWID;
-- +goose Down
DROP TABLE segment_feed;
DROP TABLE segment_kind;
DROP TABLE segment_event;
DROP TABLE segment_mark;
DROP TABLE segment_trait;
DROP TABLE segment_person;
DROP TABLE segment_state;
