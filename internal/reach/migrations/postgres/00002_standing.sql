-- +goose Up
-- Plans to which people are added for as long as they stand, each entry under a key of its own, with its own end.
ALTER TABLE reach_plan ADD COLUMN standing BIGINT NOT NULL DEFAULT 0; -- 1: it never ends by itself
ALTER TABLE reach_message ADD COLUMN entry TEXT NOT NULL DEFAULT ''; -- the same twice in a plan is one message; empty: the person is
ALTER TABLE reach_message ADD COLUMN until_at BIGINT NOT NULL DEFAULT 0; -- it does not go any more; 0: the plan's end
DROP INDEX reach_message_person;
CREATE UNIQUE INDEX reach_message_person ON reach_message (org_id, person_id, plan_id) WHERE entry = '';
CREATE UNIQUE INDEX reach_message_entry ON reach_message (org_id, plan_id, entry) WHERE entry <> '';
-- +goose Down
DROP INDEX reach_message_entry;
DROP INDEX reach_message_person;
CREATE UNIQUE INDEX reach_message_person ON reach_message (org_id, person_id, plan_id);
ALTER TABLE reach_message DROP COLUMN until_at;
ALTER TABLE reach_message DROP COLUMN entry;
ALTER TABLE reach_plan DROP COLUMN standing;
