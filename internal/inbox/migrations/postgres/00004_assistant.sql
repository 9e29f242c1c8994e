-- +goose Up
ALTER TABLE inbox_org ADD COLUMN assistant BIGINT NOT NULL DEFAULT 0; -- 1: staff may ask for drafts
