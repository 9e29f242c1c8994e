-- +goose Up
ALTER TABLE acquisition_namecard ADD COLUMN phone TEXT NOT NULL DEFAULT '';
-- What stands on business cards, in order.
CREATE TABLE acquisition_showcase (
    org_id    TEXT NOT NULL,
    staff_id  TEXT NOT NULL, -- empty: on everybody's
    item_id   TEXT NOT NULL, -- of a material or a briefcase
    briefcase BIGINT NOT NULL, -- 1: of a briefcase
    shelf     TEXT NOT NULL, -- product, material
    n         BIGINT NOT NULL,
    PRIMARY KEY (org_id, staff_id, item_id)
);
-- Which browsers opened somebody's card.
CREATE TABLE acquisition_card_visitor (
    org_id   TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    visitor  TEXT NOT NULL,
    opens    BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    PRIMARY KEY (org_id, staff_id, visitor)
);
CREATE INDEX acquisition_card_visitor_last ON acquisition_card_visitor (org_id, staff_id, last_at);
-- What they opened from it.
CREATE TABLE acquisition_card_look (
    org_id   TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    visitor  TEXT NOT NULL,
    item_id  TEXT NOT NULL,
    briefcase BIGINT NOT NULL,
    looks    BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    PRIMARY KEY (org_id, staff_id, visitor, item_id)
);
ALTER TABLE acquisition_showcase ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_showcase FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_showcase USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_card_visitor ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_card_visitor FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_card_visitor USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_card_look ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_card_look FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_card_look USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE acquisition_card_look;
DROP TABLE acquisition_card_visitor;
DROP TABLE acquisition_showcase;
ALTER TABLE acquisition_namecard DROP COLUMN phone;
