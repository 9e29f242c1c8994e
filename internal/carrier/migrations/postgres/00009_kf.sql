-- +goose Up
-- Customer service accounts. Times are UTC microseconds; 0 is none.
CREATE TABLE carrier_kf ( -- how far what happened at an account has been fetched
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    cursor     TEXT NOT NULL,
    synced_at  BIGINT NOT NULL, -- when the last fetch began that came to the end
    PRIMARY KEY (org_id, account_id)
);

CREATE TABLE carrier_kf_session ( -- who serves a customer
    org_id      TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    external_id TEXT NOT NULL,
    state       BIGINT NOT NULL, -- the platform's number
    user_id     TEXT NOT NULL,
    at          BIGINT NOT NULL, -- since when
    PRIMARY KEY (org_id, account_id, external_id)
);

ALTER TABLE carrier_send ADD COLUMN staff_id TEXT NOT NULL DEFAULT '';
ALTER TABLE carrier_send ADD COLUMN delivered_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE carrier_send ADD COLUMN read_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX carrier_send_recipient ON carrier_send (org_id, account_id, recipient, created_at);

ALTER TABLE carrier_kf ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_kf FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_kf USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_kf_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_kf_session FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_kf_session USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');

-- +goose Down
DROP TABLE carrier_kf_session;
DROP TABLE carrier_kf;
DROP INDEX carrier_send_recipient;
ALTER TABLE carrier_send DROP COLUMN read_at;
ALTER TABLE carrier_send DROP COLUMN delivered_at;
ALTER TABLE carrier_send DROP COLUMN staff_id;
