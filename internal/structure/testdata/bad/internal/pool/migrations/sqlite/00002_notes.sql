-- +goose Up
CREATE TABLE IF NOT EXISTS person_note (
    org_id TEXT NOT NULL,
    body   TEXT NOT NULL
);
