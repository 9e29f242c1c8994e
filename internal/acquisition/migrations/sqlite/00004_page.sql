-- +goose Up
CREATE TABLE acquisition_hit (
    org_id TEXT NOT NULL,
    thing  TEXT NOT NULL, -- a code, link, batch or form
    hour   INTEGER NOT NULL, -- its first microsecond
    hits   INTEGER NOT NULL,
    PRIMARY KEY (org_id, thing, hour)
) WITHOUT ROWID;
CREATE TABLE acquisition_link (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    slug       TEXT NOT NULL,
    name       TEXT NOT NULL,
    target     TEXT NOT NULL,
    params     TEXT NOT NULL, -- added to the target: a query string
    channel_id TEXT NOT NULL,
    staff_id   TEXT NOT NULL, -- whose share it is
    status     TEXT NOT NULL, -- active, ended
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX acquisition_link_slug ON acquisition_link (slug);
CREATE TABLE acquisition_visit (
    org_id     TEXT NOT NULL,
    visitor    TEXT NOT NULL, -- the anonymous id of a browser
    at         INTEGER NOT NULL,
    id         TEXT NOT NULL,
    way        TEXT NOT NULL, -- link, card
    thing      TEXT NOT NULL, -- the link, or the batch
    card_id    TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    staff_id   TEXT NOT NULL,
    PRIMARY KEY (org_id, visitor, at, id)
) WITHOUT ROWID;
CREATE TABLE acquisition_visitor (
    org_id    TEXT NOT NULL,
    visitor   TEXT NOT NULL,
    person_id TEXT NOT NULL, -- as known when it was learned
    PRIMARY KEY (org_id, visitor)
) WITHOUT ROWID;
CREATE TABLE acquisition_form (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    slug       TEXT NOT NULL,
    name       TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    staff_id   TEXT NOT NULL,
    status     TEXT NOT NULL,
    spec       TEXT NOT NULL, -- JSON: title, text, consent, thanks
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX acquisition_form_slug ON acquisition_form (slug);
CREATE TABLE acquisition_entry (
    org_id    TEXT NOT NULL,
    form_id   TEXT NOT NULL,
    token     TEXT NOT NULL, -- of the page that was filled in: sent twice it is once
    at        INTEGER NOT NULL,
    person_id TEXT NOT NULL,
    PRIMARY KEY (org_id, form_id, token)
) WITHOUT ROWID;
CREATE TABLE acquisition_batch (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    mode       TEXT NOT NULL, -- single: each card once; per_order: each order once
    cards      INTEGER NOT NULL,
    status     TEXT NOT NULL,
    spec       TEXT NOT NULL, -- JSON: title, text, where it leads, reward
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE TABLE acquisition_card (
    org_id   TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    serial   INTEGER NOT NULL,
    code     TEXT NOT NULL,
    scans    INTEGER NOT NULL,
    voided   INTEGER NOT NULL, -- 1: taken out of use
    PRIMARY KEY (org_id, batch_id, serial)
) WITHOUT ROWID;
CREATE UNIQUE INDEX acquisition_card_code ON acquisition_card (code);
CREATE TABLE acquisition_claim (
    org_id    TEXT NOT NULL,
    batch_id  TEXT NOT NULL,
    what      TEXT NOT NULL, -- the card's code, or the order's number
    code      TEXT NOT NULL, -- of the card
    visitor   TEXT NOT NULL,
    at        INTEGER NOT NULL,
    receipt   TEXT NOT NULL, -- what the customer shows for the reward
    PRIMARY KEY (org_id, batch_id, what)
) WITHOUT ROWID;
CREATE TABLE acquisition_poster (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    picture    TEXT NOT NULL, -- PNG or JPEG in base64
    kind       TEXT NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    x          INTEGER NOT NULL, -- where the code goes
    y          INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
-- +goose Down
DROP TABLE acquisition_poster;
DROP TABLE acquisition_claim;
DROP TABLE acquisition_card;
DROP TABLE acquisition_batch;
DROP TABLE acquisition_entry;
DROP TABLE acquisition_form;
DROP TABLE acquisition_visitor;
DROP TABLE acquisition_visit;
DROP TABLE acquisition_link;
DROP TABLE acquisition_hit;
