-- +goose Up
CREATE TABLE insight_stream_part (
    org_id TEXT    NOT NULL,
    block  BIGINT NOT NULL, -- of persons, by seq
    kind   TEXT    NOT NULL, -- of events
    month  BIGINT NOT NULL, -- year * 12 + month - 1, in UTC
    part   BIGINT NOT NULL, -- later ones hold what came later in the log
    events BIGINT NOT NULL,
    times  BYTEA    NOT NULL, -- who and when, see package stream
    PRIMARY KEY (org_id, block, kind, month, part)
);
CREATE TABLE insight_stream_column (
    org_id TEXT    NOT NULL,
    block  BIGINT NOT NULL,
    kind   TEXT    NOT NULL,
    month  BIGINT NOT NULL,
    part   BIGINT NOT NULL,
    name   TEXT    NOT NULL, -- of the property
    number BIGINT NOT NULL, -- 1: its numbers, 0: its texts
    data   BYTEA    NOT NULL,
    PRIMARY KEY (org_id, block, kind, month, part, name, number)
);
CREATE TABLE insight_stream_tail (
    org_id TEXT    NOT NULL,
    id     BIGINT NOT NULL, -- in the order of the log
    events BIGINT NOT NULL,
    data   BYTEA    NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE TABLE insight_stream_name (
    org_id TEXT    NOT NULL,
    kind   TEXT    NOT NULL,
    name   TEXT    NOT NULL, -- of a property that is kept
    number BIGINT NOT NULL,
    PRIMARY KEY (org_id, kind, name, number)
);
CREATE TABLE insight_stream_kind (
    org_id TEXT    NOT NULL,
    kind   TEXT    NOT NULL,
    events BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    PRIMARY KEY (org_id, kind)
);
CREATE TABLE insight_stream_alias (
    org_id  TEXT    NOT NULL,
    seq     BIGINT NOT NULL, -- of who was merged
    speaker BIGINT NOT NULL, -- seq of who speaks for them
    PRIMARY KEY (org_id, seq)
);
CREATE TABLE insight_stream_state (
    org_id     TEXT    NOT NULL,
    counted_to BIGINT NOT NULL, -- when the last event that was taken in was recorded
    PRIMARY KEY (org_id)
);
-- Packed already: compressing them again would only take time.
ALTER TABLE insight_stream_part ALTER COLUMN times SET STORAGE EXTERNAL;
ALTER TABLE insight_stream_column ALTER COLUMN data SET STORAGE EXTERNAL;
ALTER TABLE insight_stream_part ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_stream_part FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_stream_part USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_stream_column ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_stream_column FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_stream_column USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_stream_tail ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_stream_tail FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_stream_tail USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_stream_name ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_stream_name FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_stream_name USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_stream_kind ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_stream_kind FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_stream_kind USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_stream_alias ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_stream_alias FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_stream_alias USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_stream_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_stream_state FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_stream_state USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE insight_stream_state;
DROP TABLE insight_stream_alias;
DROP TABLE insight_stream_kind;
DROP TABLE insight_stream_name;
DROP TABLE insight_stream_tail;
DROP TABLE insight_stream_column;
DROP TABLE insight_stream_part;
