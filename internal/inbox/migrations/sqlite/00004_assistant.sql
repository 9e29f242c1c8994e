-- +goose Up
ALTER TABLE inbox_org ADD COLUMN assistant INTEGER NOT NULL DEFAULT 0; -- 1: staff may ask for drafts
