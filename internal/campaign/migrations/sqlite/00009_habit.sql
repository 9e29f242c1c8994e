-- +goose Up
-- Over which account somebody last wrote to us or opened a message.
CREATE TABLE campaign_habit (
    org_id     TEXT NOT NULL,
    person_id  TEXT NOT NULL,
    account_id TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (org_id, person_id)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE campaign_habit;
