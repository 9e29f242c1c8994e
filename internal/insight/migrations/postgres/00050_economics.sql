-- +goose Up
CREATE TABLE insight_economics_setting (
    org_id     TEXT NOT NULL,
    margin_bp  BIGINT NOT NULL, -- gross margin, basis points of sales
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL, -- staff, or an API key
    PRIMARY KEY (org_id)
);
ALTER TABLE insight_economics_setting ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_economics_setting FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_economics_setting USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE insight_economics_setting;
