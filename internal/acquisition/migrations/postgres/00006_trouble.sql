-- +goose Up
-- Why the platform could not be told, in English; error is the Chinese.
ALTER TABLE acquisition_way ADD COLUMN error_en TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE acquisition_way DROP COLUMN error_en;
