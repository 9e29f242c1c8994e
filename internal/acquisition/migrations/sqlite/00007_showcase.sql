-- +goose Up
ALTER TABLE acquisition_namecard ADD COLUMN phone TEXT NOT NULL DEFAULT '';
-- What stands on business cards, in order.
CREATE TABLE acquisition_showcase (
    org_id    TEXT NOT NULL,
    staff_id  TEXT NOT NULL, -- empty: on everybody's
    item_id   TEXT NOT NULL, -- of a material or a briefcase
    briefcase INTEGER NOT NULL, -- 1: of a briefcase
    shelf     TEXT NOT NULL, -- product, material
    n         INTEGER NOT NULL,
    PRIMARY KEY (org_id, staff_id, item_id)
) WITHOUT ROWID;
-- Which browsers opened somebody's card.
CREATE TABLE acquisition_card_visitor (
    org_id   TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    visitor  TEXT NOT NULL,
    opens    INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    PRIMARY KEY (org_id, staff_id, visitor)
) WITHOUT ROWID;
CREATE INDEX acquisition_card_visitor_last ON acquisition_card_visitor (org_id, staff_id, last_at);
-- What they opened from it.
CREATE TABLE acquisition_card_look (
    org_id   TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    visitor  TEXT NOT NULL,
    item_id  TEXT NOT NULL,
    briefcase INTEGER NOT NULL,
    looks    INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    PRIMARY KEY (org_id, staff_id, visitor, item_id)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE acquisition_card_look;
DROP TABLE acquisition_card_visitor;
DROP TABLE acquisition_showcase;
ALTER TABLE acquisition_namecard DROP COLUMN phone;
