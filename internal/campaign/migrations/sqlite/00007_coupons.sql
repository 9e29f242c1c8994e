-- +goose Up
-- Codes that people get one each of.
CREATE TABLE campaign_coupon_pool (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    prefix     TEXT NOT NULL, -- of codes that are made here
    length     INTEGER NOT NULL, -- of what follows it
    total      INTEGER NOT NULL,
    taken      INTEGER NOT NULL, -- the first so many, in the order of n, are somebody's
    redeemed   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE TABLE campaign_coupon (
    org_id      TEXT NOT NULL,
    pool_id     TEXT NOT NULL,
    n           INTEGER NOT NULL, -- from 1
    code        TEXT NOT NULL,
    person_id   TEXT NOT NULL, -- as planned; '': nobody's yet
    campaign_id TEXT NOT NULL,
    taken_at    INTEGER NOT NULL,
    redeemed_at INTEGER NOT NULL, -- 0: not yet
    order_id    TEXT NOT NULL,
    PRIMARY KEY (org_id, pool_id, n)
) WITHOUT ROWID;
CREATE UNIQUE INDEX campaign_coupon_code ON campaign_coupon (org_id, code);
CREATE INDEX campaign_coupon_redeemed ON campaign_coupon (org_id, pool_id, n) WHERE redeemed_at > 0;

-- +goose Down
DROP TABLE campaign_coupon;
DROP TABLE campaign_coupon_pool;
