-- +goose Up
CREATE TABLE insight_diagnosis (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    input      TEXT NOT NULL, -- JSON: what was answered
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
-- +goose Down
DROP TABLE insight_diagnosis;
