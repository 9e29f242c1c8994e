-- +goose Up
-- One row an org. Whoever changes recorded memberships takes the next turn by
-- compare-and-set: one after the other, however many nodes there are. n,
-- revision and at say how new the facts, the definitions and the time are that
-- memberships were last settled by, so that nobody who knows less undoes it.
CREATE TABLE segment_live (
    org_id        TEXT    NOT NULL,
    turn          INTEGER NOT NULL,
    n             INTEGER NOT NULL, -- of segment_feed
    revision      INTEGER NOT NULL, -- of segment_state
    at            INTEGER NOT NULL, -- UTC microseconds
    reconciled_at INTEGER NOT NULL, -- UTC microseconds; 0: never
    PRIMARY KEY (org_id)
) WITHOUT ROWID;

-- Who is known to be a member: whoever entered and has not left. A chunk holds
-- the members whose seq, without its last 16 bits, is its number.
CREATE TABLE segment_member (
    org_id     TEXT    NOT NULL,
    segment_id TEXT    NOT NULL,
    chunk      INTEGER NOT NULL,
    members    BLOB    NOT NULL, -- roaring bitmap of whole seqs
    turn       INTEGER NOT NULL, -- in which it last changed
    PRIMARY KEY (org_id, segment_id, chunk)
);
-- What others have changed since a turn.
CREATE INDEX segment_member_turn ON segment_member (org_id, turn);

-- The version of each segment that its recorded members have come to.
CREATE TABLE segment_settled (
    org_id     TEXT    NOT NULL,
    segment_id TEXT    NOT NULL,
    version    INTEGER NOT NULL, -- 0: none yet
    size       INTEGER NOT NULL, -- recorded members
    PRIMARY KEY (org_id, segment_id)
) WITHOUT ROWID;

-- How many members a segment had at the end of a day in the org's time zone,
-- or has now, and how many came and went on it. Days without change have no
-- row.
CREATE TABLE segment_day (
    org_id     TEXT    NOT NULL,
    segment_id TEXT    NOT NULL,
    day        INTEGER NOT NULL, -- days since 1970-01-01
    size       INTEGER NOT NULL,
    entered    INTEGER NOT NULL,
    gone       INTEGER NOT NULL,
    PRIMARY KEY (org_id, segment_id, day)
) WITHOUT ROWID;

-- Where a reconciliation found something else than the facts say. examples are
-- two lists (JSON).
CREATE TABLE segment_drift (
    org_id       TEXT    NOT NULL,
    at           INTEGER NOT NULL, -- UTC microseconds
    segment_id   TEXT    NOT NULL,
    index_wrong  INTEGER NOT NULL, -- persons of whom the index was wrong
    record_wrong INTEGER NOT NULL, -- persons whose recorded membership was wrong
    examples     TEXT    NOT NULL, -- of both, ids
    PRIMARY KEY (org_id, at, segment_id)
) WITHOUT ROWID;
-- +goose Down
DROP TABLE segment_drift;
DROP TABLE segment_day;
DROP TABLE segment_settled;
DROP TABLE segment_member;
DROP TABLE segment_live;
