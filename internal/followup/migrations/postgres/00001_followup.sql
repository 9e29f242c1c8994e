-- +goose Up
-- Settings; the row is there once the built-in rules are.
CREATE TABLE followup_org (
    org_id       TEXT NOT NULL,
    build_minute BIGINT NOT NULL, -- of the day, in the org's zone, at which lists are made
    staff_cap    BIGINT NOT NULL, -- people on one list
    credit_days  BIGINT NOT NULL, -- orders so long after the list count as its result
    updated_at   BIGINT NOT NULL,
    PRIMARY KEY (org_id)
);
-- A day whose lists are made.
CREATE TABLE followup_day (
    org_id   TEXT NOT NULL,
    day      BIGINT NOT NULL, -- days since 1970-01-01
    run      BIGINT NOT NULL, -- how often the day's lists were made: whoever makes them takes the next one
    built_at BIGINT NOT NULL,
    took_us  BIGINT NOT NULL,
    listed   BIGINT NOT NULL,
    beyond   BIGINT NOT NULL, -- people for whom no list had room
    PRIMARY KEY (org_id, day)
);
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
    offset_days    BIGINT NOT NULL, -- from the anchor to the first day
    window_days    BIGINT NOT NULL, -- further days on which somebody who was not listed yet may be
    carry_days     BIGINT NOT NULL, -- further days for who was listed and not attended to
    rest_days      BIGINT NOT NULL, -- not again after it was done
    decline_days   BIGINT NOT NULL, -- not again after somebody was not interested
    weight         BIGINT NOT NULL, -- 1-100
    suggestion     TEXT NOT NULL,
    quick_reply_id TEXT NOT NULL,
    fallback       TEXT NOT NULL, -- none, round_robin: who gets people whom nobody owns
    enabled        BIGINT NOT NULL,
    position       BIGINT NOT NULL,
    version        BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    updated_by     TEXT NOT NULL,
    deleted_at     BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
