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
    created_at INTEGER NOT NULL,
    checked_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, account_id, id)
) WITHOUT ROWID;
-- One key signs, one waits for its record.
CREATE UNIQUE INDEX carrier_dkim_state ON carrier_dkim (org_id, account_id, state);

-- +goose Down
DROP TABLE carrier_dkim;
