-- +goose Up
-- What members of staff are asked to send to many, each with one confirmation in WeCom. Times are UTC microseconds; 0 is none.
CREATE TABLE carrier_mass (
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL,
    account_id   TEXT NOT NULL,
    kind         TEXT NOT NULL, -- single (customers), group
    origin       TEXT NOT NULL, -- the plan in the outbox, or the key under which groups were asked
    sender       TEXT NOT NULL, -- the member
    digest       TEXT NOT NULL, -- of the content
    content      TEXT NOT NULL, -- JSON: parts
    status       TEXT NOT NULL, -- gathering, asking, asked, done, cancelled, failed
    size         INTEGER NOT NULL, -- receivers
    msgid        TEXT NOT NULL, -- the platform's; empty: not known
    end_at       INTEGER NOT NULL, -- who has not confirmed by then need not
    next_at      INTEGER NOT NULL, -- not before; also the end of whoever works on it
    attempts     INTEGER NOT NULL,
    since        INTEGER NOT NULL, -- since when the platform may have been asked; 0: it was not
    called_at    INTEGER NOT NULL, -- when it was asked last
    called_off   INTEGER NOT NULL, -- 1: it is not wanted any more
    asked_at     INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL,
    done_at      INTEGER NOT NULL,
    reminded     TEXT NOT NULL, -- JSON: when, the last few
    code         TEXT NOT NULL,
    error_zh     TEXT NOT NULL,
    error_en     TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX carrier_mass_gathering ON carrier_mass (org_id, account_id, origin, kind, sender, digest) WHERE status = 'gathering';
CREATE UNIQUE INDEX carrier_mass_msgid ON carrier_mass (org_id, account_id, msgid) WHERE msgid <> '';
CREATE INDEX carrier_mass_due ON carrier_mass (org_id, next_at) WHERE status IN ('gathering', 'asking', 'asked');
CREATE INDEX carrier_mass_origin ON carrier_mass (org_id, origin, id);

-- To whom; a row before anything leaves.
CREATE TABLE carrier_mass_send (
    org_id    TEXT NOT NULL,
    key       TEXT NOT NULL, -- the caller's: the same again is not asked again
    mass_id   TEXT NOT NULL,
    recipient TEXT NOT NULL, -- customer or group
    person_id TEXT NOT NULL,
    status    TEXT NOT NULL, -- waiting, sent, failed, cancelled
    code      TEXT NOT NULL,
    done_at   INTEGER NOT NULL,
    PRIMARY KEY (org_id, key)
) WITHOUT ROWID;
CREATE INDEX carrier_mass_send_mass ON carrier_mass_send (org_id, mass_id, recipient);

-- +goose Down
DROP TABLE carrier_mass_send;
DROP TABLE carrier_mass;
