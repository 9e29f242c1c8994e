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
    start_at     INTEGER NOT NULL, -- 0: as soon as it may
    days         INTEGER NOT NULL, -- how long members have to confirm
    status       TEXT NOT NULL, -- draft, awaiting, asked, cancelled; how far those are who were asked, the carrier knows
    version      INTEGER NOT NULL,
    people       INTEGER NOT NULL, -- how many could read it when it was submitted
    ask_key      TEXT NOT NULL, -- under which it was asked; empty: it was not
    created_at   INTEGER NOT NULL,
    created_by   TEXT NOT NULL,
    submitted_at INTEGER NOT NULL,
    submitted_by TEXT NOT NULL,
    approved_at  INTEGER NOT NULL,
    approved_by  TEXT NOT NULL,
    cancelled_at INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE INDEX campaign_broadcast_list ON campaign_broadcast (org_id, kind, created_at, id);

-- +goose Down
DROP TABLE campaign_broadcast;
