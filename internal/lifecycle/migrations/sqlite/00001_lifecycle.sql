-- +goose Up
CREATE TABLE lifecycle_fact (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL, -- as in the event: the original id
    at        INTEGER NOT NULL,
    seq       INTEGER NOT NULL, -- the event's place in the log
    kind      INTEGER NOT NULL, -- 0 known, 1 order, 2 refund
    order_key INTEGER NOT NULL, -- 64-bit hash of the order id; 0 without one
    amount    INTEGER NOT NULL, -- minor units
    currency  TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id, at, seq)
) WITHOUT ROWID;
CREATE TABLE lifecycle_alias (
    org_id       TEXT NOT NULL,
    person_id    TEXT NOT NULL, -- merged into
    canonical_id TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id)
) WITHOUT ROWID;
CREATE TABLE lifecycle_person (
    org_id         TEXT NOT NULL,
    person_id      TEXT NOT NULL, -- canonical
    stage          TEXT NOT NULL, -- '' while another person speaks for this id, or before it is drawn again
    since          INTEGER NOT NULL,
    next_stage     TEXT NOT NULL,
    next_change_at INTEGER NOT NULL, -- 0: time alone changes nothing
    known_at       INTEGER NOT NULL,
    orders         INTEGER NOT NULL, -- purchases: paid and not fully refunded
    gmv_minor      INTEGER NOT NULL,
    refunded_minor INTEGER NOT NULL,
    named_refunds  INTEGER NOT NULL, -- refunds that name their order
    first_order_at INTEGER NOT NULL,
    last_order_at  INTEGER NOT NULL,
    rule           INTEGER NOT NULL, -- version of the thresholds that drew the row
    announced      TEXT NOT NULL, -- stage of the last stage.changed
    announcements  INTEGER NOT NULL,
    PRIMARY KEY (org_id, person_id)
) WITHOUT ROWID;
CREATE TABLE lifecycle_stage_history (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL, -- canonical
    at        INTEGER NOT NULL,
    stage     TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id, at)
) WITHOUT ROWID;
CREATE TABLE lifecycle_flow (
    org_id     TEXT NOT NULL,
    month      INTEGER NOT NULL, -- year * 12 + month - 1 in the zone of lifecycle_settings
    from_stage TEXT NOT NULL,
    to_stage   TEXT NOT NULL,
    moves      INTEGER NOT NULL,
    PRIMARY KEY (org_id, month, from_stage, to_stage)
) WITHOUT ROWID;
CREATE TABLE lifecycle_settings (
    org_id        TEXT NOT NULL,
    silent_days   INTEGER NOT NULL,
    lost_days     INTEGER NOT NULL,
    source        TEXT NOT NULL, -- default, data, manual
    rule          INTEGER NOT NULL, -- grows with every change of the thresholds
    revision      INTEGER NOT NULL, -- grows with every change of a history
    zone          TEXT NOT NULL, -- of lifecycle_flow's months
    gaps          TEXT NOT NULL, -- JSON of Gaps
    quintiles     TEXT NOT NULL, -- JSON of Quintiles
    order_facts   INTEGER NOT NULL, -- seen so far
    measured_facts INTEGER NOT NULL, -- of them when gaps and quintiles were measured
    measured_at   INTEGER NOT NULL,
    seen_xid      INTEGER NOT NULL, -- the furthest event that was followed
    seen_seq      INTEGER NOT NULL,
    replay_xid    INTEGER NOT NULL, -- a rebuild announces nothing up to here
    replay_seq    INTEGER NOT NULL,
    redraw        INTEGER NOT NULL, -- 1 while everybody is drawn anew
    redraw_after  TEXT NOT NULL,
    redraw_done   INTEGER NOT NULL,
    redraw_total  INTEGER NOT NULL,
    PRIMARY KEY (org_id)
) WITHOUT ROWID;
CREATE INDEX lifecycle_alias_canonical ON lifecycle_alias (org_id, canonical_id);
CREATE INDEX lifecycle_person_due ON lifecycle_person (org_id, next_change_at) WHERE next_change_at > 0;
CREATE INDEX lifecycle_person_unannounced ON lifecycle_person (org_id, person_id) WHERE stage <> announced AND stage <> '';
-- +goose Down
DROP TABLE lifecycle_settings;
DROP TABLE lifecycle_flow;
DROP TABLE lifecycle_stage_history;
DROP TABLE lifecycle_person;
DROP TABLE lifecycle_alias;
DROP TABLE lifecycle_fact;
