-- +goose Up
-- CREATE TABLE commented_out (id TEXT PRIMARY KEY);
CREATE TABLE person (
    org_id TEXT NOT NULL,
    id     TEXT NOT NULL CHECK (length(id) < 100), -- a ) inside
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE TABLE person_draft (
    id     TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL
);
-- +goose Down
CREATE TABLE from_the_past (id TEXT);
