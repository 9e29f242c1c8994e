-- +goose Up
CREATE TABLE acquisition_channel (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    parent_id   TEXT NOT NULL, -- empty for a platform
    level       INTEGER NOT NULL, -- 1 platform, 2 campaign, 3 entrance
    name        TEXT NOT NULL,
    archived_at INTEGER NOT NULL, -- 0: in use
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX acquisition_channel_name ON acquisition_channel (org_id, parent_id, name);
CREATE TABLE acquisition_cost (
    org_id      TEXT NOT NULL,
    channel_id  TEXT NOT NULL,
    day         INTEGER NOT NULL, -- since 1970-01-01, in the org's calendar
    minor       INTEGER NOT NULL,
    currency    TEXT NOT NULL,
    source      TEXT NOT NULL, -- typed, file
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (org_id, channel_id, day)
) WITHOUT ROWID;
CREATE INDEX acquisition_cost_day ON acquisition_cost (org_id, day, channel_id);
-- +goose Down
DROP TABLE acquisition_cost;
DROP TABLE acquisition_channel;
