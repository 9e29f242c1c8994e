-- +goose Up
ALTER TABLE inbox_message ADD COLUMN attachments TEXT NOT NULL DEFAULT ''; -- JSON, as the log tells of them
ALTER TABLE inbox_attempt ADD COLUMN told TEXT NOT NULL DEFAULT ''; -- delivered, read, failed: the log was faster than the sender
CREATE INDEX inbox_attempt_key ON inbox_attempt (org_id, key);
ALTER TABLE inbox_conversation ADD COLUMN answered_at BIGINT NOT NULL DEFAULT 0; -- the last answer that staff gave outside of the inbox
ALTER TABLE inbox_desk ADD COLUMN skills TEXT NOT NULL DEFAULT '[]'; -- JSON: who is asked about what
