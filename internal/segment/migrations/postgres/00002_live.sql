-- +goose Up
-- One row an org. Whoever changes recorded memberships takes the next turn by
-- compare-and-set: one after the other, however many nodes there are. n,
-- revision and at say how new the facts, the definitions and the time are that
-- memberships were last settled by, so that nobody who knows less undoes it.
CREATE TABLE segment_live (
    org_id        TEXT   NOT NULL,
    turn          BIGINT NOT NULL,
    n             BIGINT NOT NULL, -- of segment_feed
    revision      BIGINT NOT NULL, -- of segment_state
    at            BIGINT NOT NULL, -- UTC microseconds
    reconciled_at BIGINT NOT NULL, -- UTC microseconds; 0: never
    PRIMARY KEY (org_id)
);

-- Who is known to be a member: whoever entered and has not left. A chunk holds
-- the members whose seq, without its last 16 bits, is its number.
CREATE TABLE segment_member (
    org_id     TEXT   NOT NULL,
    segment_id TEXT   NOT NULL,
    chunk      BIGINT NOT NULL,
    members    BYTEA  NOT NULL, -- roaring bitmap of whole seqs
    turn       BIGINT NOT NULL, -- in which it last changed
    PRIMARY KEY (org_id, segment_id, chunk)
);
-- What others have changed since a turn.
CREATE INDEX segment_member_turn ON segment_member (org_id, turn);

-- The version of each segment that its recorded members have come to.
CREATE TABLE segment_settled (
    org_id     TEXT   NOT NULL,
    segment_id TEXT   NOT NULL,
    version    BIGINT NOT NULL, -- 0: none yet
    size       BIGINT NOT NULL, -- recorded members
    PRIMARY KEY (org_id, segment_id)
);

-- How many members a segment had at the end of a day in the org's time zone,
-- or has now, and how many came and went on it. Days without change have no
-- row.
CREATE TABLE segment_day (
    org_id     TEXT   NOT NULL,
    segment_id TEXT   NOT NULL,
    day        BIGINT NOT NULL, -- days since 1970-01-01
    size       BIGINT NOT NULL,
    entered    BIGINT NOT NULL,
    gone       BIGINT NOT NULL,
    PRIMARY KEY (org_id, segment_id, day)
);

-- Where a reconciliation found something else than the facts say. examples are
-- two lists (JSON).
CREATE TABLE segment_drift (
    org_id       TEXT   NOT NULL,
    at           BIGINT NOT NULL, -- UTC microseconds
    segment_id   TEXT   NOT NULL,
    index_wrong  BIGINT NOT NULL, -- persons of whom the index was wrong
    record_wrong BIGINT NOT NULL, -- persons whose recorded membership was wrong
    examples     TEXT   NOT NULL, -- of both, ids
    PRIMARY KEY (org_id, at, segment_id)
);

-- The subselects are evaluated once a query, not once a row.
ALTER TABLE segment_live ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_live FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_live USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE segment_member ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_member FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_member USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE segment_settled ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_settled FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_settled USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE segment_day ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_day FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_day USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE segment_drift ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_drift FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_drift USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE segment_drift;
DROP TABLE segment_day;
DROP TABLE segment_settled;
DROP TABLE segment_member;
DROP TABLE segment_live;
