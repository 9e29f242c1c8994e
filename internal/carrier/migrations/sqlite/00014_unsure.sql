-- +goose Up
-- How many tries of a welcome may have arrived without our learning of it.
ALTER TABLE carrier_welcome ADD COLUMN unsure INTEGER NOT NULL DEFAULT 0;
-- +goose Down
ALTER TABLE carrier_welcome DROP COLUMN unsure;
