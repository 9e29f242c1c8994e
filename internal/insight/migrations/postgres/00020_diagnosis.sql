-- +goose Up
CREATE TABLE insight_diagnosis (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    input      TEXT NOT NULL, -- JSON: what was answered
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (org_id, id)
);
ALTER TABLE insight_diagnosis ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_diagnosis FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_diagnosis USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE insight_diagnosis;
