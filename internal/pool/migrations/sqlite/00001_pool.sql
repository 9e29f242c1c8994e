-- +goose Up
CREATE TABLE pool_counter (
    org_id   TEXT    NOT NULL,
    next_seq INTEGER NOT NULL,
    PRIMARY KEY (org_id)
) WITHOUT ROWID;

-- One row a person, for ever: a merge changes canonical_id, who speaks for the
-- row. The own_ columns are what was learned about this very person; the
-- others are what lists show, kept up to date on canonical rows only.
CREATE TABLE pool_person (
    org_id          TEXT    NOT NULL,
    person_id       TEXT    NOT NULL,
    seq             INTEGER NOT NULL,
    canonical_id    TEXT    NOT NULL,
    is_canonical    INTEGER NOT NULL DEFAULT 1,
    own_kinds       INTEGER NOT NULL DEFAULT 0,
    own_name        TEXT    NOT NULL DEFAULT '',
    own_name_at     INTEGER NOT NULL DEFAULT 0,
    own_region      TEXT    NOT NULL DEFAULT '',
    own_region_at   INTEGER NOT NULL DEFAULT 0,
    own_gender      TEXT    NOT NULL DEFAULT '',
    own_gender_at   INTEGER NOT NULL DEFAULT 0,
    own_birthday    TEXT    NOT NULL DEFAULT '',
    own_birthday_at INTEGER NOT NULL DEFAULT 0,
    own_owner       TEXT    NOT NULL DEFAULT '',
    own_owner_at    INTEGER NOT NULL DEFAULT 0,
    own_created_at  INTEGER NOT NULL DEFAULT 0,
    recorded_at     INTEGER NOT NULL DEFAULT 0,
    set_size        INTEGER NOT NULL DEFAULT 1,
    kinds           INTEGER NOT NULL DEFAULT 0,
    name            TEXT    NOT NULL DEFAULT '',
    name_key        TEXT    NOT NULL DEFAULT '',
    region          TEXT    NOT NULL DEFAULT '',
    gender          TEXT    NOT NULL DEFAULT '',
    birthday        TEXT    NOT NULL DEFAULT '',
    owner_staff_id  TEXT    NOT NULL DEFAULT '',
    created_at      INTEGER NOT NULL DEFAULT 0,
    updated_at      INTEGER NOT NULL DEFAULT 0,
    stage           TEXT    NOT NULL DEFAULT 'new',
    orders          INTEGER NOT NULL DEFAULT 0,
    refunds         INTEGER NOT NULL DEFAULT 0,
    gmv_minor       INTEGER NOT NULL DEFAULT 0,
    refunded_minor  INTEGER NOT NULL DEFAULT 0,
    first_order_at  INTEGER NOT NULL DEFAULT 0,
    last_order_at   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, person_id)
);
CREATE UNIQUE INDEX pool_person_seq ON pool_person (org_id, seq);
-- Members of a merged person; most persons are alone and not in it.
CREATE INDEX pool_person_merged ON pool_person (org_id, canonical_id) WHERE is_canonical = 0;
-- What the customer list sorts and filters by. Each holds all that filters
-- look at, so that a filter reads a stretch of one index and no row of the
-- table but those of the page; seq, which is short, breaks ties.
CREATE INDEX pool_person_by_last_order ON pool_person (org_id, last_order_at, seq, stage, region, owner_staff_id, orders, gmv_minor, created_at)
    WHERE is_canonical = 1;
CREATE INDEX pool_person_by_gmv ON pool_person (org_id, gmv_minor, seq, stage, region, owner_staff_id, orders, last_order_at, created_at)
    WHERE is_canonical = 1;
CREATE INDEX pool_person_by_orders ON pool_person (org_id, orders, seq, stage, region, owner_staff_id, gmv_minor, last_order_at, created_at)
    WHERE is_canonical = 1;
CREATE INDEX pool_person_by_created ON pool_person (org_id, created_at, seq, stage, region, owner_staff_id, orders, gmv_minor, last_order_at)
    WHERE is_canonical = 1;
CREATE INDEX pool_person_by_name ON pool_person (org_id, name_key, seq, stage, region, owner_staff_id, orders, gmv_minor, last_order_at, created_at)
    WHERE is_canonical = 1;
CREATE INDEX pool_person_by_stage ON pool_person (org_id, stage, last_order_at, seq, region, owner_staff_id, orders, gmv_minor, created_at)
    WHERE is_canonical = 1;
CREATE INDEX pool_person_by_region ON pool_person (org_id, region, last_order_at, seq, stage, owner_staff_id, orders, gmv_minor, created_at)
    WHERE is_canonical = 1;
CREATE INDEX pool_person_by_owner ON pool_person (org_id, owner_staff_id, last_order_at, seq, stage, region, orders, gmv_minor, created_at)
    WHERE is_canonical = 1 AND owner_staff_id <> '';
