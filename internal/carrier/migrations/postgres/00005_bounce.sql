-- +goose Up
-- Addresses from which mail has come back. Times are UTC microseconds.
CREATE TABLE carrier_address (
    org_id  TEXT NOT NULL,
    address TEXT NOT NULL, -- lower case
    state   TEXT NOT NULL, -- soft, hard, complained
    soft    BIGINT NOT NULL, -- how often it came back for now
    status  TEXT NOT NULL, -- 5.1.1
    reason  TEXT NOT NULL, -- the server's words
    send_id TEXT NOT NULL, -- the mail that came back last
    at      BIGINT NOT NULL,
    PRIMARY KEY (org_id, address)
);
CREATE INDEX carrier_address_at ON carrier_address (org_id, at, send_id);
CREATE UNIQUE INDEX carrier_send_id ON carrier_send (id); -- a report names the mail and nothing else
CREATE INDEX carrier_send_back ON carrier_send (org_id, account_id, updated_at) WHERE code IN ('hard_bounce', 'complaint');

ALTER TABLE carrier_address ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_address FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_address USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');

-- +goose Down
DROP INDEX carrier_send_back;
DROP INDEX carrier_send_id;
DROP TABLE carrier_address;
