-- +goose Up
CREATE TABLE org (
    org_id     TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    name_key   TEXT   NOT NULL, -- the name as it is compared: one org a name
    time_zone  TEXT   NOT NULL,
    currency   TEXT   NOT NULL,
    locale     TEXT   NOT NULL,
    synthetic  BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX org_name ON org (name_key);

CREATE TABLE org_staff (
    org_id       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    email        TEXT   NOT NULL, -- lower case
    role         TEXT   NOT NULL,
    status       TEXT   NOT NULL, -- invited, active, disabled
    locale       TEXT   NOT NULL,
    password     TEXT   NOT NULL DEFAULT '', -- argon2id in PHC form; empty: signs in otherwise
    oidc_subject TEXT   NOT NULL DEFAULT '', -- issuer and subject of the first sign-in that way
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX org_staff_email ON org_staff (org_id, email);
CREATE INDEX org_staff_sign_in ON org_staff (email);

CREATE TABLE org_session (
    org_id       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    staff_id     TEXT   NOT NULL,
    token_hash   TEXT   NOT NULL,
    ip           TEXT   NOT NULL,
    user_agent   TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX org_session_token ON org_session (token_hash);
CREATE INDEX org_session_staff ON org_session (org_id, staff_id);

CREATE TABLE org_api_key (
    org_id       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    prefix       TEXT   NOT NULL, -- the first characters, to recognise the key by
    key_hash     TEXT   NOT NULL,
    permissions  TEXT   NOT NULL, -- JSON list
    staff_id     TEXT   NOT NULL, -- who made it
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL DEFAULT 0,
    revoked_at   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX org_api_key_hash ON org_api_key (key_hash);

-- One-time links. The set-up link of an installation without orgs has org_id '*'.
CREATE TABLE org_link (
    org_id     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    kind       TEXT   NOT NULL, -- setup, owner, invite
    staff_id   TEXT   NOT NULL DEFAULT '', -- of an invite
    token_hash TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX org_link_token ON org_link (token_hash);
CREATE INDEX org_link_kind ON org_link (org_id, kind, staff_id);

CREATE TABLE org_oidc (
    org_id          TEXT   NOT NULL PRIMARY KEY,
    issuer          TEXT   NOT NULL,
    client_id       TEXT   NOT NULL,
    client_secret   TEXT   NOT NULL, -- sealed
    enabled         BIGINT NOT NULL,
    allowed_domains TEXT   NOT NULL, -- JSON list
    auto_role       TEXT   NOT NULL DEFAULT '',
    updated_at      BIGINT NOT NULL
);

-- Sign-ins that are under way at a provider.
CREATE TABLE org_oidc_flow (
    org_id     TEXT   NOT NULL,
    id         TEXT   NOT NULL, -- hash of the browser's cookie
    state_hash TEXT   NOT NULL,
    nonce      TEXT   NOT NULL,
    verifier   TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX org_oidc_flow_id ON org_oidc_flow (id);

CREATE TABLE org_audit (
    org_id      TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    actor_kind  TEXT   NOT NULL,
    actor_id    TEXT   NOT NULL,
    actor_name  TEXT   NOT NULL,
    action      TEXT   NOT NULL,
    object_type TEXT   NOT NULL,
    object_id   TEXT   NOT NULL,
    detail      TEXT   NOT NULL,
    ip          TEXT   NOT NULL,
    request_id  TEXT   NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX org_audit_at ON org_audit (org_id, at, id);
CREATE INDEX org_audit_actor ON org_audit (org_id, actor_id, at, id);
CREATE INDEX org_audit_object ON org_audit (org_id, object_id, at, id);

-- +goose StatementBegin
CREATE FUNCTION org_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'org_audit is append-only'; END $$;
-- +goose StatementEnd
CREATE TRIGGER org_audit_no_change BEFORE UPDATE OR DELETE ON org_audit FOR EACH ROW EXECUTE FUNCTION org_audit_append_only();
CREATE TRIGGER org_audit_no_truncate BEFORE TRUNCATE ON org_audit FOR EACH STATEMENT EXECUTE FUNCTION org_audit_append_only();

-- The subselects are evaluated once a query, not once a row.
ALTER TABLE org ENABLE ROW LEVEL SECURITY;
ALTER TABLE org FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON org USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE org_staff ENABLE ROW LEVEL SECURITY;
ALTER TABLE org_staff FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON org_staff USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE org_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE org_session FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON org_session USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE org_api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE org_api_key FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON org_api_key USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE org_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE org_link FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON org_link USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE org_oidc ENABLE ROW LEVEL SECURITY;
ALTER TABLE org_oidc FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON org_oidc USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE org_oidc_flow ENABLE ROW LEVEL SECURITY;
ALTER TABLE org_oidc_flow FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON org_oidc_flow USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE org_audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE org_audit FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON org_audit USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE org_audit;
DROP TABLE org_oidc_flow;
DROP TABLE org_oidc;
DROP TABLE org_link;
DROP TABLE org_api_key;
DROP TABLE org_session;
DROP TABLE org_staff;
DROP TABLE org;
DROP FUNCTION org_audit_append_only();
