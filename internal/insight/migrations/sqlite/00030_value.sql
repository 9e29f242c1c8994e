-- +goose Up
CREATE TABLE insight_value_model (
    org_id     TEXT NOT NULL,
    fitted_at  INTEGER NOT NULL,
    refusal    TEXT NOT NULL, -- code of why there is no model; empty when there is one
    as_of      INTEGER NOT NULL, -- day of the last order, since 1970-01-01 in the zone of insight_state
    live       INTEGER NOT NULL, -- 1: that was within the week before fitted_at, so that time goes on
    orders     INTEGER NOT NULL, -- counted then
    parameters TEXT NOT NULL, -- JSON: both models of purchases and the one of value
    report     TEXT NOT NULL, -- JSON: all there is to say, of the newest only
    PRIMARY KEY (org_id, fitted_at)
) WITHOUT ROWID;
CREATE TABLE insight_value (
    org_id         TEXT NOT NULL,
    person_id      TEXT NOT NULL, -- canonical
    as_of          INTEGER NOT NULL, -- day, as above
    alive_ppm      INTEGER NOT NULL, -- probability to buy again, millionths
    orders_ppm     INTEGER NOT NULL, -- orders expected within 365 days, millionths of one
    worth_minor    INTEGER NOT NULL, -- of these; 0 where amounts tell nothing
    lifetime_minor INTEGER NOT NULL, -- of three years, discounted
    PRIMARY KEY (org_id, person_id)
) WITHOUT ROWID;
-- +goose Down
DROP TABLE insight_value;
DROP TABLE insight_value_model;
