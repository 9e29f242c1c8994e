-- +goose Up
-- Settings; the row is there once the built-in rules are.
CREATE TABLE followup_org (
    org_id       TEXT NOT NULL,
    build_minute INTEGER NOT NULL, -- of the day, in the org's zone, at which lists are made
    staff_cap    INTEGER NOT NULL, -- people on one list
    credit_days  INTEGER NOT NULL, -- orders so long after the list count as its result
    updated_at   INTEGER NOT NULL,
    PRIMARY KEY (org_id)
) WITHOUT ROWID;
-- A day whose lists are made.
CREATE TABLE followup_day (
    org_id   TEXT NOT NULL,
    day      INTEGER NOT NULL, -- days since 1970-01-01
    run      INTEGER NOT NULL, -- how often the day's lists were made: whoever makes them takes the next one
    built_at INTEGER NOT NULL,
    took_us  INTEGER NOT NULL,
    listed   INTEGER NOT NULL,
    beyond   INTEGER NOT NULL, -- people for whom no list had room
    PRIMARY KEY (org_id, day)
) WITHOUT ROWID;
-- Why somebody is on a list.
CREATE TABLE followup_rule (
    org_id         TEXT NOT NULL,
    id             TEXT NOT NULL,
    builtin        TEXT NOT NULL, -- key of a built-in rule; empty: made here
    name           TEXT NOT NULL, -- empty: as the built-in rule is called
    segment_id     TEXT NOT NULL, -- empty: expr
    expr           TEXT NOT NULL, -- predicate, bound; empty: everybody
    anchor         TEXT NOT NULL,
    anchor_name    TEXT NOT NULL, -- kind of event, key of a trait, next stage
    offset_days    INTEGER NOT NULL, -- from the anchor to the first day
    window_days    INTEGER NOT NULL, -- further days on which somebody who was not listed yet may be
    carry_days     INTEGER NOT NULL, -- further days for who was listed and not attended to
    rest_days      INTEGER NOT NULL, -- not again after it was done
    decline_days   INTEGER NOT NULL, -- not again after somebody was not interested
    weight         INTEGER NOT NULL, -- 1-100
    suggestion     TEXT NOT NULL,
    quick_reply_id TEXT NOT NULL,
    fallback       TEXT NOT NULL, -- none, round_robin: who gets people whom nobody owns
    enabled        INTEGER NOT NULL,
    position       INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    updated_by     TEXT NOT NULL,
    deleted_at     INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
-- A person on a day's list.
CREATE TABLE followup_item (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    day         INTEGER NOT NULL,
    person_id   TEXT NOT NULL, -- who speaks for them now
    spoken_id   TEXT NOT NULL, -- as listed
    staff_id    TEXT NOT NULL, -- whose list; empty: nobody's
    status      TEXT NOT NULL, -- open, done, postponed, declined, answered, converted, carried, lapsed, merged
    weight      INTEGER NOT NULL,
    position    INTEGER NOT NULL, -- on the list, from 1
    first_day   INTEGER NOT NULL, -- since when they are listed without a break
    listed_at   INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    handled_at  INTEGER NOT NULL, -- 0: nobody has attended to it
    handled_by  TEXT NOT NULL,
    next_step   TEXT NOT NULL,
    next_at     INTEGER NOT NULL,
    note        TEXT NOT NULL,
    until_day   INTEGER NOT NULL, -- postponed: to that day
    promise_id  TEXT NOT NULL, -- that was made with it
    answered_at INTEGER NOT NULL,
    replied_at  INTEGER NOT NULL, -- the customer wrote
    ordered_at  INTEGER NOT NULL, -- first order afterwards
    orders      INTEGER NOT NULL,
    gain_minor  INTEGER NOT NULL, -- less what was refunded
    currency    TEXT NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
-- Why they are on it.
CREATE TABLE followup_reason (
    org_id     TEXT NOT NULL,
    item_id    TEXT NOT NULL,
    n          INTEGER NOT NULL,
    rule_id    TEXT NOT NULL, -- empty: a promise
    promise_id TEXT NOT NULL,
    anchor_at  INTEGER NOT NULL, -- the occasion, UTC microseconds
    data       TEXT NOT NULL, -- JSON: what was true when it was listed
    PRIMARY KEY (org_id, item_id, n)
) WITHOUT ROWID;
-- How long each list was.
CREATE TABLE followup_list (
    org_id   TEXT NOT NULL,
    day      INTEGER NOT NULL,
    staff_id TEXT NOT NULL, -- empty: nobody's
    listed   INTEGER NOT NULL,
    beyond   INTEGER NOT NULL, -- people for whom there was no room
    PRIMARY KEY (org_id, day, staff_id)
) WITHOUT ROWID;
-- What was done about somebody by a rule.
CREATE TABLE followup_mark (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL,
    spoken_id TEXT NOT NULL,
    rule_id   TEXT NOT NULL,
    anchor_at INTEGER NOT NULL, -- the occasion that was attended to
    until_day INTEGER NOT NULL, -- not listed by the rule up to this day
    item_id   TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (org_id, person_id, rule_id)
) WITHOUT ROWID;
-- What was promised to somebody.
CREATE TABLE followup_promise (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    person_id  TEXT NOT NULL,
    spoken_id  TEXT NOT NULL,
    staff_id   TEXT NOT NULL,
    kind       TEXT NOT NULL, -- promise, next_step, postponed
    due_at     INTEGER NOT NULL,
    day        INTEGER NOT NULL, -- of due_at, in the org's zone
    text       TEXT NOT NULL,
    status     TEXT NOT NULL, -- open, kept, cancelled
    item_id    TEXT NOT NULL, -- with which it was made
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
-- What customers did lately, for lists that are being made meanwhile.
CREATE TABLE followup_recent (
    org_id       TEXT NOT NULL,
    event_id     TEXT NOT NULL,
    person_id    TEXT NOT NULL,
    kind         TEXT NOT NULL, -- order, reply
    at           INTEGER NOT NULL,
    order_id     TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    currency     TEXT NOT NULL,
    PRIMARY KEY (org_id, event_id)
) WITHOUT ROWID;
-- Orders that count as the result of an item.
CREATE TABLE followup_gain (
    org_id       TEXT NOT NULL,
    event_id     TEXT NOT NULL,
    item_id      TEXT NOT NULL,
    order_id     TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    currency     TEXT NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (org_id, event_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX followup_item_person ON followup_item (org_id, day, person_id) WHERE status <> 'merged';
CREATE INDEX followup_item_list ON followup_item (org_id, day, staff_id, position);
CREATE INDEX followup_item_of ON followup_item (org_id, person_id, day);
CREATE INDEX followup_mark_spoken ON followup_mark (org_id, spoken_id);
CREATE INDEX followup_promise_due ON followup_promise (org_id, day) WHERE status = 'open';
CREATE INDEX followup_promise_person ON followup_promise (org_id, person_id);
CREATE INDEX followup_reason_promise ON followup_reason (org_id, promise_id) WHERE promise_id <> '';
CREATE INDEX followup_gain_order ON followup_gain (org_id, order_id);
CREATE INDEX followup_recent_at ON followup_recent (org_id, at);
-- +goose Down
DROP TABLE followup_gain;
DROP TABLE followup_recent;
DROP TABLE followup_promise;
DROP TABLE followup_mark;
DROP TABLE followup_list;
DROP TABLE followup_reason;
DROP TABLE followup_item;
DROP TABLE followup_rule;
DROP TABLE followup_day;
DROP TABLE followup_org;
