-- +goose Up
-- What was claimed before there were rules is the receipt of a card; no release has had it.
DROP TABLE acquisition_claim;
CREATE TABLE acquisition_reward (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL, -- none, coupon, red_packet, gift
    ref         TEXT NOT NULL, -- what is paid: the coupon template or red packet
    title       TEXT NOT NULL, -- as the customer reads it
    earned_by   TEXT NOT NULL, -- scanned, friend_added, form_filled, order_proven
    per_person  INTEGER NOT NULL, -- 0: no limit; so below
    per_order   INTEGER NOT NULL,
    per_thing   INTEGER NOT NULL, -- a batch of cards, a form or a code
    budget      INTEGER NOT NULL,
    valid_from  INTEGER NOT NULL,
    valid_until INTEGER NOT NULL,
    status      TEXT NOT NULL, -- active, ended
    claims      INTEGER NOT NULL, -- that count against the budget
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE TABLE acquisition_claim (
    org_id    TEXT NOT NULL,
    id        TEXT NOT NULL,
    reward_id TEXT NOT NULL,
    thing     TEXT NOT NULL, -- the batch of cards, form or code
    what      TEXT NOT NULL, -- that can be redeemed once: the card, order, visitor or person
    card      TEXT NOT NULL,
    code_id   TEXT NOT NULL, -- by which a friend must come
    order_no  TEXT NOT NULL,
    visitor   TEXT NOT NULL,
    person_id TEXT NOT NULL, -- as known when it was learned
    status    TEXT NOT NULL, -- pending, earned, lapsed
    receipt   TEXT NOT NULL, -- what the customer shows or says
    at        INTEGER NOT NULL,
    earned_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE TABLE acquisition_order (
    org_id TEXT NOT NULL,
    no     INTEGER NOT NULL, -- a hash of the order's number
    at     INTEGER NOT NULL,
    PRIMARY KEY (org_id, no)
) WITHOUT ROWID;
CREATE TABLE acquisition_namecard (
    org_id     TEXT NOT NULL,
    staff_id   TEXT NOT NULL,
    slug       TEXT NOT NULL,
    title      TEXT NOT NULL,
    intro      TEXT NOT NULL,
    photo      TEXT NOT NULL, -- JPEG in base64; empty: none
    version    INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, staff_id)
);
CREATE UNIQUE INDEX acquisition_claim_what ON acquisition_claim (org_id, thing, what);
CREATE UNIQUE INDEX acquisition_claim_receipt ON acquisition_claim (org_id, receipt);
CREATE INDEX acquisition_claim_person ON acquisition_claim (org_id, reward_id, person_id);
CREATE INDEX acquisition_claim_visitor ON acquisition_claim (org_id, visitor);
CREATE INDEX acquisition_claim_pending ON acquisition_claim (org_id, at) WHERE status = 'pending';
CREATE INDEX acquisition_order_at ON acquisition_order (org_id, at);
CREATE UNIQUE INDEX acquisition_namecard_slug ON acquisition_namecard (slug);
ALTER TABLE acquisition_code ADD COLUMN alert TEXT NOT NULL DEFAULT ''; -- why nobody can be reached by it; empty: somebody can
ALTER TABLE acquisition_poster ADD COLUMN caption INTEGER NOT NULL DEFAULT 0; -- 1: the brand and whom the code adds stand below it
-- +goose Down
ALTER TABLE acquisition_poster DROP COLUMN caption;
ALTER TABLE acquisition_code DROP COLUMN alert;
DROP TABLE acquisition_namecard;
DROP TABLE acquisition_order;
DROP TABLE acquisition_claim;
DROP TABLE acquisition_reward;
CREATE TABLE acquisition_claim (
    org_id    TEXT NOT NULL,
    batch_id  TEXT NOT NULL,
    what      TEXT NOT NULL,
    code      TEXT NOT NULL,
    visitor   TEXT NOT NULL,
    at        INTEGER NOT NULL,
    receipt   TEXT NOT NULL,
    PRIMARY KEY (org_id, batch_id, what)
) WITHOUT ROWID;
