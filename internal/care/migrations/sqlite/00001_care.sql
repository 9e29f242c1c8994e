-- +goose Up
CREATE TABLE care_org (
    org_id          TEXT NOT NULL,
    revision        INTEGER NOT NULL, -- of the words: whoever has built their automaton from another builds it anew
    silent_days     INTEGER NOT NULL, -- without a sign for so long, somebody is silent
    retention_days  INTEGER NOT NULL, -- how long archived messages are kept
    complaint_hours INTEGER NOT NULL, -- by when a complaint should be closed
    archive_on      INTEGER NOT NULL,
    archive_url     TEXT NOT NULL,
    archive_token   TEXT NOT NULL, -- sealed
    archive_seq     INTEGER NOT NULL, -- the last message that was taken
    archive_stored  INTEGER NOT NULL,
    archive_dropped INTEGER NOT NULL, -- of customers who had not agreed
    archive_deleted INTEGER NOT NULL, -- past their time
    archive_at      INTEGER NOT NULL, -- when the sidecar last answered
    archive_code    TEXT NOT NULL, -- why it last did not; empty: it did
    PRIMARY KEY (org_id)
) WITHOUT ROWID;
CREATE TABLE care_list (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    category   TEXT NOT NULL,
    direction  TEXT NOT NULL, -- in, out, both
    action     TEXT NOT NULL, -- alert, block, complaint
    enabled    INTEGER NOT NULL,
    words      INTEGER NOT NULL,
    exceptions INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE TABLE care_word (
    org_id    TEXT NOT NULL,
    list_id   TEXT NOT NULL,
    exception INTEGER NOT NULL, -- 1: where this stands, no word inside it counts
    plain     TEXT NOT NULL, -- as it is compared
    word      TEXT NOT NULL, -- as it was written
    PRIMARY KEY (org_id, list_id, exception, plain)
) WITHOUT ROWID;
CREATE TABLE care_case (
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL,
    kind         TEXT NOT NULL, -- word, complaint
    source       TEXT NOT NULL, -- message, archive, stopped, mail, staff
    status       TEXT NOT NULL, -- open, taken, closed
    version      INTEGER NOT NULL, -- grows with every change
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
    due_at       INTEGER NOT NULL, -- complaints
    occurred_at  INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    taken_at     INTEGER NOT NULL,
    closed_at    INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX care_case_dedupe ON care_case (org_id, dedupe);
CREATE INDEX care_case_recent ON care_case (org_id, created_at, id);
CREATE INDEX care_case_status ON care_case (org_id, status, created_at, id);
CREATE TABLE care_case_step (
    org_id  TEXT NOT NULL,
    case_id TEXT NOT NULL,
    number  INTEGER NOT NULL, -- the case's version after it
    at      INTEGER NOT NULL,
    by_id   TEXT NOT NULL, -- empty: the system
    step    TEXT NOT NULL, -- opened, taken, handed, released, noted, closed, reopened
    detail  TEXT NOT NULL, -- JSON
    PRIMARY KEY (org_id, case_id, number)
) WITHOUT ROWID;
CREATE TABLE care_thread (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    user_id     TEXT NOT NULL, -- the member on the platform
    external_id TEXT NOT NULL, -- the customer on the platform; empty in a group
    room_id     TEXT NOT NULL, -- the group; empty: between two
    staff_id    TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    messages    INTEGER NOT NULL,
    first_at    INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE INDEX care_thread_recent ON care_thread (org_id, last_at, id);
CREATE TABLE care_message (
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL, -- made of the platform's id
    thread_id    TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    direction    TEXT NOT NULL, -- in: from a customer; out: from staff
    sender_id    TEXT NOT NULL, -- on the platform
    type         TEXT NOT NULL,
    text         TEXT NOT NULL,
    amount_minor INTEGER NOT NULL, -- red packets and transfers
    currency     TEXT NOT NULL,
    at           INTEGER NOT NULL,
    doc          INTEGER NOT NULL, -- its number in the search index
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE INDEX care_message_thread ON care_message (org_id, thread_id, at, id);
CREATE INDEX care_message_doc ON care_message (org_id, doc);
CREATE INDEX care_message_at ON care_message (org_id, at);
CREATE VIRTUAL TABLE care_message_fts USING fts5(terms, content='', contentless_delete=1, detail=none, tokenize="unicode61 remove_diacritics 0");
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
    tie_at      INTEGER NOT NULL,
    blocked     TEXT NOT NULL, -- why nothing arrives; empty: it does
    blocked_at  INTEGER NOT NULL,
    heard_at    INTEGER NOT NULL, -- when they last wrote here
    PRIMARY KEY (org_id, account_id, external_id, user_id)
) WITHOUT ROWID;
CREATE INDEX care_reach_person ON care_reach (org_id, person_id);
CREATE INDEX care_reach_spoken ON care_reach (org_id, spoken_id);
CREATE INDEX care_reach_deleted ON care_reach (org_id, tie_at, account_id, external_id, user_id) WHERE tie = 'deleted';
CREATE INDEX care_reach_blocked ON care_reach (org_id, blocked_at, account_id, external_id, user_id) WHERE blocked <> '';
CREATE TABLE care_active (
    org_id         TEXT NOT NULL,
    spoken_id      TEXT NOT NULL,
    person_id      TEXT NOT NULL, -- who speaks for them now
    owner_staff_id TEXT NOT NULL,
    last_at        INTEGER NOT NULL, -- the last thing that they did anywhere
    last_kind      TEXT NOT NULL, -- the event's kind
    PRIMARY KEY (org_id, spoken_id)
) WITHOUT ROWID;
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
    amount_minor INTEGER NOT NULL,
    currency     TEXT NOT NULL,
    day          TEXT NOT NULL, -- in the org's time zone
    at           INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE INDEX care_money_day ON care_money (org_id, day, staff_id);
-- +goose Down
DROP TABLE care_message_fts;
DROP TABLE care_money;
DROP TABLE care_active;
DROP TABLE care_reach;
DROP TABLE care_message;
DROP TABLE care_thread;
DROP TABLE care_case_step;
DROP TABLE care_case;
DROP TABLE care_word;
DROP TABLE care_list;
DROP TABLE care_org;
