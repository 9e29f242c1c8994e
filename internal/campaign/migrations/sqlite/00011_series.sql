-- +goose Up
-- Campaigns that come again and again: of kind series, and each time a campaign of its own.
ALTER TABLE campaign_campaign ADD COLUMN series_id TEXT NOT NULL DEFAULT ''; -- whose it is
ALTER TABLE campaign_campaign ADD COLUMN occurrence TEXT NOT NULL DEFAULT ''; -- YYYY-MM-DD where the brand is; of a series, the last one
ALTER TABLE campaign_campaign ADD COLUMN next_at INTEGER NOT NULL DEFAULT 0; -- of a series
ALTER TABLE campaign_campaign ADD COLUMN runs INTEGER NOT NULL DEFAULT 0; -- of a series: how often it was sent
ALTER TABLE campaign_campaign ADD COLUMN skipped INTEGER NOT NULL DEFAULT 0; -- of a series: how often it was too late
ALTER TABLE campaign_campaign ADD COLUMN allowed INTEGER NOT NULL DEFAULT 0; -- people up to which the approval holds; 0: any
CREATE INDEX campaign_series ON campaign_campaign (org_id, series_id, occurrence) WHERE series_id <> '';
CREATE INDEX campaign_next ON campaign_campaign (org_id, next_at) WHERE status = 'running';

-- +goose Down
DROP INDEX campaign_next;
DROP INDEX campaign_series;
ALTER TABLE campaign_campaign DROP COLUMN allowed;
ALTER TABLE campaign_campaign DROP COLUMN skipped;
ALTER TABLE campaign_campaign DROP COLUMN runs;
ALTER TABLE campaign_campaign DROP COLUMN next_at;
ALTER TABLE campaign_campaign DROP COLUMN occurrence;
ALTER TABLE campaign_campaign DROP COLUMN series_id;
