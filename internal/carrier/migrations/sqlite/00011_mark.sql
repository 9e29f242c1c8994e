-- +goose Up
-- How far the two sides of a chat on a web page have come, by the numbers of its messages.
CREATE TABLE carrier_web_mark (
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    visitor    TEXT NOT NULL,
    delivered  INTEGER NOT NULL DEFAULT 0, -- the visitor's browser has them
    seen       INTEGER NOT NULL DEFAULT 0, -- it has shown them
    staff_seen INTEGER NOT NULL DEFAULT 0, -- staff have looked at them
    PRIMARY KEY (org_id, account_id, visitor)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE carrier_web_mark;
