-- +goose Up
CREATE TABLE insight_scorecard_state (
    org_id     TEXT NOT NULL PRIMARY KEY,
    zone       TEXT NOT NULL,
    currency   TEXT NOT NULL,
    dirty_from BIGINT NOT NULL DEFAULT 0 -- first month whose card the newest facts may change; 1000000: none
);
CREATE TABLE insight_scorecard_alias (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL, -- merged into
    speaker   TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id)
);
CREATE TABLE insight_scorecard_person (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL, -- as in the events
    month     BIGINT NOT NULL, -- first heard of
    asked_at  BIGINT NOT NULL, -- a message of theirs that nobody has answered; 0: none
    PRIMARY KEY (org_id, person_id)
);
CREATE TABLE insight_scorecard_identity (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL,
    kind      TEXT NOT NULL, -- a strong one
    month     BIGINT NOT NULL, -- of the first
    n         BIGINT NOT NULL, -- of them that stand
    PRIMARY KEY (org_id, person_id, kind)
);
CREATE TABLE insight_scorecard_deed (
    org_id    TEXT NOT NULL,
    month     BIGINT NOT NULL,
    person_id TEXT NOT NULL,
    sent      BIGINT NOT NULL, -- messages to them
    chat      BIGINT NOT NULL, -- messages of theirs
    page      BIGINT NOT NULL,
    bought    BIGINT NOT NULL,
    survey    BIGINT NOT NULL,
    crowd     BIGINT NOT NULL, -- group chats that they joined
    met       BIGINT NOT NULL, -- came through a channel, became a friend
    coupon    BIGINT NOT NULL,
    PRIMARY KEY (org_id, month, person_id)
);
CREATE TABLE insight_scorecard_tally (
    org_id         TEXT NOT NULL,
    month          BIGINT NOT NULL,
    orders         BIGINT NOT NULL,
    gmv_minor      BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    asked          BIGINT NOT NULL, -- questions
    quick          BIGINT NOT NULL, -- of them, answered soon
    done           BIGINT NOT NULL, -- follow-ups
    PRIMARY KEY (org_id, month)
);
CREATE TABLE insight_scorecard_month (
    org_id      TEXT NOT NULL,
    month       BIGINT NOT NULL,
    card        TEXT NOT NULL, -- JSON: facts and scores
    first_at    BIGINT NOT NULL, -- first counted
    computed_at BIGINT NOT NULL,
    final       BIGINT NOT NULL, -- 1: stays as it is
    PRIMARY KEY (org_id, month)
);
CREATE TABLE insight_playbook_state (
    org_id   TEXT NOT NULL PRIMARY KEY,
    zone     TEXT NOT NULL,
    currency TEXT NOT NULL
);
CREATE TABLE insight_playbook_alias (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL, -- merged into
    speaker   TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id)
);
CREATE TABLE insight_playbook_buy (
    org_id       TEXT NOT NULL,
    month        BIGINT NOT NULL,
    sku          TEXT NOT NULL, -- empty: the order as a whole
    person_id    TEXT NOT NULL,
    orders       BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    PRIMARY KEY (org_id, month, sku, person_id)
);
CREATE TABLE insight_playbook_name (
    org_id TEXT NOT NULL,
    sku    TEXT NOT NULL,
    name   TEXT NOT NULL, -- the newest
    PRIMARY KEY (org_id, sku)
);
CREATE TABLE insight_playbook_place (
    org_id       TEXT NOT NULL,
    sku          TEXT NOT NULL, -- empty: the brand
    buyers       BIGINT NOT NULL,
    again        BIGINT NOT NULL, -- of them, who ordered it twice or more
    orders       BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    from_month   BIGINT NOT NULL,
    to_month     BIGINT NOT NULL,
    computed_at  BIGINT NOT NULL,
    PRIMARY KEY (org_id, sku)
);
CREATE TABLE insight_playbook_setting (
    org_id       TEXT NOT NULL PRIMARY KEY,
    again_bp     BIGINT NOT NULL,
    sku_again_bp BIGINT NOT NULL,
    ticket_minor BIGINT NOT NULL
);
ALTER TABLE insight_scorecard_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_scorecard_state FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_scorecard_state USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_scorecard_alias ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_scorecard_alias FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_scorecard_alias USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_scorecard_person ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_scorecard_person FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_scorecard_person USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_scorecard_identity ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_scorecard_identity FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_scorecard_identity USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_scorecard_deed ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_scorecard_deed FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_scorecard_deed USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_scorecard_tally ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_scorecard_tally FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_scorecard_tally USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_scorecard_month ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_scorecard_month FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_scorecard_month USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_playbook_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_playbook_state FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_playbook_state USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_playbook_alias ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_playbook_alias FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_playbook_alias USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_playbook_buy ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_playbook_buy FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_playbook_buy USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_playbook_name ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_playbook_name FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_playbook_name USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_playbook_place ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_playbook_place FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_playbook_place USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE insight_playbook_setting ENABLE ROW LEVEL SECURITY;
ALTER TABLE insight_playbook_setting FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON insight_playbook_setting USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
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
