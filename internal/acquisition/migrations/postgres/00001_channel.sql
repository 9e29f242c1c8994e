-- +goose Up
CREATE TABLE acquisition_channel (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    parent_id   TEXT NOT NULL, -- empty for a platform
    level       BIGINT NOT NULL, -- 1 platform, 2 campaign, 3 entrance
    name        TEXT NOT NULL,
    archived_at BIGINT NOT NULL, -- 0: in use
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX acquisition_channel_name ON acquisition_channel (org_id, parent_id, name);
CREATE TABLE acquisition_cost (
    org_id      TEXT NOT NULL,
    channel_id  TEXT NOT NULL,
    day         BIGINT NOT NULL, -- since 1970-01-01, in the org's calendar
    minor       BIGINT NOT NULL,
    currency    TEXT NOT NULL,
    source      TEXT NOT NULL, -- typed, file
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (org_id, channel_id, day)
);
CREATE INDEX acquisition_cost_day ON acquisition_cost (org_id, day, channel_id);
ALTER TABLE acquisition_channel ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_channel FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_channel USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_cost ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_cost FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_cost USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE acquisition_cost;
DROP TABLE acquisition_channel;
