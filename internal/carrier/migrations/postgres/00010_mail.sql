-- +goose Up
-- The last mail of each correspondent, so that ours answers it. Times are UTC microseconds.
CREATE TABLE carrier_mail (
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    address    TEXT NOT NULL,
    message_id TEXT NOT NULL, -- without brackets; empty: it had none
    subject    TEXT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (org_id, account_id, address)
);
CREATE INDEX carrier_send_platform ON carrier_send (org_id, account_id, platform_id) WHERE platform_id <> '';

ALTER TABLE carrier_mail ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_mail FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_mail USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');

-- +goose Down
DROP INDEX carrier_send_platform;
DROP TABLE carrier_mail;
