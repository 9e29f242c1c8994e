-- +goose Up
CREATE TABLE insight_fact (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL, -- as in the event: the original id
    at        INTEGER NOT NULL,
    seq       INTEGER NOT NULL, -- the event's place in the log
    kind      INTEGER NOT NULL, -- 0 known, 1 order, 2 refund
    amount    INTEGER NOT NULL, -- minor units of the org's currency
    region    TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id, at, seq)
) WITHOUT ROWID;
CREATE TABLE insight_alias (
    org_id       TEXT NOT NULL,
    person_id    TEXT NOT NULL, -- merged into
    canonical_id TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id)
) WITHOUT ROWID;
CREATE TABLE insight_person (
    org_id      TEXT NOT NULL,
    person_id   TEXT NOT NULL, -- canonical
    seen_at     INTEGER NOT NULL, -- first heard of
    orders      INTEGER NOT NULL,
    first_month INTEGER NOT NULL, -- of the orders; -1 without any, here and below
    last_at     INTEGER NOT NULL,
    last_month  INTEGER NOT NULL,
    prev_month  INTEGER NOT NULL, -- of the order before the last
    region      TEXT NOT NULL, -- of all orders, unless mixed
    mixed       INTEGER NOT NULL, -- 1: orders from several regions
    PRIMARY KEY (org_id, person_id)
) WITHOUT ROWID;
CREATE TABLE insight_month (
    org_id         TEXT NOT NULL,
    month          INTEGER NOT NULL, -- year * 12 + month - 1 in the zone of insight_state, here and below
    orders         INTEGER NOT NULL,
    gmv_minor      INTEGER NOT NULL,
    refunds        INTEGER NOT NULL,
    refunded_minor INTEGER NOT NULL,
    new_persons    INTEGER NOT NULL,
    PRIMARY KEY (org_id, month)
) WITHOUT ROWID;
CREATE TABLE insight_rhythm (
    org_id TEXT NOT NULL,
    month  INTEGER NOT NULL,
    prev   INTEGER NOT NULL, -- month of the person's order before, -1 without
    prev2  INTEGER NOT NULL, -- and of the one before that
    orders INTEGER NOT NULL,
    PRIMARY KEY (org_id, month, prev, prev2)
) WITHOUT ROWID;
CREATE TABLE insight_cohort (
    org_id    TEXT NOT NULL,
    cohort    INTEGER NOT NULL, -- month of the first order
    month     INTEGER NOT NULL,
    persons   INTEGER NOT NULL,
    gmv_minor INTEGER NOT NULL,
    PRIMARY KEY (org_id, cohort, month)
) WITHOUT ROWID;
CREATE TABLE insight_region (
    org_id    TEXT NOT NULL,
    month     INTEGER NOT NULL,
    region    TEXT NOT NULL,
    prev      INTEGER NOT NULL, -- month of the person's order before in the same region, -1 without
    orders    INTEGER NOT NULL,
    gmv_minor INTEGER NOT NULL,
    PRIMARY KEY (org_id, month, region, prev)
) WITHOUT ROWID;
CREATE TABLE insight_product (
    org_id       TEXT NOT NULL,
    month        INTEGER NOT NULL,
    sku          TEXT NOT NULL,
    name         TEXT NOT NULL,
    quantity     INTEGER NOT NULL, -- millionths
    amount_minor INTEGER NOT NULL,
    PRIMARY KEY (org_id, month, sku)
) WITHOUT ROWID;
CREATE TABLE insight_state (
    org_id   TEXT NOT NULL,
    zone     TEXT NOT NULL,
    currency TEXT NOT NULL,
    PRIMARY KEY (org_id)
) WITHOUT ROWID;
CREATE INDEX insight_alias_canonical ON insight_alias (org_id, canonical_id);
-- +goose Down
DROP TABLE insight_state;
DROP TABLE insight_product;
DROP TABLE insight_region;
DROP TABLE insight_cohort;
DROP TABLE insight_rhythm;
DROP TABLE insight_month;
DROP TABLE insight_person;
DROP TABLE insight_alias;
DROP TABLE insight_fact;
