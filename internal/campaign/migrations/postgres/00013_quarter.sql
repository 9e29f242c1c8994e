-- +goose Up
-- Quarters in which some people got no marketing at all. Who was in which group stands
-- in campaign_person, with the quarter in the place of the campaign.
CREATE TABLE campaign_quarter (
    org_id  TEXT NOT NULL,
    id      TEXT NOT NULL, -- quarter:2026Q4
    from_at BIGINT NOT NULL,
    to_at   BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
ALTER TABLE campaign_quarter ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaign_quarter FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON campaign_quarter USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- From when what they do is counted for them; 0: as long as the campaign is measured.
ALTER TABLE campaign_person ADD COLUMN since_at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE campaign_person DROP COLUMN since_at;
DROP TABLE campaign_quarter;
