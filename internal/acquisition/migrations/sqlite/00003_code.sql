-- +goose Up
CREATE TABLE acquisition_code (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    kind       TEXT NOT NULL, -- staff, group
    mode       TEXT NOT NULL, -- way: a QR of the platform; page: our own
    name       TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    staff_id   TEXT NOT NULL, -- whose share it is
    state      TEXT NOT NULL,
    slug       TEXT NOT NULL, -- of the page
    status     TEXT NOT NULL, -- active, paused, ended
    spec       TEXT NOT NULL, -- JSON: staff, shifts, welcome, …
    last_staff TEXT NOT NULL, -- whom the page showed last
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX acquisition_code_state ON acquisition_code (org_id, state);
CREATE UNIQUE INDEX acquisition_code_slug ON acquisition_code (slug);
CREATE TABLE acquisition_way (
    org_id      TEXT NOT NULL,
    code_id     TEXT NOT NULL,
    staff_id    TEXT NOT NULL, -- empty: of all who are on duty
    account_id  TEXT NOT NULL,
    config_id   TEXT NOT NULL,
    qr_url      TEXT NOT NULL,
    hash        TEXT NOT NULL, -- of what the platform has
    claim       TEXT NOT NULL, -- of who is telling the platform now
    claim_until INTEGER NOT NULL,
    error       TEXT NOT NULL,
    attempts    INTEGER NOT NULL,
    tried_at    INTEGER NOT NULL,
    PRIMARY KEY (org_id, code_id, staff_id)
) WITHOUT ROWID;
-- +goose Down
DROP TABLE acquisition_way;
DROP TABLE acquisition_code;
