-- +goose Up
CREATE TABLE pool_counter (
    org_id   TEXT   NOT NULL,
    next_seq BIGINT NOT NULL,
    PRIMARY KEY (org_id)
);

-- One row a person, for ever: a merge changes canonical_id, who speaks for the
-- row. The own_ columns are what was learned about this very person; the
-- others are what lists show, kept up to date on canonical rows only.
CREATE TABLE pool_person (
    org_id          TEXT   NOT NULL,
    person_id       TEXT   NOT NULL,
    seq             BIGINT NOT NULL,
    canonical_id    TEXT   NOT NULL,
    is_canonical    BIGINT NOT NULL DEFAULT 1,
    own_kinds       BIGINT NOT NULL DEFAULT 0,
    own_name        TEXT   NOT NULL DEFAULT '',
    own_name_at     BIGINT NOT NULL DEFAULT 0,
    own_region      TEXT   NOT NULL DEFAULT '',
    own_region_at   BIGINT NOT NULL DEFAULT 0,
    own_gender      TEXT   NOT NULL DEFAULT '',
    own_gender_at   BIGINT NOT NULL DEFAULT 0,
    own_birthday    TEXT   NOT NULL DEFAULT '',
    own_birthday_at BIGINT NOT NULL DEFAULT 0,
    own_owner       TEXT   NOT NULL DEFAULT '',
    own_owner_at    BIGINT NOT NULL DEFAULT 0,
    own_created_at  BIGINT NOT NULL DEFAULT 0,
    recorded_at     BIGINT NOT NULL DEFAULT 0,
    set_size        BIGINT NOT NULL DEFAULT 1,
    kinds           BIGINT NOT NULL DEFAULT 0,
    name            TEXT   NOT NULL DEFAULT '',
    name_key        TEXT   COLLATE "C" NOT NULL DEFAULT '',
    region          TEXT   NOT NULL DEFAULT '',
    gender          TEXT   NOT NULL DEFAULT '',
    birthday        TEXT   NOT NULL DEFAULT '',
    owner_staff_id  TEXT   NOT NULL DEFAULT '',
    created_at      BIGINT NOT NULL DEFAULT 0,
    updated_at      BIGINT NOT NULL DEFAULT 0,
    stage           TEXT   NOT NULL DEFAULT 'new',
    orders          BIGINT NOT NULL DEFAULT 0,
    refunds         BIGINT NOT NULL DEFAULT 0,
    gmv_minor       BIGINT NOT NULL DEFAULT 0,
    refunded_minor  BIGINT NOT NULL DEFAULT 0,
    first_order_at  BIGINT NOT NULL DEFAULT 0,
    last_order_at   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, person_id)
);
CREATE UNIQUE INDEX pool_person_seq ON pool_person (org_id, seq);
-- Members of a merged person; most persons are alone and not in it.
CREATE INDEX pool_person_merged ON pool_person (org_id, canonical_id) WHERE is_canonical = 0;
-- What the customer list sorts and filters by. Each holds all that filters
-- look at, so that a filter reads a stretch of one index and no row of the
-- table but those of the page; seq, which is short, breaks ties.
CREATE INDEX pool_person_by_last_order ON pool_person (org_id, last_order_at, seq) INCLUDE (stage, region, owner_staff_id, orders, gmv_minor, created_at)
    WHERE is_canonical = 1;
CREATE INDEX pool_person_by_gmv ON pool_person (org_id, gmv_minor, seq) INCLUDE (stage, region, owner_staff_id, orders, last_order_at, created_at)
    WHERE is_canonical = 1;
CREATE INDEX pool_person_by_orders ON pool_person (org_id, orders, seq) INCLUDE (stage, region, owner_staff_id, gmv_minor, last_order_at, created_at)
    WHERE is_canonical = 1;
CREATE INDEX pool_person_by_created ON pool_person (org_id, created_at, seq) INCLUDE (stage, region, owner_staff_id, orders, gmv_minor, last_order_at)
    WHERE is_canonical = 1;
CREATE INDEX pool_person_by_name ON pool_person (org_id, name_key, seq) INCLUDE (stage, region, owner_staff_id, orders, gmv_minor, last_order_at, created_at)
    WHERE is_canonical = 1;
CREATE INDEX pool_person_by_stage ON pool_person (org_id, stage, last_order_at, seq) INCLUDE (region, owner_staff_id, orders, gmv_minor, created_at)
    WHERE is_canonical = 1;
CREATE INDEX pool_person_by_region ON pool_person (org_id, region, last_order_at, seq) INCLUDE (stage, owner_staff_id, orders, gmv_minor, created_at)
    WHERE is_canonical = 1;
CREATE INDEX pool_person_by_owner ON pool_person (org_id, owner_staff_id, last_order_at, seq) INCLUDE (stage, region, orders, gmv_minor, created_at)
    WHERE is_canonical = 1 AND owner_staff_id <> '';
-- holder is '' for strong kinds, so that the key admits one row a value, and
-- the person for weak kinds, which several may have.
CREATE TABLE pool_identity (
    org_id     TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    value      TEXT   NOT NULL,
    holder     TEXT   NOT NULL,
    person_id  TEXT   NOT NULL,
    source     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, kind, value, holder)
);
CREATE INDEX pool_identity_person ON pool_identity (org_id, person_id);

