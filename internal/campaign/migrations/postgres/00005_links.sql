-- +goose Up
-- Under which the links of a campaign name it; none before its people are fixed.
ALTER TABLE campaign_campaign ADD COLUMN code TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX campaign_code ON campaign_campaign (code) WHERE code <> '';
-- Where the links of a campaign lead, as it was when its people were fixed. Nowhere else.
CREATE TABLE campaign_link (
    org_id      TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    n           BIGINT NOT NULL, -- from 1
    url         TEXT NOT NULL, -- as written
    target      TEXT NOT NULL, -- with the campaign's parameters
    nobodys     BIGINT NOT NULL, -- clicks of nobody in particular: of messages that many get alike
    PRIMARY KEY (org_id, campaign_id, n)
);
-- Who clicked which.
CREATE TABLE campaign_click (
    org_id      TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    n           BIGINT NOT NULL,
    person_id   TEXT NOT NULL,
    clicks      BIGINT NOT NULL,
    PRIMARY KEY (org_id, campaign_id, n, person_id)
);
ALTER TABLE campaign_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaign_link FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON campaign_link USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE campaign_click ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaign_click FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON campaign_click USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE campaign_click;
DROP TABLE campaign_link;
DROP INDEX campaign_code;
ALTER TABLE campaign_campaign DROP COLUMN code;
