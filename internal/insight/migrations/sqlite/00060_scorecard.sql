-- +goose Up
CREATE TABLE insight_scorecard_state (
    org_id     TEXT NOT NULL PRIMARY KEY,
    zone       TEXT NOT NULL,
    currency   TEXT NOT NULL,
    dirty_from INTEGER NOT NULL DEFAULT 0 -- first month whose card the newest facts may change; 1000000: none
) WITHOUT ROWID;
CREATE TABLE insight_scorecard_alias (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL, -- merged into
    speaker   TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id)
) WITHOUT ROWID;
CREATE TABLE insight_scorecard_person (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL, -- as in the events
    month     INTEGER NOT NULL, -- first heard of
    asked_at  INTEGER NOT NULL, -- a message of theirs that nobody has answered; 0: none
    PRIMARY KEY (org_id, person_id)
) WITHOUT ROWID;
CREATE TABLE insight_scorecard_identity (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL,
    kind      TEXT NOT NULL, -- a strong one
    month     INTEGER NOT NULL, -- of the first
    n         INTEGER NOT NULL, -- of them that stand
    PRIMARY KEY (org_id, person_id, kind)
) WITHOUT ROWID;
CREATE TABLE insight_scorecard_deed (
    org_id    TEXT NOT NULL,
    month     INTEGER NOT NULL,
    person_id TEXT NOT NULL,
    sent      INTEGER NOT NULL, -- messages to them
    chat      INTEGER NOT NULL, -- messages of theirs
    page      INTEGER NOT NULL,
    bought    INTEGER NOT NULL,
    survey    INTEGER NOT NULL,
    crowd     INTEGER NOT NULL, -- group chats that they joined
    met       INTEGER NOT NULL, -- came through a channel, became a friend
    coupon    INTEGER NOT NULL,
    PRIMARY KEY (org_id, month, person_id)
) WITHOUT ROWID;
CREATE TABLE insight_scorecard_tally (
    org_id         TEXT NOT NULL,
    month          INTEGER NOT NULL,
    orders         INTEGER NOT NULL,
    gmv_minor      INTEGER NOT NULL,
    refunded_minor INTEGER NOT NULL,
    asked          INTEGER NOT NULL, -- questions
    quick          INTEGER NOT NULL, -- of them, answered soon
    done           INTEGER NOT NULL, -- follow-ups
    PRIMARY KEY (org_id, month)
) WITHOUT ROWID;
CREATE TABLE insight_scorecard_month (
    org_id      TEXT NOT NULL,
    month       INTEGER NOT NULL,
    card        TEXT NOT NULL, -- JSON: facts and scores
    first_at    INTEGER NOT NULL, -- first counted
    computed_at INTEGER NOT NULL,
    final       INTEGER NOT NULL, -- 1: stays as it is
    PRIMARY KEY (org_id, month)
) WITHOUT ROWID;
CREATE TABLE insight_playbook_state (
    org_id   TEXT NOT NULL PRIMARY KEY,
    zone     TEXT NOT NULL,
    currency TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE insight_playbook_alias (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL, -- merged into
    speaker   TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id)
) WITHOUT ROWID;
CREATE TABLE insight_playbook_buy (
    org_id       TEXT NOT NULL,
    month        INTEGER NOT NULL,
    sku          TEXT NOT NULL, -- empty: the order as a whole
    person_id    TEXT NOT NULL,
    orders       INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    PRIMARY KEY (org_id, month, sku, person_id)
) WITHOUT ROWID;
CREATE TABLE insight_playbook_name (
    org_id TEXT NOT NULL,
    sku    TEXT NOT NULL,
    name   TEXT NOT NULL, -- the newest
    PRIMARY KEY (org_id, sku)
) WITHOUT ROWID;
CREATE TABLE insight_playbook_place (
    org_id       TEXT NOT NULL,
    sku          TEXT NOT NULL, -- empty: the brand
    buyers       INTEGER NOT NULL,
    again        INTEGER NOT NULL, -- of them, who ordered it twice or more
    orders       INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    from_month   INTEGER NOT NULL,
    to_month     INTEGER NOT NULL,
    computed_at  INTEGER NOT NULL,
    PRIMARY KEY (org_id, sku)
) WITHOUT ROWID;
CREATE TABLE insight_playbook_setting (
    org_id       TEXT NOT NULL PRIMARY KEY,
    again_bp     INTEGER NOT NULL,
    sku_again_bp INTEGER NOT NULL,
    ticket_minor INTEGER NOT NULL
) WITHOUT ROWID;
-- +goose Down
DROP TABLE insight_playbook_setting;
DROP TABLE insight_playbook_place;
DROP TABLE insight_playbook_name;
DROP TABLE insight_playbook_buy;
DROP TABLE insight_playbook_alias;
DROP TABLE insight_playbook_state;
DROP TABLE insight_scorecard_month;
DROP TABLE insight_scorecard_tally;
DROP TABLE insight_scorecard_deed;
DROP TABLE insight_scorecard_identity;
DROP TABLE insight_scorecard_person;
DROP TABLE insight_scorecard_alias;
DROP TABLE insight_scorecard_state;
