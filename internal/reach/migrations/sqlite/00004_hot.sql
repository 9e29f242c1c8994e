-- +goose Up
-- The same columns as on PostgreSQL, where no index may have the state in it; here they take no place, and the indexes
-- stay: SQLite changes an entry of an index only when it changes.
ALTER TABLE reach_message ADD COLUMN waits INTEGER GENERATED ALWAYS AS (CASE WHEN status = 'waiting' THEN 1 ELSE 0 END) VIRTUAL;
ALTER TABLE reach_message ADD COLUMN trouble TEXT GENERATED ALWAYS AS (CASE WHEN status IN ('held', 'failed', 'doubtful') THEN status ELSE '' END) VIRTUAL;

-- +goose Down
ALTER TABLE reach_message DROP COLUMN trouble;
ALTER TABLE reach_message DROP COLUMN waits;
