-- +goose Up
-- How many parts a message has: of one on its way at most one more may have arrived.
ALTER TABLE carrier_send ADD COLUMN parts INTEGER NOT NULL DEFAULT 1;
-- +goose Down
ALTER TABLE carrier_send DROP COLUMN parts;
