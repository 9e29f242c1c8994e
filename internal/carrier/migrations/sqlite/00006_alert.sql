-- +goose Up
-- What is wrong with accounts at present. Times are UTC microseconds; 0 is none.
CREATE TABLE carrier_alert (
    org_id          TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    code            TEXT NOT NULL,
    level           TEXT NOT NULL, -- warning or failing
    text_zh         TEXT NOT NULL,
    text_en         TEXT NOT NULL,
    since           INTEGER NOT NULL,
    acknowledged_by TEXT NOT NULL DEFAULT '',
    acknowledged_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, account_id, code)
) WITHOUT ROWID;
CREATE INDEX carrier_send_doubtful ON carrier_send (org_id, account_id, updated_at) WHERE status = 'doubtful';
CREATE INDEX carrier_contact_heard ON carrier_contact (org_id, account_id, heard_at) WHERE heard_at > 0;

-- +goose Down
DROP INDEX carrier_contact_heard;
DROP INDEX carrier_send_doubtful;
DROP TABLE carrier_alert;
