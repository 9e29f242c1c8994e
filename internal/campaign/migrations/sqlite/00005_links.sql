-- +goose Up
-- Under which the links of a campaign name it; none before its people are fixed.
ALTER TABLE campaign_campaign ADD COLUMN code TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX campaign_code ON campaign_campaign (code) WHERE code <> '';
-- Where the links of a campaign lead, as it was when its people were fixed. Nowhere else.
CREATE TABLE campaign_link (
    org_id      TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    n           INTEGER NOT NULL, -- from 1
    url         TEXT NOT NULL, -- as written
    target      TEXT NOT NULL, -- with the campaign's parameters
    nobodys     INTEGER NOT NULL, -- clicks of nobody in particular: of messages that many get alike
    PRIMARY KEY (org_id, campaign_id, n)
) WITHOUT ROWID;
-- Who clicked which.
CREATE TABLE campaign_click (
    org_id      TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    n           INTEGER NOT NULL,
    person_id   TEXT NOT NULL,
    clicks      INTEGER NOT NULL,
    PRIMARY KEY (org_id, campaign_id, n, person_id)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE campaign_click;
DROP TABLE campaign_link;
DROP INDEX campaign_code;
ALTER TABLE campaign_campaign DROP COLUMN code;
