-- +goose Up
-- A series: what is being written, and what was published of it.
CREATE TABLE sop_sop (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL, -- person, group
    status     TEXT NOT NULL, -- draft, live, paused, stopped
    draft      TEXT NOT NULL, -- JSON
    revision   INTEGER NOT NULL, -- of the draft
    published  INTEGER NOT NULL, -- revision that was published last; 0: none
    version    INTEGER NOT NULL, -- that is published; 0: none
    started_at INTEGER NOT NULL, -- who came before is not taken in by themselves
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    stopped_at INTEGER NOT NULL,
    secret     TEXT NOT NULL, -- of the links by which people say no
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE TABLE sop_version (
    org_id       TEXT NOT NULL,
    sop_id       TEXT NOT NULL,
    version      INTEGER NOT NULL,
    spec         TEXT NOT NULL, -- JSON
    published_at INTEGER NOT NULL,
    published_by TEXT NOT NULL,
    PRIMARY KEY (org_id, sop_id, version)
) WITHOUT ROWID;
-- The standing plans of the outbox: one a step and purpose.
CREATE TABLE sop_plan (
    org_id  TEXT NOT NULL,
    sop_id  TEXT NOT NULL,
    step_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    plan_id TEXT NOT NULL,
    PRIMARY KEY (org_id, sop_id, step_id, purpose)
) WITHOUT ROWID;
-- Who is, or was, in which series.
CREATE TABLE sop_enrolment (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    sop_id      TEXT NOT NULL,
    version     INTEGER NOT NULL,
    account_id  TEXT NOT NULL, -- of a group
    subject_id  TEXT NOT NULL, -- who speaks for the person now; or the group chat
    spoken_id   TEXT NOT NULL, -- the person as they came in
    source      TEXT NOT NULL, -- friend, channel, segment, group, hand, api
    status      TEXT NOT NULL, -- active, done, ended
    why         TEXT NOT NULL, -- ended: the reason
    anchor_at   INTEGER NOT NULL, -- from which day 0 counts
    start_at    INTEGER NOT NULL, -- steps before that are passed over
    enrolled_at INTEGER NOT NULL,
    due_at      INTEGER NOT NULL, -- when it is looked at next
    next_step   TEXT NOT NULL, -- the step that comes next
    last_step   TEXT NOT NULL, -- the last message that was handed to the outbox
    last_plan   TEXT NOT NULL, -- its plan
    ended_at    INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX sop_enrolment_once ON sop_enrolment (org_id, sop_id, account_id, subject_id) WHERE status = 'active';
CREATE INDEX sop_enrolment_due ON sop_enrolment (org_id, sop_id, due_at) WHERE status = 'active';
CREATE INDEX sop_enrolment_subject ON sop_enrolment (org_id, subject_id);
CREATE INDEX sop_enrolment_list ON sop_enrolment (org_id, sop_id, enrolled_at, id);
CREATE INDEX sop_enrolment_where ON sop_enrolment (org_id, sop_id, next_step) WHERE status = 'active';
-- What became of each step. It is decided once.
CREATE TABLE sop_step (
    org_id       TEXT NOT NULL,
    enrolment_id TEXT NOT NULL,
    step_id      TEXT NOT NULL,
    sop_id       TEXT NOT NULL,
    version      INTEGER NOT NULL,
    subject_id   TEXT NOT NULL,
    status       TEXT NOT NULL, -- given, asked, tasked, skipped
    why          TEXT NOT NULL, -- skipped: the reason
    due_at       INTEGER NOT NULL,
    decided_at   INTEGER NOT NULL,
    ref          TEXT NOT NULL, -- given: the plan; asked: the request; tasked: the task
    replied_at   INTEGER NOT NULL, -- the first answer after it, before the next; 0: none
    PRIMARY KEY (org_id, enrolment_id, step_id)
) WITHOUT ROWID;
CREATE INDEX sop_step_subject ON sop_step (org_id, subject_id, decided_at);
CREATE INDEX sop_step_list ON sop_step (org_id, sop_id, step_id, decided_at);
-- How many of a series' steps came to what, so that nobody has to count.
CREATE TABLE sop_tally (
    org_id  TEXT NOT NULL,
    sop_id  TEXT NOT NULL,
    step_id TEXT NOT NULL, -- empty: enrolments
    status  TEXT NOT NULL,
    why     TEXT NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (org_id, sop_id, step_id, status, why)
) WITHOUT ROWID;
-- +goose Down
DROP TABLE sop_tally;
DROP TABLE sop_step;
DROP TABLE sop_enrolment;
DROP TABLE sop_plan;
DROP TABLE sop_version;
DROP TABLE sop_sop;
