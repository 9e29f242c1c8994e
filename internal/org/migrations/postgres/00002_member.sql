-- +goose Up
-- Whose members sign in through their platform; empty: through the org's provider.
ALTER TABLE org_oidc_flow ADD COLUMN account_id TEXT NOT NULL DEFAULT '';
-- +goose Down
ALTER TABLE org_oidc_flow DROP COLUMN account_id;
