-- +goose Up
CREATE TABLE importer_upload (
    org_id     TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    file_name  TEXT    NOT NULL, -- as the sender called it: shown, never used as a path
    bytes      BIGINT NOT NULL,
    created_by TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX importer_upload_age ON importer_upload (created_at);

CREATE TABLE importer_run (
    org_id       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    upload_id    TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    file_name    TEXT    NOT NULL,
    options      TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    rows_read    BIGINT NOT NULL DEFAULT 0,
    bytes_read   BIGINT NOT NULL DEFAULT 0,
    bytes_total  BIGINT NOT NULL DEFAULT 0,
    orders_done  BIGINT NOT NULL DEFAULT 0,
    orders_total BIGINT NOT NULL DEFAULT 0,
    result       TEXT    NOT NULL DEFAULT '',
    error_zh     TEXT    NOT NULL DEFAULT '',
    error_en     TEXT    NOT NULL DEFAULT '',
    created_by   TEXT    NOT NULL,
    created_at   BIGINT NOT NULL,
    started_at   BIGINT NOT NULL DEFAULT 0,
    finished_at  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX importer_run_order ON importer_run (org_id, created_at, id);
CREATE INDEX importer_run_upload ON importer_run (org_id, upload_id);
ALTER TABLE importer_upload ENABLE ROW LEVEL SECURITY;
ALTER TABLE importer_upload FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON importer_upload USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE importer_run ENABLE ROW LEVEL SECURITY;
ALTER TABLE importer_run FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON importer_run USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE importer_run;
DROP TABLE importer_upload;
