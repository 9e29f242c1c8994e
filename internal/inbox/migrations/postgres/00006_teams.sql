-- +goose Up
CREATE TABLE inbox_team (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    members    TEXT NOT NULL, -- JSON list of staff ids
    accounts   TEXT NOT NULL, -- JSON list of accounts whose new conversations come to it
    strategy   TEXT NOT NULL, -- off, round_robin, least_loaded, owner
    capacity   BIGINT NOT NULL, -- open conversations of one member; 0: not limited
    turn       TEXT NOT NULL, -- who was given the last one in the round
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX inbox_team_name ON inbox_team (org_id, name);
ALTER TABLE inbox_conversation ADD COLUMN team_id TEXT NOT NULL DEFAULT ''; -- empty: whoever sits at the account's desk
ALTER TABLE inbox_assignment ADD COLUMN team_id TEXT NOT NULL DEFAULT ''; -- the team that it was given to; empty: it stayed where it was
ALTER TABLE inbox_spell ADD COLUMN team_id TEXT NOT NULL DEFAULT ''; -- the last team that had it in this stretch
CREATE INDEX inbox_conversation_team ON inbox_conversation (org_id, team_id, last_at, id) WHERE team_id <> '';
ALTER TABLE inbox_team ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_team FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON inbox_team USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP INDEX inbox_conversation_team;
ALTER TABLE inbox_spell DROP COLUMN team_id;
ALTER TABLE inbox_assignment DROP COLUMN team_id;
ALTER TABLE inbox_conversation DROP COLUMN team_id;
DROP TABLE inbox_team;
