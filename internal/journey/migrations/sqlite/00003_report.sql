-- +goose Up
-- Few against all who walk; reports would read them all otherwise.
CREATE INDEX journey_run_won ON journey_run (org_id, journey_id, converted_at) WHERE converted_at > 0;
CREATE INDEX journey_run_merged ON journey_run (org_id, journey_id, person_id) WHERE came_as <> person_id;
-- +goose Down
DROP INDEX journey_run_merged;
DROP INDEX journey_run_won;
