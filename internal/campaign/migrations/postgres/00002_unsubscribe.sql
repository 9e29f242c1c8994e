-- +goose Up
-- With it the links are signed by which people say that they want no more of this.
ALTER TABLE campaign_campaign ADD COLUMN secret TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE campaign_campaign DROP COLUMN secret;
