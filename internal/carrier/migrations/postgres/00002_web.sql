-- +goose Up
-- The chat on web pages. Times are UTC microseconds.
CREATE TABLE carrier_web_visit ( -- pages that somebody saw of whom nobody knows yet who it is
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    visitor    TEXT NOT NULL,
    id         TEXT NOT NULL,
    at         BIGINT NOT NULL,
    url        TEXT NOT NULL,
    referrer   TEXT NOT NULL,
    title      TEXT NOT NULL,
    PRIMARY KEY (org_id, account_id, visitor, id)
);
CREATE INDEX carrier_web_visit_at ON carrier_web_visit (org_id, at);

CREATE TABLE carrier_web_message (
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    visitor    TEXT NOT NULL,
    seq        BIGINT NOT NULL, -- from 1 within a visitor
    sender     TEXT NOT NULL,   -- visitor or staff
    key        TEXT NOT NULL,   -- the sender's own name for it: the same message twice is one row
    parts      TEXT NOT NULL,   -- JSON
    at         BIGINT NOT NULL,
    PRIMARY KEY (org_id, account_id, visitor, seq)
);
CREATE UNIQUE INDEX carrier_web_message_key ON carrier_web_message (org_id, account_id, visitor, sender, key);

ALTER TABLE carrier_web_visit ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_web_visit FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_web_visit USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_web_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_web_message FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_web_message USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');

-- +goose Down
DROP TABLE carrier_web_message;
DROP TABLE carrier_web_visit;
