-- +goose Up
CREATE TABLE insight_value_model (
    org_id     TEXT NOT NULL,
    fitted_at  BIGINT NOT NULL,
    refusal    TEXT NOT NULL, -- code of why there is no model; empty when there is one
    as_of      BIGINT NOT NULL, -- day of the last order, since 1970-01-01 in the zone of insight_state
    live       BIGINT NOT NULL, -- 1: that was within the week before fitted_at, so that time goes on
    orders     BIGINT NOT NULL, -- counted then
    parameters TEXT NOT NULL, -- JSON: both models of purchases and the one of value
    report     TEXT NOT NULL, -- JSON: all there is to say, of the newest only
    PRIMARY KEY (org_id, fitted_at)
);
CREATE TABLE insight_value (
    org_id         TEXT NOT NULL,
    person_id      TEXT NOT NULL, -- canonical
    as_of          BIGINT NOT NULL, -- day, as above
    alive_ppm      BIGINT NOT NULL, -- probability to buy again, millionths
    orders_ppm     BIGINT NOT NULL, -- orders expected within 365 days, millionths of one
    worth_minor    BIGINT NOT NULL, -- of these; 0 where amounts tell nothing
    lifetime_minor BIGINT NOT NULL, -- of three years, discounted
    PRIMARY KEY (org_id, person_id)
);
ALTER TABLE insight_value_model ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_value_model FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_value_model USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_value ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_value FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_value USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE insight_value;
DROP TABLE insight_value_model;
