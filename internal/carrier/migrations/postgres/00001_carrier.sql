-- +goose Up
-- Times are UTC microseconds; 0 is none.
CREATE TABLE carrier_account (
    org_id            TEXT NOT NULL,
    id                TEXT NOT NULL,
    kind              TEXT NOT NULL,
    name              TEXT NOT NULL,
    platform_id       TEXT NOT NULL, -- corp id, app id, sender address
    settings          TEXT NOT NULL,
    secrets           TEXT NOT NULL, -- sealed
    status            TEXT NOT NULL,
    health            TEXT NOT NULL DEFAULT 'new',
    owner_staff_id    TEXT NOT NULL DEFAULT '',
    secret_expires_at BIGINT NOT NULL DEFAULT 0,
    error_code        BIGINT NOT NULL DEFAULT 0, -- the last that people must act upon
    error_zh          TEXT NOT NULL DEFAULT '',
    error_en          TEXT NOT NULL DEFAULT '',
    error_at          BIGINT NOT NULL DEFAULT 0,
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX carrier_account_id ON carrier_account (id); -- a callback knows nothing else
CREATE UNIQUE INDEX carrier_account_platform ON carrier_account (org_id, kind, platform_id);

CREATE TABLE carrier_token (
    org_id      TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    slot        TEXT NOT NULL,
    sealed      TEXT NOT NULL DEFAULT '',
    expires_at  BIGINT NOT NULL DEFAULT 0,
    lease_by    TEXT NOT NULL DEFAULT '',
    lease_until BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, account_id, slot)
);

CREATE TABLE carrier_call (
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    api        TEXT NOT NULL,
    at         BIGINT NOT NULL, -- the minute
    calls      BIGINT NOT NULL,
    failed     BIGINT NOT NULL,
    PRIMARY KEY (org_id, account_id, api, at)
);

CREATE TABLE carrier_staff (
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    name       TEXT NOT NULL,
    email      TEXT NOT NULL,
    status     TEXT NOT NULL,
    staff_id   TEXT NOT NULL,
    by_hand    BIGINT NOT NULL DEFAULT 0, -- 1: the tie to staff_id was set by a human
    shared     BIGINT NOT NULL DEFAULT 0, -- 1: may have customers of others, such as a service desk
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, account_id, user_id)
);
CREATE INDEX carrier_staff_staff ON carrier_staff (org_id, staff_id);

