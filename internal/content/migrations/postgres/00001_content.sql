-- +goose Up
CREATE TABLE content_folder (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    parent_id  TEXT NOT NULL, -- empty: at the top
    name       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX content_folder_name ON content_folder (org_id, parent_id, name);
CREATE TABLE content_file (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL, -- picture, video, file: from the content
    type        TEXT NOT NULL,
    bytes       BIGINT NOT NULL,
    uploaded_by TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    used        BIGINT NOT NULL, -- 1: a version refers to it, and it stays
    content     BYTEA NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX content_file_unused ON content_file (org_id, created_at) WHERE used = 0;
CREATE TABLE content_material (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    folder_id  TEXT NOT NULL, -- empty: at the top
    kind       TEXT NOT NULL,
    title      TEXT NOT NULL,
    keys       TEXT NOT NULL, -- what is searched: folded, and pinyin
    version    BIGINT NOT NULL, -- the newest
    revision   BIGINT NOT NULL, -- of everything, for who edits
    expires_at BIGINT NOT NULL, -- 0: never
    used       BIGINT NOT NULL, -- times that it was taken to be sent
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL, -- 0: is there
    PRIMARY KEY (org_id, id)
);
CREATE INDEX content_material_folder ON content_material (org_id, folder_id, id) WHERE deleted_at = 0;
CREATE TABLE content_version (
    org_id      TEXT NOT NULL,
    material_id TEXT NOT NULL,
    version     BIGINT NOT NULL,
    title       TEXT NOT NULL,
    body        TEXT NOT NULL, -- JSON
    created_by  TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (org_id, material_id, version)
);
CREATE TABLE content_briefcase (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    title      TEXT NOT NULL,
    keys       TEXT NOT NULL,
    intro      TEXT NOT NULL,
    items      TEXT NOT NULL, -- JSON: ids of materials in order
    revision   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used       BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE TABLE content_link (
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL,
    token        TEXT NOT NULL, -- in its address
    material_id  TEXT NOT NULL, -- either this
    briefcase_id TEXT NOT NULL, -- or this
    pinned       BIGINT NOT NULL, -- to this version; 0: the newest
    staff_id     TEXT NOT NULL,
    person_id    TEXT NOT NULL, -- empty: for nobody in particular
    browser      TEXT NOT NULL, -- hash: the first that opened it
    print        TEXT NOT NULL, -- hash: where and in what it ran
    created_at   BIGINT NOT NULL,
    visited_at   BIGINT NOT NULL, -- last; 0: never
    withdrawn_at BIGINT NOT NULL, -- 0: can be opened
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX content_link_token ON content_link (token);
CREATE UNIQUE INDEX content_link_one ON content_link (org_id, material_id, briefcase_id, pinned, staff_id, person_id) WHERE withdrawn_at = 0;
CREATE INDEX content_link_staff ON content_link (org_id, staff_id, id);
CREATE TABLE content_visit (
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL,
    link_id      TEXT NOT NULL,
    material_id  TEXT NOT NULL, -- what was looked at; empty: the list of a briefcase
    briefcase_id TEXT NOT NULL,
    version      BIGINT NOT NULL,
    staff_id     TEXT NOT NULL,
    person_id    TEXT NOT NULL, -- for whom the link was made
    who          TEXT NOT NULL, -- p:person or b:browser
    browser      TEXT NOT NULL,
    print        TEXT NOT NULL,
    forwarded    BIGINT NOT NULL, -- 1: not the first browser of a person's link
    opened_at    BIGINT NOT NULL,
    last_at      BIGINT NOT NULL, -- of the last sign of life
    shown_ms     BIGINT NOT NULL, -- for which the page was visible
    depth        BIGINT NOT NULL, -- 0-100
    told_at      BIGINT NOT NULL, -- 0: goes on
    PRIMARY KEY (org_id, id)
);
CREATE INDEX content_visit_link ON content_visit (org_id, link_id, id);
CREATE INDEX content_visit_staff ON content_visit (org_id, staff_id, id);
CREATE INDEX content_visit_material ON content_visit (org_id, material_id, id);
CREATE INDEX content_visit_briefcase ON content_visit (org_id, briefcase_id, id) WHERE briefcase_id <> '';
CREATE INDEX content_visit_person ON content_visit (org_id, person_id, id) WHERE person_id <> '';
CREATE INDEX content_visit_opened ON content_visit (org_id, opened_at);
CREATE INDEX content_visit_last ON content_visit (org_id, last_at);
CREATE INDEX content_visit_open ON content_visit (org_id, last_at) WHERE told_at = 0;
ALTER TABLE content_folder ENABLE ROW LEVEL SECURITY;
ALTER TABLE content_folder FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON content_folder USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE content_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE content_file FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON content_file USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE content_material ENABLE ROW LEVEL SECURITY;
ALTER TABLE content_material FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON content_material USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE content_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE content_version FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON content_version USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE content_briefcase ENABLE ROW LEVEL SECURITY;
ALTER TABLE content_briefcase FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON content_briefcase USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE content_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE content_link FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON content_link USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE content_visit ENABLE ROW LEVEL SECURITY;
ALTER TABLE content_visit FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON content_visit USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE content_visit;
DROP TABLE content_link;
DROP TABLE content_briefcase;
DROP TABLE content_version;
DROP TABLE content_material;
DROP TABLE content_file;
DROP TABLE content_folder;
