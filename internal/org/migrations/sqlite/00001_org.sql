-- +goose Up
CREATE TABLE org (
    org_id     TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL, -- the name as it is compared: one org a name
    time_zone  TEXT    NOT NULL,
    currency   TEXT    NOT NULL,
    locale     TEXT    NOT NULL,
    synthetic  INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX org_name ON org (name_key);

CREATE TABLE org_staff (
    org_id       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    email        TEXT    NOT NULL, -- lower case
    role         TEXT    NOT NULL,
    status       TEXT    NOT NULL, -- invited, active, disabled
    locale       TEXT    NOT NULL,
    password     TEXT    NOT NULL DEFAULT '', -- argon2id in PHC form; empty: signs in otherwise
    oidc_subject TEXT    NOT NULL DEFAULT '', -- issuer and subject of the first sign-in that way
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX org_staff_email ON org_staff (org_id, email);
CREATE INDEX org_staff_sign_in ON org_staff (email);

CREATE TABLE org_session (
    org_id       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    staff_id     TEXT    NOT NULL,
    token_hash   TEXT    NOT NULL,
    ip           TEXT    NOT NULL,
    user_agent   TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX org_session_token ON org_session (token_hash);
CREATE INDEX org_session_staff ON org_session (org_id, staff_id);

CREATE TABLE org_api_key (
    org_id       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    prefix       TEXT    NOT NULL, -- the first characters, to recognise the key by
    key_hash     TEXT    NOT NULL,
    permissions  TEXT    NOT NULL, -- JSON list
    staff_id     TEXT    NOT NULL, -- who made it
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL DEFAULT 0,
    revoked_at   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX org_api_key_hash ON org_api_key (key_hash);

-- One-time links. The set-up link of an installation without orgs has org_id '*'.
CREATE TABLE org_link (
    org_id     TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    kind       TEXT    NOT NULL, -- setup, owner, invite
    staff_id   TEXT    NOT NULL DEFAULT '', -- of an invite
    token_hash TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX org_link_token ON org_link (token_hash);
CREATE INDEX org_link_kind ON org_link (org_id, kind, staff_id);

CREATE TABLE org_oidc (
    org_id          TEXT    NOT NULL PRIMARY KEY,
    issuer          TEXT    NOT NULL,
    client_id       TEXT    NOT NULL,
    client_secret   TEXT    NOT NULL, -- sealed
    enabled         INTEGER NOT NULL,
    allowed_domains TEXT    NOT NULL, -- JSON list
    auto_role       TEXT    NOT NULL DEFAULT '',
    updated_at      INTEGER NOT NULL
) WITHOUT ROWID;

-- Sign-ins that are under way at a provider.
CREATE TABLE org_oidc_flow (
    org_id     TEXT    NOT NULL,
    id         TEXT    NOT NULL, -- hash of the browser's cookie
    state_hash TEXT    NOT NULL,
    nonce      TEXT    NOT NULL,
    verifier   TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX org_oidc_flow_id ON org_oidc_flow (id);

CREATE TABLE org_audit (
    org_id      TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    actor_kind  TEXT    NOT NULL,
    actor_id    TEXT    NOT NULL,
    actor_name  TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    object_type TEXT    NOT NULL,
    object_id   TEXT    NOT NULL,
    detail      TEXT    NOT NULL,
    ip          TEXT    NOT NULL,
    request_id  TEXT    NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE INDEX org_audit_at ON org_audit (org_id, at, id);
CREATE INDEX org_audit_actor ON org_audit (org_id, actor_id, at, id);
CREATE INDEX org_audit_object ON org_audit (org_id, object_id, at, id);
CREATE TRIGGER org_audit_no_update BEFORE UPDATE ON org_audit BEGIN SELECT RAISE(ABORT, 'org_audit is append-only'); END;
CREATE TRIGGER org_audit_no_delete BEFORE DELETE ON org_audit BEGIN SELECT RAISE(ABORT, 'org_audit is append-only'); END;
-- INSERT OR REPLACE fires no delete trigger unless recursive_triggers is on.
CREATE TRIGGER org_audit_no_replace BEFORE INSERT ON org_audit
WHEN EXISTS (SELECT 1 FROM org_audit WHERE org_id = NEW.org_id AND id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'org_audit is append-only'); END;
-- +goose Down
DROP TABLE org_audit;
DROP TABLE org_oidc_flow;
DROP TABLE org_oidc;
DROP TABLE org_link;
DROP TABLE org_api_key;
DROP TABLE org_session;
DROP TABLE org_staff;
DROP TABLE org;