CREATE TABLE carrier_callback (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    dedupe      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    event       TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    payload     TEXT NOT NULL,
    status      TEXT NOT NULL,
    attempts    BIGINT NOT NULL DEFAULT 0,
    next_at     BIGINT NOT NULL, -- not before; also the end of whoever works on it
    error       TEXT NOT NULL DEFAULT '',
    done_at     BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX carrier_callback_dedupe ON carrier_callback (org_id, account_id, dedupe);
CREATE INDEX carrier_callback_account ON carrier_callback (org_id, account_id, id);
CREATE INDEX carrier_callback_due ON carrier_callback (org_id, next_at, id) WHERE status = 'stored';
CREATE INDEX carrier_callback_line ON carrier_callback (org_id, account_id, subject, id) WHERE status = 'stored';

CREATE TABLE carrier_contact (
    org_id      TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    user_id     TEXT NOT NULL, -- the member, empty where an account is one sender
    external_id TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    status      TEXT NOT NULL,
    name        TEXT NOT NULL,
    remark      TEXT NOT NULL,
    state       TEXT NOT NULL,
    add_way     BIGINT NOT NULL,
    tags        TEXT NOT NULL, -- JSON list of platform tag ids
    since       BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL,
    told        TEXT NOT NULL, -- a digest of what the pool was told of them
    profile_due BIGINT NOT NULL, -- 1: the platform has not told who this is yet
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (org_id, account_id, user_id, external_id)
);
CREATE INDEX carrier_contact_person ON carrier_contact (org_id, person_id);
CREATE INDEX carrier_contact_external ON carrier_contact (org_id, account_id, external_id, user_id);
CREATE INDEX carrier_contact_since ON carrier_contact (org_id, account_id, since);
CREATE INDEX carrier_contact_profile ON carrier_contact (org_id, account_id) WHERE profile_due = 1;

CREATE TABLE carrier_contact_history (
    org_id      TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    external_id TEXT NOT NULL,
    at          BIGINT NOT NULL,
    change      TEXT NOT NULL,
    source      TEXT NOT NULL, -- callback or sync
    PRIMARY KEY (org_id, account_id, user_id, external_id, at, change)
);

CREATE TABLE carrier_welcome (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    external_id TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    code        TEXT NOT NULL,
    message     TEXT NOT NULL,
    status      TEXT NOT NULL,
    reason      TEXT NOT NULL DEFAULT '',
    attempts    BIGINT NOT NULL DEFAULT 0,
    event_at    BIGINT NOT NULL,
    next_at     BIGINT NOT NULL,
    done_at     BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX carrier_welcome_code ON carrier_welcome (org_id, account_id, code);
CREATE INDEX carrier_welcome_due ON carrier_welcome (org_id, next_at) WHERE status = 'pending';
CREATE INDEX carrier_welcome_contact ON carrier_welcome (org_id, account_id, external_id);

CREATE TABLE carrier_tag (
    org_id      TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    platform_id TEXT NOT NULL,
    group_id    TEXT NOT NULL,
    group_name  TEXT NOT NULL,
    name        TEXT NOT NULL,
    deleted     BIGINT NOT NULL,
    PRIMARY KEY (org_id, account_id, platform_id)
);
CREATE INDEX carrier_tag_name ON carrier_tag (org_id, account_id, name);

CREATE TABLE carrier_push (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    external_id TEXT NOT NULL,
    kind        TEXT NOT NULL, -- tag, untag, remark
    value       TEXT NOT NULL,
    status      TEXT NOT NULL,
    attempts    BIGINT NOT NULL DEFAULT 0,
    next_at     BIGINT NOT NULL,
    error       TEXT NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX carrier_push_due ON carrier_push (org_id, next_at) WHERE status = 'pending';

CREATE TABLE carrier_group (
    org_id       TEXT NOT NULL,
    account_id   TEXT NOT NULL,
    chat_id      TEXT NOT NULL,
    name         TEXT NOT NULL,
    owner        TEXT NOT NULL,
    members      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    dismissed_at BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    PRIMARY KEY (org_id, account_id, chat_id)
);

CREATE TABLE carrier_group_member (
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    chat_id    TEXT NOT NULL,
    member_id  TEXT NOT NULL,
    kind       TEXT NOT NULL, -- staff or customer
    person_id  TEXT NOT NULL,
    state      TEXT NOT NULL,
    scene      BIGINT NOT NULL,
    joined_at  BIGINT NOT NULL,
    left_at    BIGINT NOT NULL,
    PRIMARY KEY (org_id, account_id, chat_id, member_id)
);
CREATE INDEX carrier_group_member_person ON carrier_group_member (org_id, person_id);

CREATE TABLE carrier_sync (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    kind        TEXT NOT NULL,
    status      TEXT NOT NULL,
    phase       TEXT NOT NULL,
    after       TEXT NOT NULL DEFAULT '', -- the last member or group that is done
    staff_total BIGINT NOT NULL DEFAULT 0,
    staff_done  BIGINT NOT NULL DEFAULT 0,
    contacts    BIGINT NOT NULL DEFAULT 0,
    added       BIGINT NOT NULL DEFAULT 0,
    removed     BIGINT NOT NULL DEFAULT 0,
    groups_done BIGINT NOT NULL DEFAULT 0,
    error_zh    TEXT NOT NULL DEFAULT '',
    error_en    TEXT NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL,
    started_at  BIGINT NOT NULL DEFAULT 0,
    updated_at  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX carrier_sync_account ON carrier_sync (org_id, account_id, id);
CREATE UNIQUE INDEX carrier_sync_one ON carrier_sync (org_id, account_id) WHERE status IN ('queued', 'running');

CREATE TABLE carrier_transfer (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    account_id TEXT NOT NULL,
    kind       TEXT NOT NULL, -- in_service or resigned
    from_user  TEXT NOT NULL,
    to_user    TEXT NOT NULL,
    words      TEXT NOT NULL,
    status     TEXT NOT NULL, -- open or done
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    checked_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE TABLE carrier_transfer_customer (
    org_id      TEXT NOT NULL,
    transfer_id TEXT NOT NULL,
    external_id TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    status      TEXT NOT NULL, -- queued, waiting, done, refused, full, failed
    code        BIGINT NOT NULL DEFAULT 0,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (org_id, transfer_id, external_id)
);

ALTER TABLE carrier_account ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_account FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_account USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_token FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_token USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_call ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_call FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_call USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_staff ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_staff FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_staff USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_callback ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_callback FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_callback USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_contact ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_contact FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_contact USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_contact_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_contact_history FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_contact_history USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_welcome ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_welcome FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_welcome USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_tag ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_tag FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_tag USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_push ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_push FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_push USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_group ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_group FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_group USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_group_member ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_group_member FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_group_member USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_sync ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_sync FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_sync USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_transfer ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_transfer FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_transfer USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_transfer_customer ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_transfer_customer FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_transfer_customer USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE carrier_transfer_customer;
DROP TABLE carrier_transfer;
DROP TABLE carrier_sync;
DROP TABLE carrier_group_member;
DROP TABLE carrier_group;
DROP TABLE carrier_push;
DROP TABLE carrier_tag;
DROP TABLE carrier_welcome;
DROP TABLE carrier_contact_history;
DROP TABLE carrier_contact;
DROP TABLE carrier_callback;
DROP TABLE carrier_staff;
DROP TABLE carrier_call;
DROP TABLE carrier_token;
DROP TABLE carrier_account;
