-- +goose Up
CREATE TABLE inbox_desk (
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    strategy   TEXT NOT NULL, -- off, round_robin, least_loaded, owner
    members    TEXT NOT NULL, -- JSON list of staff ids; empty: everybody who may answer
    capacity   INTEGER NOT NULL, -- open conversations of one member; 0: not limited
    hours      TEXT NOT NULL, -- JSON list of shifts; empty: always
    turn       TEXT NOT NULL, -- who was given the last one in the round
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, account_id)
) WITHOUT ROWID;
CREATE TABLE inbox_online (
    org_id   TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    seen_at  INTEGER NOT NULL, -- the inbox was open somewhere
    away     INTEGER NOT NULL, -- 1: takes no new conversations
    PRIMARY KEY (org_id, staff_id)
) WITHOUT ROWID;
CREATE TABLE inbox_rule (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    account_id TEXT NOT NULL, -- empty: every account
    kind       TEXT NOT NULL, -- exact, contains, regex, first_message, outside_hours, no_answer
    words      TEXT NOT NULL, -- JSON list
    minutes    INTEGER NOT NULL, -- no_answer: after so many
    parts      TEXT NOT NULL, -- JSON: the answer; empty: none
    handover   INTEGER NOT NULL, -- 1: a human takes over
    enabled    INTEGER NOT NULL,
    position   INTEGER NOT NULL, -- the first that matches answers
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE TABLE inbox_hit (
    org_id          TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    rule_id         TEXT NOT NULL,
    at              INTEGER NOT NULL,
    PRIMARY KEY (org_id, conversation_id, rule_id)
) WITHOUT ROWID;
CREATE TABLE inbox_quick_reply (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    scope      TEXT NOT NULL, -- personal, team, org
    staff_id   TEXT NOT NULL, -- whose it is: personal
    account_id TEXT NOT NULL, -- whose desk it is for: team
    folder     TEXT NOT NULL,
    title      TEXT NOT NULL,
    parts      TEXT NOT NULL, -- JSON
    keys       TEXT NOT NULL, -- what it is found by: pinyin, initials
    used       INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
-- +goose Down
DROP TABLE inbox_quick_reply;
DROP TABLE inbox_hit;
DROP TABLE inbox_rule;
DROP TABLE inbox_online;
DROP TABLE inbox_desk;
