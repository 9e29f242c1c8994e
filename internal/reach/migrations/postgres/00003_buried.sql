-- +goose Up
-- A batch of a node that says nothing any more stays on record: the node's journal may yet tell what became of it.
ALTER TABLE reach_batch ADD COLUMN buried_at BIGINT NOT NULL DEFAULT 0; -- its messages were settled without the journal; 0: were not
-- +goose Down
ALTER TABLE reach_batch DROP COLUMN buried_at;
