-- +goose Up
CREATE TABLE acquisition_fact (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL, -- as in the event: the original id
    at        BIGINT NOT NULL,
    seq       BIGINT NOT NULL, -- the event's place in the log
    kind      BIGINT NOT NULL, -- 0 arrival, 1 order, 2 refund, 3 became a friend otherwise, 4 ceased to be one
    ref       BIGINT NOT NULL, -- arrival: its source; order and refund: the order, hashed, 0 when not named
    amount    BIGINT NOT NULL, -- order and refund: minor units; the others: the friendship, hashed, 0 without
    currency  TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id, at, seq, kind)
);
CREATE INDEX acquisition_fact_arrival ON acquisition_fact (org_id, at, seq) WHERE kind = 0;
CREATE INDEX acquisition_fact_source ON acquisition_fact (org_id, ref, at) WHERE kind = 0;
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
ALTER TABLE acquisition_fact ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_fact FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_fact USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
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
DROP TABLE acquisition_fact;
