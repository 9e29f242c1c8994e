-- +goose Up
-- Codes that people get one each of.
CREATE TABLE campaign_coupon_pool (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    prefix     TEXT NOT NULL, -- of codes that are made here
    length     BIGINT NOT NULL, -- of what follows it
    total      BIGINT NOT NULL,
    taken      BIGINT NOT NULL, -- the first so many, in the order of n, are somebody's
    redeemed   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE TABLE campaign_coupon (
    org_id      TEXT NOT NULL,
    pool_id     TEXT NOT NULL,
    n           BIGINT NOT NULL, -- from 1
    code        TEXT NOT NULL,
    person_id   TEXT NOT NULL, -- as planned; '': nobody's yet
    campaign_id TEXT NOT NULL,
    taken_at    BIGINT NOT NULL,
    redeemed_at BIGINT NOT NULL, -- 0: not yet
    order_id    TEXT NOT NULL,
    PRIMARY KEY (org_id, pool_id, n)
);
CREATE UNIQUE INDEX campaign_coupon_code ON campaign_coupon (org_id, code);
CREATE INDEX campaign_coupon_redeemed ON campaign_coupon (org_id, pool_id, n) WHERE redeemed_at > 0;
ALTER TABLE campaign_coupon_pool ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaign_coupon_pool FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON campaign_coupon_pool USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE campaign_coupon ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaign_coupon FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON campaign_coupon USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE campaign_coupon;
DROP TABLE campaign_coupon_pool;
