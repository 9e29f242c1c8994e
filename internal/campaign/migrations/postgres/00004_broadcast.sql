-- +goose Up
-- Messages into groups, and moments: what members of staff are asked to send in WeCom, not to single people. Times are UTC microseconds; 0 is none.
CREATE TABLE campaign_broadcast (
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL,
    kind         TEXT NOT NULL, -- group, moment
    name         TEXT NOT NULL,
    account_id   TEXT NOT NULL,
    parts        TEXT NOT NULL, -- JSON
    targets      TEXT NOT NULL, -- JSON: groups, or members and tags
    start_at     BIGINT NOT NULL, -- 0: as soon as it may
    days         BIGINT NOT NULL, -- how long members have to confirm
    status       TEXT NOT NULL, -- draft, awaiting, asked, cancelled; how far those are who were asked, the carrier knows
    version      BIGINT NOT NULL,
    people       BIGINT NOT NULL, -- how many could read it when it was submitted
    ask_key      TEXT NOT NULL, -- under which it was asked; empty: it was not
    created_at   BIGINT NOT NULL,
    created_by   TEXT NOT NULL,
    submitted_at BIGINT NOT NULL,
    submitted_by TEXT NOT NULL,
    approved_at  BIGINT NOT NULL,
    approved_by  TEXT NOT NULL,
    cancelled_at BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX campaign_broadcast_list ON campaign_broadcast (org_id, kind, created_at, id);

ALTER TABLE campaign_broadcast ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaign_broadcast FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON campaign_broadcast USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');

-- +goose Down
DROP TABLE campaign_broadcast;
