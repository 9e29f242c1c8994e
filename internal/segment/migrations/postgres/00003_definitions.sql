-- +goose Up
-- A saved segment as it is now. expr is the predicate (JSON, references
-- bound); the lists of who is in or out by hand are made when they are first
-- needed. A deleted segment is kept for a while, for undoing.
CREATE TABLE segment_def (
    org_id       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    description  TEXT   NOT NULL DEFAULT '',
    version      BIGINT NOT NULL,
    expr         TEXT   NOT NULL,
    include_list TEXT   NOT NULL DEFAULT '',
    exclude_list TEXT   NOT NULL DEFAULT '',
    created_at   BIGINT NOT NULL,
    created_by   TEXT   NOT NULL,
    updated_at   BIGINT NOT NULL,
    updated_by   TEXT   NOT NULL,
    deleted_at   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, id)
);
-- A name is free again once its segment is deleted.
CREATE UNIQUE INDEX segment_def_name ON segment_def (org_id, name) WHERE deleted_at = 0;

CREATE TABLE segment_version (
    org_id     TEXT   NOT NULL,
    segment_id TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    expr       TEXT   NOT NULL,
    saved_at   BIGINT NOT NULL,
    saved_by   TEXT   NOT NULL,
    PRIMARY KEY (org_id, segment_id, version)
);

-- What the predicate of a segment speaks of: what is segment or list.
CREATE TABLE segment_ref (
    org_id     TEXT NOT NULL,
    segment_id TEXT NOT NULL,
    what       TEXT NOT NULL,
    ref_id     TEXT NOT NULL,
    PRIMARY KEY (org_id, segment_id, what, ref_id)
);
CREATE INDEX segment_ref_back ON segment_ref (org_id, what, ref_id);

-- Lists made by hand. Those that belong to a segment have its id, and no name.
CREATE TABLE segment_list (
    org_id     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    segment_id TEXT   NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    created_by TEXT   NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX segment_list_name ON segment_list (org_id, name) WHERE segment_id = '';

-- Who is on a list: the very persons that were put there, so that a merge
-- takes a list along and a split gives it back.
CREATE TABLE segment_list_person (
    org_id    TEXT   NOT NULL,
    list_id   TEXT   NOT NULL,
    person_id TEXT   NOT NULL,
    added_at  BIGINT NOT NULL,
    added_by  TEXT   NOT NULL,
    PRIMARY KEY (org_id, list_id, person_id)
);
CREATE INDEX segment_list_person_back ON segment_list_person (org_id, person_id);

-- The subselects are evaluated once a query, not once a row.
ALTER TABLE segment_def ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_def FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_def USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE segment_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_version FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_version USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE segment_ref ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_ref FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_ref USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE segment_list ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_list FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_list USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE segment_list_person ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment_list_person FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON segment_list_person USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE segment_list_person;
DROP TABLE segment_list;
DROP TABLE segment_ref;
DROP TABLE segment_version;
DROP TABLE segment_def;
