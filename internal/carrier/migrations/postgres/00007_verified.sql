-- +goose Up
-- When the platform last verified the callback address, in UTC microseconds; 0 is never.
ALTER TABLE carrier_account ADD COLUMN verified_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE carrier_account ADD COLUMN error_api TEXT NOT NULL DEFAULT ''; -- the call that failed

-- +goose Down
ALTER TABLE carrier_account DROP COLUMN error_api;
ALTER TABLE carrier_account DROP COLUMN verified_at;
