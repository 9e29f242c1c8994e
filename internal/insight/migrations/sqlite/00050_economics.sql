-- +goose Up
CREATE TABLE insight_economics_setting (
    org_id     TEXT NOT NULL,
    margin_bp  INTEGER NOT NULL, -- gross margin, basis points of sales
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL, -- staff, or an API key
    PRIMARY KEY (org_id)
) WITHOUT ROWID;
-- +goose Down
DROP TABLE insight_economics_setting;
