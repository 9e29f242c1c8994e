-- +goose Up
CREATE TABLE lifecycle_fact (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL, -- as in the event: the original id
    at        BIGINT NOT NULL,
    seq       BIGINT NOT NULL, -- the event's place in the log
    kind      BIGINT NOT NULL, -- 0 known, 1 order, 2 refund
    order_key BIGINT NOT NULL, -- 64-bit hash of the order id; 0 without one
    amount    BIGINT NOT NULL, -- minor units
    currency  TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id, at, seq)
);
CREATE TABLE lifecycle_alias (
    org_id       TEXT NOT NULL,
    person_id    TEXT NOT NULL, -- merged into
    canonical_id TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id)
);
CREATE TABLE lifecycle_person (
    org_id         TEXT NOT NULL,
    person_id      TEXT NOT NULL, -- canonical
    stage          TEXT NOT NULL, -- '' while another person speaks for this id, or before it is drawn again
    since          BIGINT NOT NULL,
    next_stage     TEXT NOT NULL,
    next_change_at BIGINT NOT NULL, -- 0: time alone changes nothing
    known_at       BIGINT NOT NULL,
    orders         BIGINT NOT NULL, -- purchases: paid and not fully refunded
    gmv_minor      BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    named_refunds  BIGINT NOT NULL, -- refunds that name their order
    first_order_at BIGINT NOT NULL,
    last_order_at  BIGINT NOT NULL,
    rule           BIGINT NOT NULL, -- version of the thresholds that drew the row
    announced      TEXT NOT NULL, -- stage of the last stage.changed
    announcements  BIGINT NOT NULL,
    PRIMARY KEY (org_id, person_id)
);
CREATE TABLE lifecycle_stage_history (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL, -- canonical
    at        BIGINT NOT NULL,
    stage     TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id, at)
);
CREATE TABLE lifecycle_flow (
    org_id     TEXT NOT NULL,
    month      BIGINT NOT NULL, -- year * 12 + month - 1 in the zone of lifecycle_settings
    from_stage TEXT NOT NULL,
    to_stage   TEXT NOT NULL,
    moves      BIGINT NOT NULL,
    PRIMARY KEY (org_id, month, from_stage, to_stage)
);
CREATE TABLE lifecycle_settings (
    org_id        TEXT NOT NULL,
    silent_days   BIGINT NOT NULL,
    lost_days     BIGINT NOT NULL,
    source        TEXT NOT NULL, -- default, data, manual
    rule          BIGINT NOT NULL, -- grows with every change of the thresholds
    revision      BIGINT NOT NULL, -- grows with every change of a history
    zone          TEXT NOT NULL, -- of lifecycle_flow's months
    gaps          TEXT NOT NULL, -- JSON of Gaps
    quintiles     TEXT NOT NULL, -- JSON of Quintiles
    order_facts   BIGINT NOT NULL, -- seen so far
    measured_facts BIGINT NOT NULL, -- of them when gaps and quintiles were measured
    measured_at   BIGINT NOT NULL,
    seen_xid      BIGINT NOT NULL, -- the furthest event that was followed
    seen_seq      BIGINT NOT NULL,
    replay_xid    BIGINT NOT NULL, -- a rebuild announces nothing up to here
    replay_seq    BIGINT NOT NULL,
    redraw        BIGINT NOT NULL, -- 1 while everybody is drawn anew
    redraw_after  TEXT NOT NULL,
    redraw_done   BIGINT NOT NULL,
    redraw_total  BIGINT NOT NULL,
    PRIMARY KEY (org_id)
);
CREATE INDEX lifecycle_alias_canonical ON lifecycle_alias (org_id, canonical_id);
CREATE INDEX lifecycle_person_due ON lifecycle_person (org_id, next_change_at) WHERE next_change_at > 0;
CREATE INDEX lifecycle_person_unannounced ON lifecycle_person (org_id, person_id) WHERE stage <> announced AND stage <> '';
ALTER TABLE lifecycle_fact ENABLE ROW LEVEL SECURITY;
ALTER TABLE lifecycle_fact FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON lifecycle_fact USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE lifecycle_alias ENABLE ROW LEVEL SECURITY;
ALTER TABLE lifecycle_alias FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON lifecycle_alias USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE lifecycle_person ENABLE ROW LEVEL SECURITY;
ALTER TABLE lifecycle_person FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON lifecycle_person USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE lifecycle_stage_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE lifecycle_stage_history FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON lifecycle_stage_history USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE lifecycle_flow ENABLE ROW LEVEL SECURITY;
ALTER TABLE lifecycle_flow FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON lifecycle_flow USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE lifecycle_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE lifecycle_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON lifecycle_settings USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE lifecycle_settings;
DROP TABLE lifecycle_flow;
DROP TABLE lifecycle_stage_history;
DROP TABLE lifecycle_person;
DROP TABLE lifecycle_alias;
DROP TABLE lifecycle_fact;
