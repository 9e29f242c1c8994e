-- +goose Up
-- Keys that an account's mail is signed with. Times are UTC microseconds.
CREATE TABLE carrier_dkim (
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    id         TEXT NOT NULL,
    domain     TEXT NOT NULL,
    selector   TEXT NOT NULL,
    algorithm  TEXT NOT NULL, -- rsa, ed25519
    state      TEXT NOT NULL, -- waiting, signing
    found      TEXT NOT NULL, -- what stood in DNS at the last look: empty (nobody looked), ok, missing, different, unknown
    sealed     TEXT NOT NULL, -- the private key
    created_at BIGINT NOT NULL,
    checked_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, account_id, id)
);
-- One key signs, one waits for its record.
CREATE UNIQUE INDEX carrier_dkim_state ON carrier_dkim (org_id, account_id, state);

ALTER TABLE carrier_dkim ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_dkim FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_dkim USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE carrier_dkim;
