-- +goose Up
-- Messages to single people. Times are UTC microseconds; 0 is none.
CREATE TABLE carrier_send (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    key         TEXT NOT NULL, -- the caller's own name for it: the same message twice is one row
    account_id  TEXT NOT NULL,
    person_id   TEXT NOT NULL, -- empty: nobody is known by the recipient
    recipient   TEXT NOT NULL, -- openid, visitor, address or number
    digest      TEXT NOT NULL, -- of what is sent
    content     TEXT NOT NULL, -- JSON
    status      TEXT NOT NULL, -- queued, sent, failed, doubtful
    again       INTEGER NOT NULL DEFAULT 0, -- 1: failed, and may be tried again
    parts_done  INTEGER NOT NULL DEFAULT 0,
    attempts    INTEGER NOT NULL,
    lease_until INTEGER NOT NULL, -- past this, whoever was sending has died
    platform_id TEXT NOT NULL DEFAULT '', -- message id, serial number
    token       TEXT NOT NULL DEFAULT '', -- of the address to which a mail comes back
    code        TEXT NOT NULL DEFAULT '',
    error_zh    TEXT NOT NULL DEFAULT '',
    error_en    TEXT NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX carrier_send_key ON carrier_send (org_id, key);
CREATE UNIQUE INDEX carrier_send_token ON carrier_send (token) WHERE token <> ''; -- mail that comes back tells nothing else
CREATE INDEX carrier_send_queued ON carrier_send (org_id, lease_until) WHERE status = 'queued';
CREATE INDEX carrier_send_account ON carrier_send (org_id, account_id, id);

ALTER TABLE carrier_contact ADD COLUMN heard_at INTEGER NOT NULL DEFAULT 0; -- when they last wrote or did something that lets us answer

-- +goose Down
ALTER TABLE carrier_contact DROP COLUMN heard_at;
DROP TABLE carrier_send;
