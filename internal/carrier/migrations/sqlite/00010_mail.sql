-- +goose Up
-- The last mail of each correspondent, so that ours answers it. Times are UTC microseconds.
CREATE TABLE carrier_mail (
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    address    TEXT NOT NULL,
    message_id TEXT NOT NULL, -- without brackets; empty: it had none
    subject    TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (org_id, account_id, address)
) WITHOUT ROWID;
CREATE INDEX carrier_send_platform ON carrier_send (org_id, account_id, platform_id) WHERE platform_id <> '';

-- +goose Down
DROP INDEX carrier_send_platform;
DROP TABLE carrier_mail;
