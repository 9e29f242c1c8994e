-- +goose Up
-- The chat on web pages. Times are UTC microseconds.
CREATE TABLE carrier_web_visit ( -- pages that somebody saw of whom nobody knows yet who it is
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    visitor    TEXT NOT NULL,
    id         TEXT NOT NULL,
    at         INTEGER NOT NULL,
    url        TEXT NOT NULL,
    referrer   TEXT NOT NULL,
    title      TEXT NOT NULL,
    PRIMARY KEY (org_id, account_id, visitor, id)
) WITHOUT ROWID;
CREATE INDEX carrier_web_visit_at ON carrier_web_visit (org_id, at);

CREATE TABLE carrier_web_message (
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    visitor    TEXT NOT NULL,
    seq        INTEGER NOT NULL, -- from 1 within a visitor
    sender     TEXT NOT NULL,   -- visitor or staff
    key        TEXT NOT NULL,   -- the sender's own name for it: the same message twice is one row
    parts      TEXT NOT NULL,   -- JSON
    at         INTEGER NOT NULL,
    PRIMARY KEY (org_id, account_id, visitor, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX carrier_web_message_key ON carrier_web_message (org_id, account_id, visitor, sender, key);

-- +goose Down
DROP TABLE carrier_web_message;
DROP TABLE carrier_web_visit;
