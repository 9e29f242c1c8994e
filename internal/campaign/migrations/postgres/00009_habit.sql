-- +goose Up
-- Over which account somebody last wrote to us or opened a message.
CREATE TABLE campaign_habit (
    org_id     TEXT NOT NULL,
    person_id  TEXT NOT NULL,
    account_id TEXT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (org_id, person_id)
);
ALTER TABLE campaign_habit ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaign_habit FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON campaign_habit USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE campaign_habit;
