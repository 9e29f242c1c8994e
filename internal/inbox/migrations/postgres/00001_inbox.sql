-- +goose Up
CREATE TABLE inbox_org (
    org_id      TEXT NOT NULL,
    feed        BIGINT NOT NULL, -- number of the last change that was told
    kept_from   BIGINT NOT NULL, -- changes up to this number are forgotten
    PRIMARY KEY (org_id)
);
CREATE TABLE inbox_conversation (
    org_id            TEXT NOT NULL,
    id                TEXT NOT NULL, -- made of account and external id: the same after a rebuild
    account_id        TEXT NOT NULL,
    account_kind      TEXT NOT NULL,
    external_id       TEXT NOT NULL,
    spoken_id         TEXT NOT NULL, -- the person as the first message named them
    spoken_at         BIGINT NOT NULL,
    person_id         TEXT NOT NULL, -- who speaks for them now
    owner_staff_id    TEXT NOT NULL, -- whose customer they are
    status            TEXT NOT NULL, -- open, pending, snoozed, resolved
    status_n          BIGINT NOT NULL, -- incoming messages when the status was set: one more opens it again
    status_at         BIGINT NOT NULL,
    snoozed_until     BIGINT NOT NULL,
    assignee_staff_id TEXT NOT NULL,
    assigned_at       BIGINT NOT NULL,
    priority          BIGINT NOT NULL, -- 0–3
    handed_over       BIGINT NOT NULL, -- 1: asked for a human; no automatic answers until it is resolved
    spell             BIGINT NOT NULL, -- how often it was resolved
    incoming          BIGINT NOT NULL, -- messages of the customer, collapsed ones included
    answered_n        BIGINT NOT NULL, -- incoming messages when staff last answered
    waiting_since     BIGINT NOT NULL, -- oldest unanswered one; 0: nobody waits
    first_in_at       BIGINT NOT NULL,
    last_in_at        BIGINT NOT NULL,
    last_at           BIGINT NOT NULL,
    last_id           TEXT NOT NULL,
    last_direction    TEXT NOT NULL,
    last_type         TEXT NOT NULL,
    last_text         TEXT NOT NULL,
    last_seq          BIGINT NOT NULL,
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX inbox_conversation_person ON inbox_conversation (org_id, person_id);
CREATE INDEX inbox_conversation_spoken ON inbox_conversation (org_id, spoken_id);
CREATE INDEX inbox_conversation_recent ON inbox_conversation (org_id, last_at, id);
CREATE INDEX inbox_conversation_live ON inbox_conversation (org_id, last_at, id) WHERE status <> 'resolved';
CREATE INDEX inbox_conversation_waiting ON inbox_conversation (org_id, waiting_since, id) WHERE waiting_since > 0;
CREATE INDEX inbox_conversation_assignee ON inbox_conversation (org_id, assignee_staff_id, last_at);
CREATE INDEX inbox_conversation_load ON inbox_conversation (org_id, assignee_staff_id) WHERE status = 'open';
CREATE INDEX inbox_conversation_snoozed ON inbox_conversation (org_id, snoozed_until) WHERE status = 'snoozed';
CREATE TABLE inbox_message (
    org_id          TEXT NOT NULL,
    id              TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    seq             BIGINT NOT NULL, -- in the order in which they came to us
    n_in            BIGINT NOT NULL, -- incoming: its number; outgoing: the incoming ones that it answers
    direction       TEXT NOT NULL, -- in, out, note, system
    sender_kind     TEXT NOT NULL, -- person, staff, rule, system
    sender_id       TEXT NOT NULL,
    type            TEXT NOT NULL,
    parts           TEXT NOT NULL, -- JSON
    text            TEXT NOT NULL,
    cut             BIGINT NOT NULL, -- 1: there was more text than is kept
    collapsed       BIGINT NOT NULL, -- messages that this one stands for; 0: itself
    state           TEXT NOT NULL, -- of the last attempt: queued, sending, sent, failed, doubtful; empty where nothing is sent
    send            TEXT NOT NULL, -- JSON: subject, template, parameters
    event_id        TEXT NOT NULL, -- empty: written here
    send_id         TEXT NOT NULL, -- the carrier's id
    client_key      TEXT NOT NULL, -- the sender's own name for it
    doc             BIGINT NOT NULL, -- its number in the search index
    at              BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX inbox_message_at ON inbox_message (org_id, conversation_id, at, id);
CREATE INDEX inbox_message_seq ON inbox_message (org_id, conversation_id, seq);
CREATE INDEX inbox_message_in ON inbox_message (org_id, conversation_id, n_in) WHERE direction = 'in';
CREATE INDEX inbox_message_out ON inbox_message (org_id, conversation_id, n_in) WHERE direction = 'out';
CREATE INDEX inbox_message_sending ON inbox_message (org_id, conversation_id, seq) WHERE state = 'sending';
CREATE INDEX inbox_message_doc ON inbox_message (org_id, doc);
CREATE INDEX inbox_message_send ON inbox_message (org_id, conversation_id, send_id) WHERE send_id <> '';
CREATE UNIQUE INDEX inbox_message_key ON inbox_message (org_id, client_key) WHERE client_key <> '';
CREATE TABLE inbox_message_fts (
    org_id TEXT NOT NULL,
    doc    BIGINT NOT NULL,
    terms  TSVECTOR NOT NULL,
    PRIMARY KEY (org_id, doc)
);
CREATE INDEX inbox_message_fts_terms ON inbox_message_fts USING gin (terms); -- no policy: see package fulltext
CREATE TABLE inbox_attempt (
    org_id          TEXT NOT NULL,
    id              TEXT NOT NULL,
    message_id      TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    number          BIGINT NOT NULL, -- from 1 within a message
    key             TEXT NOT NULL, -- under which the carrier knows it
    status          TEXT NOT NULL, -- queued, sending, sent, failed, doubtful
    code            TEXT NOT NULL,
    reason_zh       TEXT NOT NULL,
    reason_en       TEXT NOT NULL,
    again           BIGINT NOT NULL, -- 1: the same key may be tried again
    send_id         TEXT NOT NULL,
    platform_id     TEXT NOT NULL,
    tries           BIGINT NOT NULL,
    next_at         BIGINT NOT NULL, -- queued: not before; sending: the lease
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX inbox_attempt_number ON inbox_attempt (org_id, message_id, number);
CREATE INDEX inbox_attempt_open ON inbox_attempt (org_id, conversation_id, created_at, id) WHERE status IN ('queued', 'sending');
CREATE INDEX inbox_attempt_send ON inbox_attempt (org_id, conversation_id, send_id) WHERE send_id <> '';
CREATE INDEX inbox_attempt_due ON inbox_attempt (next_at) WHERE status IN ('queued', 'sending');
CREATE TABLE inbox_reader (
    org_id          TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    staff_id        TEXT NOT NULL,
    read_n          BIGINT NOT NULL,
    at              BIGINT NOT NULL,
    PRIMARY KEY (org_id, conversation_id, staff_id)
);
CREATE TABLE inbox_draft (
    org_id          TEXT NOT NULL,
    staff_id        TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    text            TEXT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (org_id, staff_id, conversation_id)
);
CREATE TABLE inbox_assignment (
    org_id          TEXT NOT NULL,
    id              TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    staff_id        TEXT NOT NULL, -- empty: put back to all
    from_staff_id   TEXT NOT NULL,
    by_kind         TEXT NOT NULL, -- staff, desk, system
    by_id           TEXT NOT NULL,
    note            TEXT NOT NULL,
    at              BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX inbox_assignment_conversation ON inbox_assignment (org_id, conversation_id, at);
CREATE TABLE inbox_presence (
    org_id          TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    staff_id        TEXT NOT NULL,
    looking_until   BIGINT NOT NULL,
    typing_until    BIGINT NOT NULL,
    PRIMARY KEY (org_id, conversation_id, staff_id)
);
CREATE TABLE inbox_spell (
    org_id          TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    number          BIGINT NOT NULL, -- from 0: until it is resolved for the first time
    account_id      TEXT NOT NULL,
    opened_at       BIGINT NOT NULL, -- the customer's first message of it
    first_reply_at  BIGINT NOT NULL,
    first_reply_by  TEXT NOT NULL,
    replies         BIGINT NOT NULL,
    resolved_at     BIGINT NOT NULL,
    resolved_by     TEXT NOT NULL,
    PRIMARY KEY (org_id, conversation_id, number)
);
CREATE INDEX inbox_spell_opened ON inbox_spell (org_id, opened_at);
CREATE TABLE inbox_alias (
    org_id       TEXT NOT NULL,
    person_id    TEXT NOT NULL,
    canonical_id TEXT NOT NULL,
    PRIMARY KEY (org_id, person_id)
);
CREATE TABLE inbox_feed (
    org_id          TEXT NOT NULL,
    n               BIGINT NOT NULL,
    kind            TEXT NOT NULL, -- conversation, assigned, presence
    conversation_id TEXT NOT NULL,
    after_seq       BIGINT NOT NULL, -- messages behind this are new
    at              BIGINT NOT NULL,
    PRIMARY KEY (org_id, n)
);
CREATE INDEX inbox_feed_at ON inbox_feed (org_id, at);
ALTER TABLE inbox_org ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_org FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON inbox_org USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE inbox_conversation ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_conversation FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON inbox_conversation USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE inbox_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_message FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON inbox_message USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE inbox_attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_attempt FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON inbox_attempt USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE inbox_reader ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_reader FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON inbox_reader USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE inbox_draft ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_draft FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON inbox_draft USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE inbox_assignment ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_assignment FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON inbox_assignment USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE inbox_presence ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_presence FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON inbox_presence USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE inbox_spell ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_spell FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON inbox_spell USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE inbox_alias ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_alias FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON inbox_alias USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE inbox_feed ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_feed FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON inbox_feed USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE inbox_feed;
DROP TABLE inbox_alias;
DROP TABLE inbox_spell;
DROP TABLE inbox_presence;
DROP TABLE inbox_assignment;
DROP TABLE inbox_draft;
DROP TABLE inbox_reader;
DROP TABLE inbox_attempt;
DROP TABLE inbox_message_fts;
DROP TABLE inbox_message;
DROP TABLE inbox_conversation;
DROP TABLE inbox_org;
