-- +goose Up
-- Posts that members of staff are asked to publish on their customers' timelines in WeCom. Times are UTC microseconds; 0 is none.
CREATE TABLE carrier_moment (
    org_id     TEXT NOT NULL,
    key        TEXT NOT NULL, -- the caller's
    account_id TEXT NOT NULL,
    content    TEXT NOT NULL, -- JSON: parts
    senders    TEXT NOT NULL, -- JSON: members
    tags       TEXT NOT NULL, -- JSON: the platform's tags; who has one of them sees it; none: everybody
    status     TEXT NOT NULL, -- queued, asking, creating, asked, done, cancelled, failed
    jobid      TEXT NOT NULL,
    moment_id  TEXT NOT NULL,
    end_at     INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    since      INTEGER NOT NULL, -- since when the platform may have been asked; 0: it was not
    called_at  INTEGER NOT NULL,
    called_off INTEGER NOT NULL,
    asked_at   INTEGER NOT NULL,
    done_at    INTEGER NOT NULL,
    code       TEXT NOT NULL,
    error_zh   TEXT NOT NULL,
    error_en   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, key)
);
CREATE UNIQUE INDEX carrier_moment_id ON carrier_moment (org_id, account_id, moment_id) WHERE moment_id <> '';
CREATE INDEX carrier_moment_due ON carrier_moment (org_id, next_at) WHERE status IN ('queued', 'asking', 'creating', 'asked', 'done');

-- Who was asked to publish one, and what came of it.
CREATE TABLE carrier_moment_task (
    org_id       TEXT NOT NULL,
    key          TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    status       TEXT NOT NULL, -- queued, asked, published, cancelled, refused
    published_at INTEGER NOT NULL, -- when we saw that it was
    customers    INTEGER NOT NULL, -- on how many timelines it is
    PRIMARY KEY (org_id, key, user_id)
) WITHOUT ROWID;

-- Comments and likes. The platform does not tell what a comment says.
CREATE TABLE carrier_moment_reaction (
    org_id    TEXT NOT NULL,
    key       TEXT NOT NULL,
    user_id   TEXT NOT NULL, -- whose post
    kind      TEXT NOT NULL, -- comment, like
    by_id     TEXT NOT NULL, -- the customer, or the member, who did
    at        INTEGER NOT NULL,
    PRIMARY KEY (org_id, key, user_id, kind, by_id, at)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE carrier_moment_reaction;
DROP TABLE carrier_moment_task;
DROP TABLE carrier_moment;
