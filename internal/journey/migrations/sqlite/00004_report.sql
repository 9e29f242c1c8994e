-- +goose Up
-- What reports ask of all who ever came in is kept count of; of those who did
-- something, few against all, the walks are read.
CREATE INDEX journey_run_did ON journey_run (org_id, journey_id, came_version, arm, converted_at, orders, spent_minor, person_id) WHERE first = 1 AND (converted_at > 0 OR orders <> 0 OR spent_minor <> 0);
INSERT INTO journey_tally (org_id, journey_id, version, step, what, part, n)
    SELECT org_id, journey_id, came_version, '', 'first', arm, COUNT(*) FROM journey_run WHERE first = 1 GROUP BY org_id, journey_id, came_version, arm;
INSERT INTO journey_tally (org_id, journey_id, version, step, what, part, n)
    SELECT org_id, journey_id, came_version, '', 'in', strftime('%Y-%m-%d', entered_at / 1000000, 'unixepoch'), COUNT(*) FROM journey_run GROUP BY 1, 2, 3, 6;
INSERT INTO journey_tally (org_id, journey_id, version, step, what, part, n)
    SELECT org_id, journey_id, version, step, 'stop', status || '/' || why, COUNT(*) FROM journey_run WHERE status IN ('exited', 'cancelled', 'failed') GROUP BY 1, 2, 3, 4, 6;
-- +goose Down
DELETE FROM journey_tally WHERE what IN ('first', 'in', 'stop');
DROP INDEX journey_run_did;
