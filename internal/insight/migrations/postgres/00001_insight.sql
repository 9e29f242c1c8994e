-- +goose Up
CREATE TABLE insight_fact (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL, -- as in the event: the original id
    at        BIGINT NOT NULL,
    seq       BIGINT NOT NULL, -- the event's place in the log
    kind      BIGINT NOT NULL, -- 0 known, 1 order, 2 refund
    amount    BIGINT NOT NULL, -- minor units of the org's currency
    region    TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id, at, seq)
);
CREATE TABLE insight_alias (
    org_id       TEXT NOT NULL,
    person_id    TEXT NOT NULL, -- merged into
    canonical_id TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id)
);
CREATE TABLE insight_person (
    org_id      TEXT NOT NULL,
    person_id   TEXT NOT NULL, -- canonical
    seen_at     BIGINT NOT NULL, -- first heard of
    orders      BIGINT NOT NULL,
    first_month BIGINT NOT NULL, -- of the orders; -1 without any, here and below
    last_at     BIGINT NOT NULL,
    last_month  BIGINT NOT NULL,
    prev_month  BIGINT NOT NULL, -- of the order before the last
    region      TEXT NOT NULL, -- of all orders, unless mixed
    mixed       BIGINT NOT NULL, -- 1: orders from several regions
    PRIMARY KEY (org_id, person_id)
);
CREATE TABLE insight_month (
    org_id         TEXT NOT NULL,
    month          BIGINT NOT NULL, -- year * 12 + month - 1 in the zone of insight_state, here and below
    orders         BIGINT NOT NULL,
    gmv_minor      BIGINT NOT NULL,
    refunds        BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    new_persons    BIGINT NOT NULL,
    PRIMARY KEY (org_id, month)
);
CREATE TABLE insight_rhythm (
    org_id TEXT NOT NULL,
    month  BIGINT NOT NULL,
    prev   BIGINT NOT NULL, -- month of the person's order before, -1 without
    prev2  BIGINT NOT NULL, -- and of the one before that
    orders BIGINT NOT NULL,
    PRIMARY KEY (org_id, month, prev, prev2)
);
CREATE TABLE insight_cohort (
    org_id    TEXT NOT NULL,
    cohort    BIGINT NOT NULL, -- month of the first order
    month     BIGINT NOT NULL,
    persons   BIGINT NOT NULL,
    gmv_minor BIGINT NOT NULL,
    PRIMARY KEY (org_id, cohort, month)
);
CREATE TABLE insight_region (
    org_id    TEXT NOT NULL,
    month     BIGINT NOT NULL,
    region    TEXT NOT NULL,
    prev      BIGINT NOT NULL, -- month of the person's order before in the same region, -1 without
    orders    BIGINT NOT NULL,
    gmv_minor BIGINT NOT NULL,
    PRIMARY KEY (org_id, month, region, prev)
);
CREATE TABLE insight_product (
    org_id       TEXT NOT NULL,
    month        BIGINT NOT NULL,
    sku          TEXT NOT NULL,
    name         TEXT NOT NULL,
    quantity     BIGINT NOT NULL, -- millionths
    amount_minor BIGINT NOT NULL,
    PRIMARY KEY (org_id, month, sku)
);
CREATE TABLE insight_state (
    org_id   TEXT NOT NULL,
    zone     TEXT NOT NULL,
    currency TEXT NOT NULL,
    PRIMARY KEY (org_id)
);
CREATE INDEX insight_alias_canonical ON insight_alias (org_id, canonical_id);
ALTER TABLE insight_fact ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_fact FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_fact USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_alias ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_alias FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_alias USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_person ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_person FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_person USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_month ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_month FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_month USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_rhythm ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_rhythm FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_rhythm USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_cohort ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_cohort FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_cohort USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_region ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_region FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_region USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_product ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_product FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_product USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_state FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_state USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
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
