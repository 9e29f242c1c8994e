-- +goose Up
-- What a brand has set; none: the defaults.
CREATE TABLE campaign_settings (
    org_id       TEXT NOT NULL,
    approve_over BIGINT NOT NULL, -- people; a larger campaign needs a second person
    holdout_bp   BIGINT NOT NULL, -- of new campaigns, in basis points
    global_bp    BIGINT NOT NULL, -- who gets no marketing for a quarter
    updated_at   BIGINT NOT NULL,
    updated_by   TEXT NOT NULL,
    PRIMARY KEY (org_id)
);
CREATE TABLE campaign_campaign (
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL, -- also that of its plan in the outbox
    name         TEXT NOT NULL,
    kind         TEXT NOT NULL, -- broadcast
    segment_id   TEXT NOT NULL,
    purpose      TEXT NOT NULL, -- marketing, service
    accounts     TEXT NOT NULL, -- JSON: ids, the preferred one first
    subject      TEXT NOT NULL,
    body_text    TEXT NOT NULL,
    body_html    TEXT NOT NULL,
    start_at     BIGINT NOT NULL, -- 0: at once
    holdout_bp   BIGINT NOT NULL,
    measure_days BIGINT NOT NULL, -- how long it is looked what came of it
    per_minute   BIGINT NOT NULL, -- 0: as fast as carriers take it
    status       TEXT NOT NULL, -- draft, awaiting, planned, sending, paused, done, cancelled
    why          TEXT NOT NULL, -- awaiting: what for; cancelled, done: why without sending
    version      BIGINT NOT NULL, -- of the draft
    frozen_at    BIGINT NOT NULL, -- when its people were fixed; 0: not yet
    planned_seq  BIGINT NOT NULL, -- the last of them that was planned, plus one
    people       BIGINT NOT NULL, -- how many were fixed
    treated      BIGINT NOT NULL,
    held_out     BIGINT NOT NULL,
    global_out   BIGINT NOT NULL,
    unreachable  BIGINT NOT NULL,
    carry        TEXT NOT NULL, -- JSON: what is left of a hold-out by stage
    measure_from BIGINT NOT NULL, -- 0: nothing has left yet
    measure_to   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    created_by   TEXT NOT NULL,
    submitted_at BIGINT NOT NULL,
    submitted_by TEXT NOT NULL,
    approved_at  BIGINT NOT NULL,
    approved_by  TEXT NOT NULL,
    finished_at  BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX campaign_measured ON campaign_campaign (org_id, measure_to);
-- Its people as they were when it began.
CREATE TABLE campaign_frozen (
    org_id      TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    members     TEXT NOT NULL, -- roaring bitmap, base64
    PRIMARY KEY (org_id, campaign_id)
);
-- Who was to get it or was left out, and what they did since.
CREATE TABLE campaign_person (
    org_id        TEXT NOT NULL,
    campaign_id   TEXT NOT NULL,
    person_id     TEXT NOT NULL, -- as planned
    variant       TEXT NOT NULL, -- treated, holdout, global
    before_orders BIGINT NOT NULL,
    before_minor  BIGINT NOT NULL,
    visits        BIGINT NOT NULL,
    orders        BIGINT NOT NULL,
    spent_minor   BIGINT NOT NULL, -- less refunds
    mixed         BIGINT NOT NULL, -- 1: turned out to be one with somebody of another group; not counted
    PRIMARY KEY (org_id, campaign_id, person_id)
);
-- Who speaks for a person that was merged into another.
CREATE TABLE campaign_alias (
    org_id     TEXT NOT NULL,
    person_id  TEXT NOT NULL,
    speaker_id TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id)
);
CREATE INDEX campaign_alias_speaker ON campaign_alias (org_id, speaker_id);
ALTER TABLE campaign_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaign_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON campaign_settings USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE campaign_campaign ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaign_campaign FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON campaign_campaign USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE campaign_frozen ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaign_frozen FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON campaign_frozen USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE campaign_person ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaign_person FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON campaign_person USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE campaign_alias ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaign_alias FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON campaign_alias USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE campaign_alias;
DROP TABLE campaign_person;
DROP TABLE campaign_frozen;
DROP TABLE campaign_campaign;
DROP TABLE campaign_settings;
