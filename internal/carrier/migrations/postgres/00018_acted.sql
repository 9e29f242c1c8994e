-- +goose Up
-- heard_at becomes what it says: when they last wrote. Following an official account or scanning its code
-- lets it answer for a minute only.
ALTER TABLE carrier_contact ADD COLUMN acted_at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE carrier_contact DROP COLUMN acted_at;
