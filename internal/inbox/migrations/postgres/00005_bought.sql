-- +goose Up
ALTER TABLE inbox_spell ADD COLUMN bought_at BIGINT NOT NULL DEFAULT 0; -- the first order that was paid soon after it began; 0: none
