-- +goose Up
-- What a draft says besides its text, as JSON: variants, how the best is found, links, coupons, hours, ways.
ALTER TABLE campaign_campaign ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
-- Of variants: how many people are in the test, when it ends, and what was found.
ALTER TABLE campaign_campaign ADD COLUMN tested INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign_campaign ADD COLUMN decide_at INTEGER NOT NULL DEFAULT 0; -- 0: no test is on
ALTER TABLE campaign_campaign ADD COLUMN decided_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign_campaign ADD COLUMN chosen TEXT NOT NULL DEFAULT ''; -- the rest got it; '': each their own
ALTER TABLE campaign_campaign ADD COLUMN verdict TEXT NOT NULL DEFAULT ''; -- JSON: on what grounds
ALTER TABLE campaign_person ADD COLUMN arm TEXT NOT NULL DEFAULT ''; -- which variant they were dealt
ALTER TABLE campaign_person ADD COLUMN tested INTEGER NOT NULL DEFAULT 0; -- 1: they got it whatever the test found
ALTER TABLE campaign_person ADD COLUMN clicks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign_person ADD COLUMN unsubscribed INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE campaign_person DROP COLUMN unsubscribed;
ALTER TABLE campaign_person DROP COLUMN clicks;
ALTER TABLE campaign_person DROP COLUMN tested;
ALTER TABLE campaign_person DROP COLUMN arm;
ALTER TABLE campaign_campaign DROP COLUMN verdict;
ALTER TABLE campaign_campaign DROP COLUMN chosen;
ALTER TABLE campaign_campaign DROP COLUMN decided_at;
ALTER TABLE campaign_campaign DROP COLUMN decide_at;
ALTER TABLE campaign_campaign DROP COLUMN tested;
ALTER TABLE campaign_campaign DROP COLUMN options;