-- Who merged whom, and back. members is a JSON list: the loser and all who
-- were merged into the loser at that time.
CREATE TABLE pool_merge (
    org_id    TEXT   NOT NULL,
    id        TEXT   NOT NULL,
    winner_id TEXT   NOT NULL,
    loser_id  TEXT   NOT NULL,
    members   TEXT   NOT NULL,
    rule      TEXT   NOT NULL,
    reason    TEXT   NOT NULL,
    merged_at BIGINT NOT NULL,
    merged_by TEXT   NOT NULL,
    split_at  BIGINT NOT NULL DEFAULT 0,
    split_by  TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (org_id, id)
);
CREATE INDEX pool_merge_winner ON pool_merge (org_id, winner_id);
CREATE INDEX pool_merge_loser ON pool_merge (org_id, loser_id);

-- Persons whom a human has parted, or said to be different: a < b.
CREATE TABLE pool_apart (
    org_id TEXT   NOT NULL,
    a      TEXT   NOT NULL,
    b      TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    by_id  TEXT   NOT NULL,
    PRIMARY KEY (org_id, a, b)
);
CREATE INDEX pool_apart_b ON pool_apart (org_id, b);

-- Persons who share a key that was not enough to merge them.
CREATE TABLE pool_claim (
    org_id       TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    value        TEXT   NOT NULL,
    person_id    TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    dismissed_at BIGINT NOT NULL DEFAULT 0, -- a human has looked at it
    PRIMARY KEY (org_id, kind, value, person_id)
);

CREATE TABLE pool_purchase (
    org_id         TEXT   NOT NULL,
    person_id      TEXT   NOT NULL,
    orders         BIGINT NOT NULL,
    refunds        BIGINT NOT NULL,
    gmv_minor      BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    first_order_at BIGINT NOT NULL,
    last_order_at  BIGINT NOT NULL,
    PRIMARY KEY (org_id, person_id)
);

CREATE TABLE pool_tag (
    org_id     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    group_name TEXT   NOT NULL,
    color      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX pool_tag_name ON pool_tag (org_id, group_name, name);

-- canonical_id repeats pool_person.canonical_id so that lists filter by tag
-- without a join; merge and split move it.
CREATE TABLE pool_tag_link (
    org_id       TEXT   NOT NULL,
    person_id    TEXT   NOT NULL,
    tag_id       TEXT   NOT NULL,
    canonical_id TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    by_id        TEXT   NOT NULL,
    PRIMARY KEY (org_id, person_id, tag_id)
);
CREATE INDEX pool_tag_link_tag ON pool_tag_link (org_id, tag_id, canonical_id);
CREATE INDEX pool_tag_link_canonical ON pool_tag_link (org_id, canonical_id, tag_id);

CREATE TABLE pool_trait_def (
    org_id     TEXT   NOT NULL,
    trait_key  TEXT   NOT NULL,
    label      TEXT   NOT NULL,
    type       TEXT   NOT NULL,
    options    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, trait_key)
);
CREATE TABLE pool_trait (
    org_id     TEXT   NOT NULL,
    person_id  TEXT   NOT NULL,
    trait_key  TEXT   NOT NULL,
    value      TEXT   NOT NULL, -- JSON; '' when it was taken back
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, person_id, trait_key)
);
CREATE INDEX pool_trait_key ON pool_trait (org_id, trait_key);

CREATE TABLE pool_note (
    org_id     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    person_id  TEXT   NOT NULL,
    text       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT   NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX pool_note_person ON pool_note (org_id, person_id, created_at);

-- Append-only: what holds is the latest row of a purpose.
CREATE TABLE pool_consent (
    org_id       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    person_id    TEXT   NOT NULL,
    purpose      TEXT   NOT NULL,
    granted      BIGINT NOT NULL,
    text_version TEXT   NOT NULL,
    source       TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    by_id        TEXT   NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX pool_consent_person ON pool_consent (org_id, person_id, purpose, at);

-- +goose StatementBegin
CREATE FUNCTION pool_consent_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'pool_consent is append-only'; END $$;
-- +goose StatementEnd
CREATE TRIGGER pool_consent_no_update BEFORE UPDATE ON pool_consent FOR EACH ROW EXECUTE FUNCTION pool_consent_append_only();

-- The subselects are evaluated once a query, not once a row.
ALTER TABLE pool_counter ENABLE ROW LEVEL SECURITY;
ALTER TABLE pool_counter FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON pool_counter USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE pool_person ENABLE ROW LEVEL SECURITY;
ALTER TABLE pool_person FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON pool_person USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE pool_identity ENABLE ROW LEVEL SECURITY;
ALTER TABLE pool_identity FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON pool_identity USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE pool_merge ENABLE ROW LEVEL SECURITY;
ALTER TABLE pool_merge FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON pool_merge USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE pool_apart ENABLE ROW LEVEL SECURITY;
ALTER TABLE pool_apart FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON pool_apart USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE pool_claim ENABLE ROW LEVEL SECURITY;
ALTER TABLE pool_claim FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON pool_claim USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE pool_purchase ENABLE ROW LEVEL SECURITY;
ALTER TABLE pool_purchase FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON pool_purchase USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE pool_tag ENABLE ROW LEVEL SECURITY;
ALTER TABLE pool_tag FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON pool_tag USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE pool_tag_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE pool_tag_link FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON pool_tag_link USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE pool_trait_def ENABLE ROW LEVEL SECURITY;
ALTER TABLE pool_trait_def FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON pool_trait_def USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE pool_trait ENABLE ROW LEVEL SECURITY;
ALTER TABLE pool_trait FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON pool_trait USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE pool_note ENABLE ROW LEVEL SECURITY;
ALTER TABLE pool_note FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON pool_note USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE pool_consent ENABLE ROW LEVEL SECURITY;
ALTER TABLE pool_consent FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON pool_consent USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
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
DROP FUNCTION pool_consent_append_only();
