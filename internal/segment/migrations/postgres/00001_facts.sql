-- +goose Up
-- One row an org. n numbers the changes of the facts (segment_feed): whoever
-- changes them takes the next number first, so that they change one after the
-- other. revision grows with every change of what is defined. While the
-- facts are built anew, rebuild_ is where in the log that ends; otherwise 0.
CREATE TABLE segment_state (
    org_id   TEXT   NOT NULL,
    n        BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    rebuild_xid BIGINT NOT NULL DEFAULT 0,
    rebuild_seq BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id)
);

-- What segments can ask of a person: one row for everybody in the pool, none
-- for who was merged into another. Empty texts and times and scores of 0 are
-- unset.
CREATE TABLE segment_person (
    org_id         TEXT   NOT NULL,
    seq            BIGINT NOT NULL,
    person_id      TEXT   NOT NULL,
    stage          TEXT   NOT NULL,
    region         TEXT   NOT NULL,
    gender         TEXT   NOT NULL,
    birthday       BIGINT NOT NULL, -- days since 1970-01-01; means nothing while birthday_md is 0
    birthday_md    BIGINT NOT NULL, -- month * 100 + day; 0: not known
    owner          TEXT   NOT NULL,
    name           TEXT   NOT NULL,
    channel        TEXT   NOT NULL,
    source         TEXT   NOT NULL,
    orders         BIGINT NOT NULL,
    refunds        BIGINT NOT NULL,
    gmv_minor      BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    first_order_at BIGINT NOT NULL,
    last_order_at  BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    rfm_recency    BIGINT NOT NULL,
    rfm_frequency  BIGINT NOT NULL,
    rfm_monetary   BIGINT NOT NULL,
    PRIMARY KEY (org_id, seq)
);

-- Traits that have a value of their declared type. A list has a row for each
-- element, every other trait one row.
CREATE TABLE segment_trait (
    org_id    TEXT   NOT NULL,
    seq       BIGINT NOT NULL,
    trait_key TEXT   NOT NULL,
    txt       TEXT   NOT NULL, -- of a text or list; otherwise ''
    num       BIGINT NOT NULL, -- of a number: ten-thousandths; of a date: days since 1970-01-01; of a boolean: 0 or 1; otherwise 0
    PRIMARY KEY (org_id, seq, trait_key, txt)
);

-- What is either there or not: what is tag, identity, carrier, list, granted
-- or withdrawn; id is the tag's or list's id, the identity's kind, the
-- carrier's name, the consent's purpose.
CREATE TABLE segment_mark (
    org_id TEXT   NOT NULL,
    seq    BIGINT NOT NULL,
    what   TEXT   NOT NULL,
    id     TEXT   NOT NULL,
    PRIMARY KEY (org_id, seq, what, id)
);

-- Events that segments can ask for. seq is who speaks for the person now,
-- own_seq the very person: a merge changes seq, and a split changes it back.
CREATE TABLE segment_event (
    org_id  TEXT   NOT NULL,
    seq     BIGINT NOT NULL,
    kind    TEXT   NOT NULL,
    at      BIGINT NOT NULL, -- when it occurred, UTC microseconds
    log_seq BIGINT NOT NULL, -- its number in the log
    own_seq BIGINT NOT NULL,
    data    TEXT   NOT NULL, -- JSON object
    PRIMARY KEY (org_id, seq, kind, at, log_seq)
);

-- Kinds of events that have occurred, with the properties seen in them.
CREATE TABLE segment_kind (
    org_id     TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    properties TEXT   NOT NULL, -- JSON object: name to type
    first_at   BIGINT NOT NULL,
    PRIMARY KEY (org_id, kind)
);

-- What changed, for the index of every node to follow. Old rows are deleted:
-- an index that has not read them is built anew from the facts.
CREATE TABLE segment_feed (
    org_id  TEXT   NOT NULL,
    n       BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    changes TEXT   NOT NULL, -- JSON
    PRIMARY KEY (org_id, n)
);

-- The subselects are evaluated once a query, not once a row.
ALTER TABLE segment_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_state FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_state USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE segment_person ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_person FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_person USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE segment_trait ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_trait FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_trait USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE segment_mark ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_mark FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_mark USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE segment_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_event FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_event USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE segment_kind ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_kind FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_kind USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE segment_feed ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_feed FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_feed USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE segment_feed;
DROP TABLE segment_kind;
DROP TABLE segment_event;
DROP TABLE segment_mark;
DROP TABLE segment_trait;
DROP TABLE segment_person;
DROP TABLE segment_state;
