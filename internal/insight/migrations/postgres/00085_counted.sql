-- +goose Up
-- When the newest event that overview and cohorts count was recorded; 0: none yet. What there
-- is already was counted by the subscriber beside this one, which follows the same log.
ALTER TABLE insight_state ADD COLUMN counted_to BIGINT NOT NULL DEFAULT 0;
UPDATE insight_state SET counted_to = COALESCE((SELECT s.counted_to FROM insight_stream_state s WHERE s.org_id = insight_state.org_id), 0);
-- +goose Down
ALTER TABLE insight_state DROP COLUMN counted_to;
