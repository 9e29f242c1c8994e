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
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
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
    claim_until BIGINT NOT NULL,
    error       TEXT NOT NULL,
    attempts    BIGINT NOT NULL,
    tried_at    BIGINT NOT NULL,
    PRIMARY KEY (org_id, code_id, staff_id)
);
ALTER TABLE acquisition_code ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_code FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_code USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_way ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_way FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_way USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE acquisition_way;
DROP TABLE acquisition_code;
