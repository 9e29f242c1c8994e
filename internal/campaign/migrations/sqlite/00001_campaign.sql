-- +goose Up
-- What a brand has set; none: the defaults.
CREATE TABLE campaign_settings (
    org_id       TEXT NOT NULL,
    approve_over INTEGER NOT NULL, -- people; a larger campaign needs a second person
    holdout_bp   INTEGER NOT NULL, -- of new campaigns, in basis points
    global_bp    INTEGER NOT NULL, -- who gets no marketing for a quarter
    updated_at   INTEGER NOT NULL,
    updated_by   TEXT NOT NULL,
    PRIMARY KEY (org_id)
) WITHOUT ROWID;
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
    start_at     INTEGER NOT NULL, -- 0: at once
    holdout_bp   INTEGER NOT NULL,
    measure_days INTEGER NOT NULL, -- how long it is looked what came of it
    per_minute   INTEGER NOT NULL, -- 0: as fast as carriers take it
    status       TEXT NOT NULL, -- draft, awaiting, planned, sending, paused, done, cancelled
    why          TEXT NOT NULL, -- awaiting: what for; cancelled, done: why without sending
    version      INTEGER NOT NULL, -- of the draft
    frozen_at    INTEGER NOT NULL, -- when its people were fixed; 0: not yet
    planned_seq  INTEGER NOT NULL, -- the last of them that was planned, plus one
    people       INTEGER NOT NULL, -- how many were fixed
    treated      INTEGER NOT NULL,
    held_out     INTEGER NOT NULL,
    global_out   INTEGER NOT NULL,
    unreachable  INTEGER NOT NULL,
    carry        TEXT NOT NULL, -- JSON: what is left of a hold-out by stage
    measure_from INTEGER NOT NULL, -- 0: nothing has left yet
    measure_to   INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    created_by   TEXT NOT NULL,
    submitted_at INTEGER NOT NULL,
    submitted_by TEXT NOT NULL,
    approved_at  INTEGER NOT NULL,
    approved_by  TEXT NOT NULL,
    finished_at  INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE INDEX campaign_measured ON campaign_campaign (org_id, measure_to);
-- Its people as they were when it began.
CREATE TABLE campaign_frozen (
    org_id      TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    members     TEXT NOT NULL, -- roaring bitmap, base64
    PRIMARY KEY (org_id, campaign_id)
) WITHOUT ROWID;
-- Who was to get it or was left out, and what they did since.
CREATE TABLE campaign_person (
    org_id        TEXT NOT NULL,
    campaign_id   TEXT NOT NULL,
    person_id     TEXT NOT NULL, -- as planned
    variant       TEXT NOT NULL, -- treated, holdout, global
    before_orders INTEGER NOT NULL,
    before_minor  INTEGER NOT NULL,
    visits        INTEGER NOT NULL,
    orders        INTEGER NOT NULL,
    spent_minor   INTEGER NOT NULL, -- less refunds
    mixed         INTEGER NOT NULL, -- 1: turned out to be one with somebody of another group; not counted
    PRIMARY KEY (org_id, campaign_id, person_id)
) WITHOUT ROWID;
-- Who speaks for a person that was merged into another.
CREATE TABLE campaign_alias (
    org_id     TEXT NOT NULL,
    person_id  TEXT NOT NULL,
    speaker_id TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id)
) WITHOUT ROWID;
CREATE INDEX campaign_alias_speaker ON campaign_alias (org_id, speaker_id);
-- +goose Down
DROP TABLE campaign_alias;
DROP TABLE campaign_person;
DROP TABLE campaign_frozen;
DROP TABLE campaign_campaign;
DROP TABLE campaign_settings;
