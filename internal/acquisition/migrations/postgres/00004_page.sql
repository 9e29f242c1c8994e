-- +goose Up
CREATE TABLE acquisition_hit (
    org_id TEXT NOT NULL,
    thing  TEXT NOT NULL, -- a code, link, batch or form
    hour   BIGINT NOT NULL, -- its first microsecond
    hits   BIGINT NOT NULL,
    PRIMARY KEY (org_id, thing, hour)
);
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
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX acquisition_link_slug ON acquisition_link (slug);
CREATE TABLE acquisition_visit (
    org_id     TEXT NOT NULL,
    visitor    TEXT NOT NULL, -- the anonymous id of a browser
    at         BIGINT NOT NULL,
    id         TEXT NOT NULL,
    way        TEXT NOT NULL, -- link, card
    thing      TEXT NOT NULL, -- the link, or the batch
    card_id    TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    staff_id   TEXT NOT NULL,
    PRIMARY KEY (org_id, visitor, at, id)
);
CREATE TABLE acquisition_visitor (
    org_id    TEXT NOT NULL,
    visitor   TEXT NOT NULL,
    person_id TEXT NOT NULL, -- as known when it was learned
    PRIMARY KEY (org_id, visitor)
);
CREATE TABLE acquisition_form (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    slug       TEXT NOT NULL,
    name       TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    staff_id   TEXT NOT NULL,
    status     TEXT NOT NULL,
    spec       TEXT NOT NULL, -- JSON: title, text, consent, thanks
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX acquisition_form_slug ON acquisition_form (slug);
CREATE TABLE acquisition_entry (
    org_id    TEXT NOT NULL,
    form_id   TEXT NOT NULL,
    token     TEXT NOT NULL, -- of the page that was filled in: sent twice it is once
    at        BIGINT NOT NULL,
    person_id TEXT NOT NULL,
    PRIMARY KEY (org_id, form_id, token)
);
CREATE TABLE acquisition_batch (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    mode       TEXT NOT NULL, -- single: each card once; per_order: each order once
    cards      BIGINT NOT NULL,
    status     TEXT NOT NULL,
    spec       TEXT NOT NULL, -- JSON: title, text, where it leads, reward
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE TABLE acquisition_card (
    org_id   TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    serial   BIGINT NOT NULL,
    code     TEXT NOT NULL,
    scans    BIGINT NOT NULL,
    voided   BIGINT NOT NULL, -- 1: taken out of use
    PRIMARY KEY (org_id, batch_id, serial)
);
CREATE UNIQUE INDEX acquisition_card_code ON acquisition_card (code);
CREATE TABLE acquisition_claim (
    org_id    TEXT NOT NULL,
    batch_id  TEXT NOT NULL,
    what      TEXT NOT NULL, -- the card's code, or the order's number
    code      TEXT NOT NULL, -- of the card
    visitor   TEXT NOT NULL,
    at        BIGINT NOT NULL,
    receipt   TEXT NOT NULL, -- what the customer shows for the reward
    PRIMARY KEY (org_id, batch_id, what)
);
CREATE TABLE acquisition_poster (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    picture    TEXT NOT NULL, -- PNG or JPEG in base64
    kind       TEXT NOT NULL,
    width      BIGINT NOT NULL,
    height     BIGINT NOT NULL,
    x          BIGINT NOT NULL, -- where the code goes
    y          BIGINT NOT NULL,
    size       BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
ALTER TABLE acquisition_hit ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_hit FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_hit USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_link FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_link USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_visit ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_visit FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_visit USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_visitor ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_visitor FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_visitor USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_form ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_form FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_form USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_entry USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_batch ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_batch FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_batch USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_card ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_card FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_card USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_claim ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_claim FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_claim USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE acquisition_poster ENABLE ROW LEVEL SECURITY;
ALTER TABLE acquisition_poster FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON acquisition_poster USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
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
