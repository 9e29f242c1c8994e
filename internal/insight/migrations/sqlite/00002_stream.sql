-- +goose Up
CREATE TABLE insight_stream_part (
    org_id TEXT    NOT NULL,
    block  INTEGER NOT NULL, -- of persons, by seq
    kind   TEXT    NOT NULL, -- of events
    month  INTEGER NOT NULL, -- year * 12 + month - 1, in UTC
    part   INTEGER NOT NULL, -- later ones hold what came later in the log
    events INTEGER NOT NULL,
    times  BLOB    NOT NULL, -- who and when, see package stream
    PRIMARY KEY (org_id, block, kind, month, part)
);
CREATE TABLE insight_stream_column (
    org_id TEXT    NOT NULL,
    block  INTEGER NOT NULL,
    kind   TEXT    NOT NULL,
    month  INTEGER NOT NULL,
    part   INTEGER NOT NULL,
    name   TEXT    NOT NULL, -- of the property
    number INTEGER NOT NULL, -- 1: its numbers, 0: its texts
    data   BLOB    NOT NULL,
    PRIMARY KEY (org_id, block, kind, month, part, name, number)
);
CREATE TABLE insight_stream_tail (
    org_id TEXT    NOT NULL,
    id     INTEGER NOT NULL, -- in the order of the log
    events INTEGER NOT NULL,
    data   BLOB    NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE TABLE insight_stream_name (
    org_id TEXT    NOT NULL,
    kind   TEXT    NOT NULL,
    name   TEXT    NOT NULL, -- of a property that is kept
    number INTEGER NOT NULL,
    PRIMARY KEY (org_id, kind, name, number)
) WITHOUT ROWID;
CREATE TABLE insight_stream_kind (
    org_id TEXT    NOT NULL,
    kind   TEXT    NOT NULL,
    events INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    PRIMARY KEY (org_id, kind)
) WITHOUT ROWID;
CREATE TABLE insight_stream_alias (
    org_id  TEXT    NOT NULL,
    seq     INTEGER NOT NULL, -- of who was merged
    speaker INTEGER NOT NULL, -- seq of who speaks for them
    PRIMARY KEY (org_id, seq)
) WITHOUT ROWID;
CREATE TABLE insight_stream_state (
    org_id     TEXT    NOT NULL,
    counted_to INTEGER NOT NULL, -- when the last event that was taken in was recorded
    PRIMARY KEY (org_id)
) WITHOUT ROWID;
-- +goose Down
DROP TABLE insight_stream_state;
DROP TABLE insight_stream_alias;
DROP TABLE insight_stream_kind;
DROP TABLE insight_stream_name;
DROP TABLE insight_stream_tail;
DROP TABLE insight_stream_column;
DROP TABLE insight_stream_part;
