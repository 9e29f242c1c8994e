-- +goose Up
-- Customer service accounts. Times are UTC microseconds; 0 is none.
CREATE TABLE carrier_kf ( -- how far what happened at an account has been fetched
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    cursor     TEXT NOT NULL,
    synced_at  INTEGER NOT NULL, -- when the last fetch began that came to the end
    PRIMARY KEY (org_id, account_id)
) WITHOUT ROWID;

CREATE TABLE carrier_kf_session ( -- who serves a customer
    org_id      TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    external_id TEXT NOT NULL,
    state       INTEGER NOT NULL, -- the platform's number
    user_id     TEXT NOT NULL,
    at          INTEGER NOT NULL, -- since when
    PRIMARY KEY (org_id, account_id, external_id)
) WITHOUT ROWID;

ALTER TABLE carrier_send ADD COLUMN staff_id TEXT NOT NULL DEFAULT '';
ALTER TABLE carrier_send ADD COLUMN delivered_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE carrier_send ADD COLUMN read_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX carrier_send_recipient ON carrier_send (org_id, account_id, recipient, created_at);

-- +goose Down
DROP TABLE carrier_kf_session;
DROP TABLE carrier_kf;
DROP INDEX carrier_send_recipient;
ALTER TABLE carrier_send DROP COLUMN read_at;
ALTER TABLE carrier_send DROP COLUMN delivered_at;
ALTER TABLE carrier_send DROP COLUMN staff_id;
