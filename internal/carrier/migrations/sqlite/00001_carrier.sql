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
    secret_expires_at INTEGER NOT NULL DEFAULT 0,
    error_code        INTEGER NOT NULL DEFAULT 0, -- the last that people must act upon
    error_zh          TEXT NOT NULL DEFAULT '',
    error_en          TEXT NOT NULL DEFAULT '',
    error_at          INTEGER NOT NULL DEFAULT 0,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX carrier_account_id ON carrier_account (id); -- a callback knows nothing else
CREATE UNIQUE INDEX carrier_account_platform ON carrier_account (org_id, kind, platform_id);

CREATE TABLE carrier_token (
    org_id      TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    slot        TEXT NOT NULL,
    sealed      TEXT NOT NULL DEFAULT '',
    expires_at  INTEGER NOT NULL DEFAULT 0,
    lease_by    TEXT NOT NULL DEFAULT '',
    lease_until INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, account_id, slot)
) WITHOUT ROWID;

CREATE TABLE carrier_call (
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    api        TEXT NOT NULL,
    at         INTEGER NOT NULL, -- the minute
    calls      INTEGER NOT NULL,
    failed     INTEGER NOT NULL,
    PRIMARY KEY (org_id, account_id, api, at)
) WITHOUT ROWID;

CREATE TABLE carrier_staff (
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    name       TEXT NOT NULL,
    email      TEXT NOT NULL,
    status     TEXT NOT NULL,
    staff_id   TEXT NOT NULL,
    by_hand    INTEGER NOT NULL DEFAULT 0, -- 1: the tie to staff_id was set by a human
    shared     INTEGER NOT NULL DEFAULT 0, -- 1: may have customers of others, such as a service desk
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, account_id, user_id)
) WITHOUT ROWID;
CREATE INDEX carrier_staff_staff ON carrier_staff (org_id, staff_id);

CREATE TABLE carrier_callback (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    dedupe      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    event       TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    payload     TEXT NOT NULL,
    status      TEXT NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    next_at     INTEGER NOT NULL, -- not before; also the end of whoever works on it
    error       TEXT NOT NULL DEFAULT '',
    done_at     INTEGER NOT NULL DEFAULT 0,
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
    add_way     INTEGER NOT NULL,
    tags        TEXT NOT NULL, -- JSON list of platform tag ids
    since       INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL,
    told        TEXT NOT NULL, -- a digest of what the pool was told of them
    profile_due INTEGER NOT NULL, -- 1: the platform has not told who this is yet
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (org_id, account_id, user_id, external_id)
) WITHOUT ROWID;
CREATE INDEX carrier_contact_person ON carrier_contact (org_id, person_id);
CREATE INDEX carrier_contact_external ON carrier_contact (org_id, account_id, external_id, user_id);
CREATE INDEX carrier_contact_since ON carrier_contact (org_id, account_id, since);
CREATE INDEX carrier_contact_profile ON carrier_contact (org_id, account_id) WHERE profile_due = 1;

CREATE TABLE carrier_contact_history (
    org_id      TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    external_id TEXT NOT NULL,
    at          INTEGER NOT NULL,
    change      TEXT NOT NULL,
    source      TEXT NOT NULL, -- callback or sync
    PRIMARY KEY (org_id, account_id, user_id, external_id, at, change)
) WITHOUT ROWID;

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
    attempts    INTEGER NOT NULL DEFAULT 0,
    event_at    INTEGER NOT NULL,
    next_at     INTEGER NOT NULL,
    done_at     INTEGER NOT NULL DEFAULT 0,
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
    deleted     INTEGER NOT NULL,
    PRIMARY KEY (org_id, account_id, platform_id)
) WITHOUT ROWID;
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
    attempts    INTEGER NOT NULL DEFAULT 0,
    next_at     INTEGER NOT NULL,
    error       TEXT NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX carrier_push_due ON carrier_push (org_id, next_at) WHERE status = 'pending';

CREATE TABLE carrier_group (
    org_id       TEXT NOT NULL,
    account_id   TEXT NOT NULL,
    chat_id      TEXT NOT NULL,
    name         TEXT NOT NULL,
    owner        TEXT NOT NULL,
    members      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    dismissed_at INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    PRIMARY KEY (org_id, account_id, chat_id)
) WITHOUT ROWID;

CREATE TABLE carrier_group_member (
    org_id     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    chat_id    TEXT NOT NULL,
    member_id  TEXT NOT NULL,
    kind       TEXT NOT NULL, -- staff or customer
    person_id  TEXT NOT NULL,
    state      TEXT NOT NULL,
    scene      INTEGER NOT NULL,
    joined_at  INTEGER NOT NULL,
    left_at    INTEGER NOT NULL,
    PRIMARY KEY (org_id, account_id, chat_id, member_id)
) WITHOUT ROWID;
CREATE INDEX carrier_group_member_person ON carrier_group_member (org_id, person_id);

CREATE TABLE carrier_sync (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    kind        TEXT NOT NULL,
    status      TEXT NOT NULL,
    phase       TEXT NOT NULL,
    after       TEXT NOT NULL DEFAULT '', -- the last member or group that is done
    staff_total INTEGER NOT NULL DEFAULT 0,
    staff_done  INTEGER NOT NULL DEFAULT 0,
    contacts    INTEGER NOT NULL DEFAULT 0,
    added       INTEGER NOT NULL DEFAULT 0,
    removed     INTEGER NOT NULL DEFAULT 0,
    groups_done INTEGER NOT NULL DEFAULT 0,
    error_zh    TEXT NOT NULL DEFAULT '',
    error_en    TEXT NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL,
    started_at  INTEGER NOT NULL DEFAULT 0,
    updated_at  INTEGER NOT NULL,
    finished_at INTEGER NOT NULL DEFAULT 0,
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
    created_at INTEGER NOT NULL,
    checked_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE TABLE carrier_transfer_customer (
    org_id      TEXT NOT NULL,
    transfer_id TEXT NOT NULL,
    external_id TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    status      TEXT NOT NULL, -- queued, waiting, done, refused, full, failed
    code        INTEGER NOT NULL DEFAULT 0,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (org_id, transfer_id, external_id)
);

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