-- holder is '' for strong kinds, so that the key admits one row a value, and
-- the person for weak kinds, which several may have.
CREATE TABLE pool_identity (
    org_id     TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    holder     TEXT    NOT NULL,
    person_id  TEXT    NOT NULL,
    source     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, kind, value, holder)
) WITHOUT ROWID;
CREATE INDEX pool_identity_person ON pool_identity (org_id, person_id);

-- Who merged whom, and back. members is a JSON list: the loser and all who
-- were merged into the loser at that time.
CREATE TABLE pool_merge (
    org_id    TEXT    NOT NULL,
    id        TEXT    NOT NULL,
    winner_id TEXT    NOT NULL,
    loser_id  TEXT    NOT NULL,
    members   TEXT    NOT NULL,
    rule      TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    merged_at INTEGER NOT NULL,
    merged_by TEXT    NOT NULL,
    split_at  INTEGER NOT NULL DEFAULT 0,
    split_by  TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (org_id, id)
);
CREATE INDEX pool_merge_winner ON pool_merge (org_id, winner_id);
CREATE INDEX pool_merge_loser ON pool_merge (org_id, loser_id);

-- Persons whom a human has parted, or said to be different: a < b.
CREATE TABLE pool_apart (
    org_id TEXT    NOT NULL,
    a      TEXT    NOT NULL,
    b      TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    by_id  TEXT    NOT NULL,
    PRIMARY KEY (org_id, a, b)
) WITHOUT ROWID;
CREATE INDEX pool_apart_b ON pool_apart (org_id, b);

-- Persons who share a key that was not enough to merge them.
CREATE TABLE pool_claim (
    org_id       TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    value        TEXT    NOT NULL,
    person_id    TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    dismissed_at INTEGER NOT NULL DEFAULT 0, -- a human has looked at it
    PRIMARY KEY (org_id, kind, value, person_id)
) WITHOUT ROWID;

CREATE TABLE pool_purchase (
    org_id         TEXT    NOT NULL,
    person_id      TEXT    NOT NULL,
    orders         INTEGER NOT NULL,
    refunds        INTEGER NOT NULL,
    gmv_minor      INTEGER NOT NULL,
    refunded_minor INTEGER NOT NULL,
    first_order_at INTEGER NOT NULL,
    last_order_at  INTEGER NOT NULL,
    PRIMARY KEY (org_id, person_id)
) WITHOUT ROWID;

CREATE TABLE pool_tag (
    org_id     TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    group_name TEXT    NOT NULL,
    color      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX pool_tag_name ON pool_tag (org_id, group_name, name);

-- canonical_id repeats pool_person.canonical_id so that lists filter by tag
-- without a join; merge and split move it.
CREATE TABLE pool_tag_link (
    org_id       TEXT    NOT NULL,
    person_id    TEXT    NOT NULL,
    tag_id       TEXT    NOT NULL,
    canonical_id TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    by_id        TEXT    NOT NULL,
    PRIMARY KEY (org_id, person_id, tag_id)
) WITHOUT ROWID;
CREATE INDEX pool_tag_link_tag ON pool_tag_link (org_id, tag_id, canonical_id);
CREATE INDEX pool_tag_link_canonical ON pool_tag_link (org_id, canonical_id, tag_id);

CREATE TABLE pool_trait_def (
    org_id     TEXT    NOT NULL,
    trait_key  TEXT    NOT NULL,
    label      TEXT    NOT NULL,
    type       TEXT    NOT NULL,
    options    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, trait_key)
);
CREATE TABLE pool_trait (
    org_id     TEXT    NOT NULL,
    person_id  TEXT    NOT NULL,
    trait_key  TEXT    NOT NULL,
    value      TEXT    NOT NULL, -- JSON; '' when it was taken back
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, person_id, trait_key)
) WITHOUT ROWID;
CREATE INDEX pool_trait_key ON pool_trait (org_id, trait_key);

CREATE TABLE pool_note (
    org_id     TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    person_id  TEXT    NOT NULL,
    text       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT    NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX pool_note_person ON pool_note (org_id, person_id, created_at);

-- Append-only: what holds is the latest row of a purpose.
CREATE TABLE pool_consent (
    org_id       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    person_id    TEXT    NOT NULL,
    purpose      TEXT    NOT NULL,
    granted      INTEGER NOT NULL,
    text_version TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    by_id        TEXT    NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX pool_consent_person ON pool_consent (org_id, person_id, purpose, at);
CREATE TRIGGER pool_consent_no_update BEFORE UPDATE ON pool_consent BEGIN SELECT RAISE(ABORT, 'pool_consent is append-only'); END;
-- +goose Down
DROP TABLE pool_consent;
DROP TABLE pool_note;
DROP TABLE pool_trait;
DROP TABLE pool_trait_def;
DROP TABLE pool_tag_link;
DROP TABLE pool_tag;
DROP TABLE pool_purchase;
DROP TABLE pool_claim;
DROP TABLE pool_apart;
DROP TABLE pool_merge;
DROP TABLE pool_identity;
DROP TABLE pool_person;
DROP TABLE pool_counter;
