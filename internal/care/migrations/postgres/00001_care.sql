-- +goose Up
CREATE TABLE care_org (
    org_id          TEXT NOT NULL,
    revision        BIGINT NOT NULL, -- of the words: whoever has built their automaton from another builds it anew
    silent_days     BIGINT NOT NULL, -- without a sign for so long, somebody is silent
    retention_days  BIGINT NOT NULL, -- how long archived messages are kept
    complaint_hours BIGINT NOT NULL, -- by when a complaint should be closed
    archive_on      BIGINT NOT NULL,
    archive_url     TEXT NOT NULL,
    archive_token   TEXT NOT NULL, -- sealed
    archive_seq     BIGINT NOT NULL, -- the last message that was taken
    archive_stored  BIGINT NOT NULL,
    archive_dropped BIGINT NOT NULL, -- of customers who had not agreed
    archive_deleted BIGINT NOT NULL, -- past their time
    archive_at      BIGINT NOT NULL, -- when the sidecar last answered
    archive_code    TEXT NOT NULL, -- why it last did not; empty: it did
    PRIMARY KEY (org_id)
);
CREATE TABLE care_list (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    category   TEXT NOT NULL,
    direction  TEXT NOT NULL, -- in, out, both
    action     TEXT NOT NULL, -- alert, block, complaint
    enabled    BIGINT NOT NULL,
    words      BIGINT NOT NULL,
    exceptions BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE TABLE care_word (
    org_id    TEXT NOT NULL,
    list_id   TEXT NOT NULL,
    exception BIGINT NOT NULL, -- 1: where this stands, no word inside it counts
    plain     TEXT NOT NULL, -- as it is compared
    word      TEXT NOT NULL, -- as it was written
    PRIMARY KEY (org_id, list_id, exception, plain)
);
CREATE TABLE care_case (
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL,
    kind         TEXT NOT NULL, -- word, complaint
    source       TEXT NOT NULL, -- message, archive, stopped, mail, staff
    status       TEXT NOT NULL, -- open, taken, closed
    version      BIGINT NOT NULL, -- grows with every change
    dedupe       TEXT NOT NULL, -- the same fact makes one case
    direction    TEXT NOT NULL,
    action       TEXT NOT NULL, -- the strictest of the lists that hit
    category     TEXT NOT NULL,
    list_ids     TEXT NOT NULL, -- JSON
    hits         TEXT NOT NULL, -- JSON: word, list, place in the text
    text         TEXT NOT NULL, -- what was said
    keys         TEXT NOT NULL, -- folded words and text, for the search
    person_id    TEXT NOT NULL,
    account_id   TEXT NOT NULL,
    external_id  TEXT NOT NULL,
    staff_id     TEXT NOT NULL, -- whose customer or conversation it is
    message_id   TEXT NOT NULL, -- of the archive; empty: not from there
    handler_id   TEXT NOT NULL,
    outcome      TEXT NOT NULL,
    memo         TEXT NOT NULL,
    satisfaction TEXT NOT NULL,
    due_at       BIGINT NOT NULL, -- complaints
    occurred_at  BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    taken_at     BIGINT NOT NULL,
    closed_at    BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX care_case_dedupe ON care_case (org_id, dedupe);
CREATE INDEX care_case_recent ON care_case (org_id, created_at, id);
CREATE INDEX care_case_status ON care_case (org_id, status, created_at, id);
CREATE TABLE care_case_step (
    org_id  TEXT NOT NULL,
    case_id TEXT NOT NULL,
    number  BIGINT NOT NULL, -- the case's version after it
    at      BIGINT NOT NULL,
    by_id   TEXT NOT NULL, -- empty: the system
    step    TEXT NOT NULL, -- opened, taken, handed, released, noted, closed, reopened
    detail  TEXT NOT NULL, -- JSON
    PRIMARY KEY (org_id, case_id, number)
);
CREATE TABLE care_thread (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    user_id     TEXT NOT NULL, -- the member on the platform
    external_id TEXT NOT NULL, -- the customer on the platform; empty in a group
    room_id     TEXT NOT NULL, -- the group; empty: between two
    staff_id    TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    messages    BIGINT NOT NULL,
    first_at    BIGINT NOT NULL,
    last_at     BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX care_thread_recent ON care_thread (org_id, last_at, id);
CREATE TABLE care_message (
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL, -- made of the platform's id
    thread_id    TEXT NOT NULL,
    seq          BIGINT NOT NULL,
    direction    TEXT NOT NULL, -- in: from a customer; out: from staff
    sender_id    TEXT NOT NULL, -- on the platform
    type         TEXT NOT NULL,
    text         TEXT NOT NULL,
    amount_minor BIGINT NOT NULL, -- red packets and transfers
    currency     TEXT NOT NULL,
    at           BIGINT NOT NULL,
    doc          BIGINT NOT NULL, -- its number in the search index
    PRIMARY KEY (org_id, id)
);
CREATE INDEX care_message_thread ON care_message (org_id, thread_id, at, id);
CREATE INDEX care_message_doc ON care_message (org_id, doc);
CREATE INDEX care_message_at ON care_message (org_id, at);
CREATE TABLE care_message_fts (
    org_id TEXT NOT NULL,
    doc    BIGINT NOT NULL,
    terms  TSVECTOR NOT NULL,
    PRIMARY KEY (org_id, doc)
);
CREATE INDEX care_message_fts_terms ON care_message_fts USING gin (terms); -- no policy: see package fulltext
CREATE TABLE care_reach (
    org_id      TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    external_id TEXT NOT NULL,
    user_id     TEXT NOT NULL, -- the member; empty where the account is one sender
    kind        TEXT NOT NULL, -- the account's
    spoken_id   TEXT NOT NULL, -- the person as the facts name them
    person_id   TEXT NOT NULL, -- who speaks for them now
    staff_id    TEXT NOT NULL,
    tie         TEXT NOT NULL, -- friend, deleted (by them), ended (by us); empty: there is none to end
    tie_at      BIGINT NOT NULL,
    blocked     TEXT NOT NULL, -- why nothing arrives; empty: it does
    blocked_at  BIGINT NOT NULL,
    heard_at    BIGINT NOT NULL, -- when they last wrote here
    PRIMARY KEY (org_id, account_id, external_id, user_id)
);
CREATE INDEX care_reach_person ON care_reach (org_id, person_id);
CREATE INDEX care_reach_spoken ON care_reach (org_id, spoken_id);
CREATE INDEX care_reach_deleted ON care_reach (org_id, tie_at, account_id, external_id, user_id) WHERE tie = 'deleted';
CREATE INDEX care_reach_blocked ON care_reach (org_id, blocked_at, account_id, external_id, user_id) WHERE blocked <> '';
CREATE TABLE care_active (
    org_id         TEXT NOT NULL,
    spoken_id      TEXT NOT NULL,
    person_id      TEXT NOT NULL, -- who speaks for them now
    owner_staff_id TEXT NOT NULL,
    last_at        BIGINT NOT NULL, -- the last thing that they did anywhere
    last_kind      TEXT NOT NULL, -- the event's kind
    PRIMARY KEY (org_id, spoken_id)
);
CREATE INDEX care_active_person ON care_active (org_id, person_id, last_at);
CREATE INDEX care_active_last ON care_active (org_id, last_at, spoken_id);
CREATE TABLE care_money (
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL, -- of the fact or the archived message
    source       TEXT NOT NULL, -- archive, order
    kind         TEXT NOT NULL, -- red_packet, transfer, order, refund
    direction    TEXT NOT NULL, -- in: received; out: sent
    staff_id     TEXT NOT NULL,
    account_id   TEXT NOT NULL, -- the account, or the member on the platform
    person_id    TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency     TEXT NOT NULL,
    day          TEXT NOT NULL, -- in the org's time zone
    at           BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX care_money_day ON care_money (org_id, day, staff_id);
ALTER TABLE care_org ENABLE ROW LEVEL SECURITY;
ALTER TABLE care_org FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON care_org USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE care_list ENABLE ROW LEVEL SECURITY;
ALTER TABLE care_list FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON care_list USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE care_word ENABLE ROW LEVEL SECURITY;
ALTER TABLE care_word FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON care_word USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE care_case ENABLE ROW LEVEL SECURITY;
ALTER TABLE care_case FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON care_case USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE care_case_step ENABLE ROW LEVEL SECURITY;
ALTER TABLE care_case_step FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON care_case_step USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE care_thread ENABLE ROW LEVEL SECURITY;
ALTER TABLE care_thread FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON care_thread USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE care_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE care_message FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON care_message USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE care_reach ENABLE ROW LEVEL SECURITY;
ALTER TABLE care_reach FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON care_reach USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE care_active ENABLE ROW LEVEL SECURITY;
ALTER TABLE care_active FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON care_active USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE care_money ENABLE ROW LEVEL SECURITY;
ALTER TABLE care_money FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON care_money USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE care_money;
DROP TABLE care_active;
DROP TABLE care_reach;
DROP TABLE care_message_fts;
DROP TABLE care_message;
DROP TABLE care_thread;
DROP TABLE care_case_step;
DROP TABLE care_case;
DROP TABLE care_word;
DROP TABLE care_list;
DROP TABLE care_org;
