-- +goose Up
CREATE TABLE acquisition_path (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL, -- as in the event: the original id; of nobody's orders ~ and the order
    chunk     BIGINT NOT NULL, -- from 0; the next begins when one is full
    facts     TEXT NOT NULL, -- packed, see path.go
    PRIMARY KEY (org_id, person_id, chunk)
);
CREATE TABLE acquisition_arrival (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL,
    at        BIGINT NOT NULL,
    seq       BIGINT NOT NULL, -- the event's place in the log
    source    BIGINT NOT NULL,
    PRIMARY KEY (org_id, person_id, at, seq)
);
CREATE INDEX acquisition_arrival_at ON acquisition_arrival (org_id, at, seq);
CREATE INDEX acquisition_arrival_source ON acquisition_arrival (org_id, source, at);
CREATE TABLE acquisition_source (
    org_id      TEXT NOT NULL,
    no          BIGINT NOT NULL, -- in the order of the log
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
);
CREATE UNIQUE INDEX acquisition_source_key ON acquisition_source (org_id, key);
CREATE TABLE acquisition_alias (
    org_id       TEXT NOT NULL,
    person_id    TEXT NOT NULL, -- merged into
    canonical_id TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id)
);
CREATE INDEX acquisition_alias_canonical ON acquisition_alias (org_id, canonical_id);
CREATE TABLE acquisition_state (
    org_id   TEXT NOT NULL,
    revision BIGINT NOT NULL, -- counts what the projection took
    facts    BIGINT NOT NULL,
    PRIMARY KEY (org_id)
);
ALTER TABLE acquisition_path ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_path FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_path USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_arrival ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_arrival FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_arrival USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_source ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_source FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_source USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_alias ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_alias FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_alias USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_state FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_state USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE acquisition_state;
DROP TABLE acquisition_alias;
DROP TABLE acquisition_source;
DROP TABLE acquisition_arrival;
DROP TABLE acquisition_path;