-- A person on a day's list.
CREATE TABLE followup_item (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    day         BIGINT NOT NULL,
    person_id   TEXT NOT NULL, -- who speaks for them now
    spoken_id   TEXT NOT NULL, -- as listed
    staff_id    TEXT NOT NULL, -- whose list; empty: nobody's
    status      TEXT NOT NULL, -- open, done, postponed, declined, answered, converted, carried, lapsed, merged
    weight      BIGINT NOT NULL,
    position    BIGINT NOT NULL, -- on the list, from 1
    first_day   BIGINT NOT NULL, -- since when they are listed without a break
    listed_at   BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    handled_at  BIGINT NOT NULL, -- 0: nobody has attended to it
    handled_by  TEXT NOT NULL,
    next_step   TEXT NOT NULL,
    next_at     BIGINT NOT NULL,
    note        TEXT NOT NULL,
    until_day   BIGINT NOT NULL, -- postponed: to that day
    promise_id  TEXT NOT NULL, -- that was made with it
    answered_at BIGINT NOT NULL,
    replied_at  BIGINT NOT NULL, -- the customer wrote
    ordered_at  BIGINT NOT NULL, -- first order afterwards
    orders      BIGINT NOT NULL,
    gain_minor  BIGINT NOT NULL, -- less what was refunded
    currency    TEXT NOT NULL,
    PRIMARY KEY (org_id, id)
);
-- Why they are on it.
CREATE TABLE followup_reason (
    org_id     TEXT NOT NULL,
    item_id    TEXT NOT NULL,
    n          BIGINT NOT NULL,
    rule_id    TEXT NOT NULL, -- empty: a promise
    promise_id TEXT NOT NULL,
    anchor_at  BIGINT NOT NULL, -- the occasion, UTC microseconds
    data       TEXT NOT NULL, -- JSON: what was true when it was listed
    PRIMARY KEY (org_id, item_id, n)
);
-- How long each list was.
CREATE TABLE followup_list (
    org_id   TEXT NOT NULL,
    day      BIGINT NOT NULL,
    staff_id TEXT NOT NULL, -- empty: nobody's
    listed   BIGINT NOT NULL,
    beyond   BIGINT NOT NULL, -- people for whom there was no room
    PRIMARY KEY (org_id, day, staff_id)
);
-- What was done about somebody by a rule.
CREATE TABLE followup_mark (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL,
    spoken_id TEXT NOT NULL,
    rule_id   TEXT NOT NULL,
    anchor_at BIGINT NOT NULL, -- the occasion that was attended to
    until_day BIGINT NOT NULL, -- not listed by the rule up to this day
    item_id   TEXT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (org_id, person_id, rule_id)
);
-- What was promised to somebody.
CREATE TABLE followup_promise (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    person_id  TEXT NOT NULL,
    spoken_id  TEXT NOT NULL,
    staff_id   TEXT NOT NULL,
    kind       TEXT NOT NULL, -- promise, next_step, postponed
    due_at     BIGINT NOT NULL,
    day        BIGINT NOT NULL, -- of due_at, in the org's zone
    text       TEXT NOT NULL,
    status     TEXT NOT NULL, -- open, kept, cancelled
    item_id    TEXT NOT NULL, -- with which it was made
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
-- What customers did lately, for lists that are being made meanwhile.
CREATE TABLE followup_recent (
    org_id       TEXT NOT NULL,
    event_id     TEXT NOT NULL,
    person_id    TEXT NOT NULL,
    kind         TEXT NOT NULL, -- order, reply
    at           BIGINT NOT NULL,
    order_id     TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency     TEXT NOT NULL,
    PRIMARY KEY (org_id, event_id)
);
-- Orders that count as the result of an item.
CREATE TABLE followup_gain (
    org_id       TEXT NOT NULL,
    event_id     TEXT NOT NULL,
    item_id      TEXT NOT NULL,
    order_id     TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency     TEXT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (org_id, event_id)
);
CREATE UNIQUE INDEX followup_item_person ON followup_item (org_id, day, person_id) WHERE status <> 'merged';
CREATE INDEX followup_item_list ON followup_item (org_id, day, staff_id, position);
CREATE INDEX followup_item_of ON followup_item (org_id, person_id, day);
CREATE INDEX followup_mark_spoken ON followup_mark (org_id, spoken_id);
CREATE INDEX followup_promise_due ON followup_promise (org_id, day) WHERE status = 'open';
CREATE INDEX followup_promise_person ON followup_promise (org_id, person_id);
CREATE INDEX followup_reason_promise ON followup_reason (org_id, promise_id) WHERE promise_id <> '';
CREATE INDEX followup_gain_order ON followup_gain (org_id, order_id);
CREATE INDEX followup_recent_at ON followup_recent (org_id, at);
ALTER TABLE followup_org ENABLE ROW LEVEL SECURITY;
ALTER TABLE followup_org FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON followup_org USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE followup_day ENABLE ROW LEVEL SECURITY;
ALTER TABLE followup_day FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON followup_day USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE followup_rule ENABLE ROW LEVEL SECURITY;
ALTER TABLE followup_rule FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON followup_rule USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE followup_item ENABLE ROW LEVEL SECURITY;
ALTER TABLE followup_item FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON followup_item USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE followup_reason ENABLE ROW LEVEL SECURITY;
ALTER TABLE followup_reason FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON followup_reason USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE followup_list ENABLE ROW LEVEL SECURITY;
ALTER TABLE followup_list FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON followup_list USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE followup_mark ENABLE ROW LEVEL SECURITY;
ALTER TABLE followup_mark FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON followup_mark USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE followup_promise ENABLE ROW LEVEL SECURITY;
ALTER TABLE followup_promise FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON followup_promise USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE followup_recent ENABLE ROW LEVEL SECURITY;
ALTER TABLE followup_recent FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON followup_recent USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE followup_gain ENABLE ROW LEVEL SECURITY;
ALTER TABLE followup_gain FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON followup_gain USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
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
