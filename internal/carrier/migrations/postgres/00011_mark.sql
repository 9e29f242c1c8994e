-- +goose Up
-- How far the two sides of a chat on a web page have come, by the numbers of its messages.
CREATE TABLE carrier_web_mark (
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    visitor    TEXT NOT NULL,
    delivered  BIGINT NOT NULL DEFAULT 0, -- the visitor's browser has them
    seen       BIGINT NOT NULL DEFAULT 0, -- it has shown them
    staff_seen BIGINT NOT NULL DEFAULT 0, -- staff have looked at them
    PRIMARY KEY (org_id, account_id, visitor)
);

ALTER TABLE carrier_web_mark ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_web_mark FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_web_mark USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');

-- +goose Down
DROP TABLE carrier_web_mark;
