-- +goose Up
-- As which member of staff a member of the corp may sign in; nobody while it is not their staff_id.
ALTER TABLE carrier_staff ADD COLUMN sign_in TEXT NOT NULL DEFAULT '';
-- +goose Down
ALTER TABLE carrier_staff DROP COLUMN sign_in;
