-- +goose Up
CREATE INDEX care_thread_staff ON care_thread (org_id, staff_id, last_at, id) WHERE staff_id <> '';
CREATE INDEX care_thread_external ON care_thread (org_id, external_id, last_at, id) WHERE external_id <> '';
-- +goose Down
DROP INDEX care_thread_external;
DROP INDEX care_thread_staff;
