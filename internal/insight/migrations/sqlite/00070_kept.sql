-- +goose Up
CREATE TABLE insight_question (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    kind       TEXT NOT NULL, -- funnel, retention, paths, shared
    name       TEXT NOT NULL,
    question   TEXT NOT NULL, -- JSON: the body of the endpoint that answers it
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER NOT NULL, -- 0: not deleted
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE TABLE insight_value_ask (
    org_id   TEXT NOT NULL,
    asked_at INTEGER NOT NULL, -- when somebody asked to have values worked out anew
    done_at  INTEGER NOT NULL, -- when that was over; before asked_at while it is not
    done     INTEGER NOT NULL, -- people whose value was told
    total    INTEGER NOT NULL,
    failed   INTEGER NOT NULL, -- 1: the last one broke off
    PRIMARY KEY (org_id)
) WITHOUT ROWID;
-- +goose Down
DROP TABLE insight_value_ask;
DROP TABLE insight_question;
