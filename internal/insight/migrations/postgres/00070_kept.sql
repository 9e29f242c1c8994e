-- +goose Up
CREATE TABLE insight_question (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    kind       TEXT NOT NULL, -- funnel, retention, paths, shared
    name       TEXT NOT NULL,
    question   TEXT NOT NULL, -- JSON: the body of the endpoint that answers it
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL, -- 0: not deleted
    PRIMARY KEY (org_id, id)
);
CREATE TABLE insight_value_ask (
    org_id   TEXT NOT NULL,
    asked_at BIGINT NOT NULL, -- when somebody asked to have values worked out anew
    done_at  BIGINT NOT NULL, -- when that was over; before asked_at while it is not
    done     BIGINT NOT NULL, -- people whose value was told
    total    BIGINT NOT NULL,
    failed   BIGINT NOT NULL, -- 1: the last one broke off
    PRIMARY KEY (org_id)
);
ALTER TABLE insight_question ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_question FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_question USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_value_ask ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_value_ask FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_value_ask USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE insight_value_ask;
DROP TABLE insight_question;
