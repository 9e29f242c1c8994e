-- +goose Up
-- A journey: what is being drawn, and what was published of it.
CREATE TABLE journey_journey (
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL,
    name         TEXT NOT NULL,
    status       TEXT NOT NULL, -- draft, live, paused, ended
    draft        TEXT NOT NULL, -- JSON
    revision     INTEGER NOT NULL, -- of the draft
    published    INTEGER NOT NULL, -- revision that was published last; 0: none
    version      INTEGER NOT NULL, -- that is published; 0: none
    secret       TEXT NOT NULL, -- of the links by which people say no
    started_at   INTEGER NOT NULL, -- what happened before lets nobody in
    dates_to     INTEGER NOT NULL, -- dates up to then have let people in
    created_at   INTEGER NOT NULL,
    created_by   TEXT NOT NULL,
    changed_at   INTEGER NOT NULL,
    changed_by   TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    ended_at     INTEGER NOT NULL,
    deleted_at   INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE TABLE journey_version (
    org_id       TEXT NOT NULL,
    journey_id   TEXT NOT NULL,
    version      INTEGER NOT NULL,
    spec         TEXT NOT NULL, -- JSON; never changes
    mapping      TEXT NOT NULL, -- JSON: where who was inside goes, by step; empty: they stay on their version
    published_at INTEGER NOT NULL,
    published_by TEXT NOT NULL,
    PRIMARY KEY (org_id, journey_id, version)
);
-- The standing plans of the outbox: one a step and purpose.
CREATE TABLE journey_plan (
    org_id     TEXT NOT NULL,
    journey_id TEXT NOT NULL,
    step       TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    plan_id    TEXT NOT NULL,
    PRIMARY KEY (org_id, journey_id, step, purpose)
);
-- One person's walk.
CREATE TABLE journey_run (
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL,
    journey_id   TEXT NOT NULL,
    version      INTEGER NOT NULL,
    came_version INTEGER NOT NULL, -- with which they came in: its goal counts
    depth        INTEGER NOT NULL, -- journeys that led to each other without a fact from outside
    person_id    TEXT NOT NULL, -- who speaks for them now
    came_as      TEXT NOT NULL, -- the person as they came in
    entry        TEXT NOT NULL, -- tells walks of one person apart
    arm          TEXT NOT NULL, -- treated, holdout
    first        INTEGER NOT NULL, -- 1: their first in this journey
    status       TEXT NOT NULL, -- active, done, exited, cancelled, failed, holdout
    why          TEXT NOT NULL,
    step         TEXT NOT NULL,
    visit        INTEGER NOT NULL,
    arrived_at   INTEGER NOT NULL,
    wait         TEXT NOT NULL, -- for what, see journey/walk
    wait_kind    TEXT NOT NULL, -- of which event
    due_at       INTEGER NOT NULL, -- when to look again; 0: when somebody says so
    due_until    INTEGER NOT NULL, -- when a message is given up
    outcome      TEXT NOT NULL, -- what became of what they waited for; JSON
    tries        INTEGER NOT NULL, -- in vain, in a row
    entered_at   INTEGER NOT NULL,
    ended_at     INTEGER NOT NULL,
    source       TEXT NOT NULL, -- segment, event, date, hand, api, journey
    kind         TEXT NOT NULL, -- of the event that brought them where they are
    data         TEXT NOT NULL, -- its data
    goal_until   INTEGER NOT NULL, -- until then the goal counts; 0: there is none
    measure_to   INTEGER NOT NULL, -- until then orders are counted
    converted_at INTEGER NOT NULL, -- 0: not
    orders       INTEGER NOT NULL,
    spent_minor  INTEGER NOT NULL,
    fact_xid     INTEGER NOT NULL, -- up to where in the timeline conditions must know
    fact_seq     INTEGER NOT NULL,
    rev          INTEGER NOT NULL, -- grows with each change
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX journey_run_entry ON journey_run (org_id, journey_id, came_as, entry);
CREATE INDEX journey_run_due ON journey_run (org_id, journey_id, due_at, id) WHERE status = 'active' AND due_at > 0;
CREATE INDEX journey_run_person ON journey_run (org_id, person_id);
CREATE INDEX journey_run_list ON journey_run (org_id, journey_id, entered_at, id);
CREATE INDEX journey_run_step ON journey_run (org_id, journey_id, step, entered_at, id) WHERE status = 'active';
-- The steps that were left. Where somebody is stands in the run.
CREATE TABLE journey_visit (
    org_id     TEXT NOT NULL,
    run_id     TEXT NOT NULL,
    visit      INTEGER NOT NULL,
    journey_id TEXT NOT NULL,
    version    INTEGER NOT NULL,
    step       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    arrived_at INTEGER NOT NULL,
    left_at    INTEGER NOT NULL,
    way        INTEGER NOT NULL, -- -1: the default; -2: the walk ended there; -3: moved to another version
    outcome    TEXT NOT NULL,
    why        TEXT NOT NULL,
    PRIMARY KEY (org_id, run_id, visit)
);
-- What was done for somebody, and may have to be called off.
CREATE TABLE journey_act (
    org_id  TEXT NOT NULL,
    run_id  TEXT NOT NULL,
    visit   INTEGER NOT NULL,
    kind    TEXT NOT NULL, -- message, task
    ref     TEXT NOT NULL, -- plan, task
    PRIMARY KEY (org_id, run_id, visit)
);
-- How many came to what, so that nobody has to count.
CREATE TABLE journey_tally (
    org_id     TEXT NOT NULL,
    journey_id TEXT NOT NULL,
    version    INTEGER NOT NULL,
    step       TEXT NOT NULL, -- empty: the journey
    what       TEXT NOT NULL,
    part       TEXT NOT NULL,
    n          INTEGER NOT NULL,
    PRIMARY KEY (org_id, journey_id, version, step, what, part)
);
-- Requests to let people in that were answered.
CREATE TABLE journey_given (
    org_id     TEXT NOT NULL,
    journey_id TEXT NOT NULL,
    key        TEXT NOT NULL,
    answer     TEXT NOT NULL, -- JSON
    at         INTEGER NOT NULL,
    PRIMARY KEY (org_id, journey_id, key)
);
-- +goose Down
DROP TABLE journey_given;
DROP TABLE journey_tally;
DROP TABLE journey_act;
DROP TABLE journey_visit;
DROP TABLE journey_run;
DROP TABLE journey_plan;
DROP TABLE journey_version;
DROP TABLE journey_journey;
