-- +goose Up
-- A message changes its state two or three times on its way. PostgreSQL writes a changed row anew, and a new entry into
-- every index of the table, unless no column of any index changes and there is room on the row's own page. So no index
-- has the state in it; these two columns are the same for all messages that simply go.
ALTER TABLE reach_message ADD COLUMN waits BIGINT GENERATED ALWAYS AS (CASE WHEN status = 'waiting' THEN 1 ELSE 0 END) STORED;
ALTER TABLE reach_message ADD COLUMN trouble TEXT GENERATED ALWAYS AS (CASE WHEN status IN ('held', 'failed', 'doubtful') THEN status ELSE '' END) STORED;
DROP INDEX reach_message_waiting;
DROP INDEX reach_message_trouble;
CREATE INDEX reach_message_waiting ON reach_message (org_id, plan_id, due_at) WHERE waits = 1;
CREATE INDEX reach_message_trouble ON reach_message (org_id, trouble, plan_id, n) WHERE trouble <> '';
ALTER TABLE reach_message SET (fillfactor = 60);

-- +goose Down
ALTER TABLE reach_message RESET (fillfactor);
DROP INDEX reach_message_trouble;
DROP INDEX reach_message_waiting;
CREATE INDEX reach_message_waiting ON reach_message (org_id, plan_id, due_at) WHERE status = 'waiting';
CREATE INDEX reach_message_trouble ON reach_message (org_id, status, plan_id, n) WHERE status IN ('held', 'failed', 'doubtful');
ALTER TABLE reach_message DROP COLUMN trouble;
ALTER TABLE reach_message DROP COLUMN waits;
