-- +goose Up
ALTER TABLE lifecycle_settings ADD COLUMN silent_ppm BIGINT NOT NULL DEFAULT 0; -- probability to be alive below which people are silent, millionths; 0: by days
ALTER TABLE lifecycle_settings ADD COLUMN lost_ppm BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lifecycle_settings ADD COLUMN model TEXT NOT NULL DEFAULT ''; -- that tells it, as insight wrote it; empty: none, by days
-- +goose Down
ALTER TABLE lifecycle_settings DROP COLUMN model;
ALTER TABLE lifecycle_settings DROP COLUMN lost_ppm;
ALTER TABLE lifecycle_settings DROP COLUMN silent_ppm;
