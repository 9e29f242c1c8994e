-- +goose Up
CREATE TABLE timeline_event (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id      TEXT    NOT NULL,
    xid         INTEGER NOT NULL DEFAULT 0, -- one writer: seq alone orders
    id          TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    person_id   TEXT    NOT NULL,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    dedupe_key  TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    data        TEXT    NOT NULL
);
CREATE INDEX timeline_event_order ON timeline_event (org_id, seq, kind); -- kinds that nobody follows are passed over without their rows
CREATE UNIQUE INDEX timeline_event_dedupe ON timeline_event (org_id, dedupe_key);
CREATE INDEX timeline_event_person ON timeline_event (org_id, person_id, occurred_at, seq);
CREATE TRIGGER timeline_event_no_update BEFORE UPDATE ON timeline_event BEGIN SELECT RAISE(ABORT, 'timeline_event is append-only'); END;

CREATE TABLE timeline_cursor (
    org_id     TEXT    NOT NULL,
    subscriber TEXT    NOT NULL,
    xid        INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, subscriber)
) WITHOUT ROWID;

CREATE TABLE timeline_parked (
    org_id     TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    subscriber TEXT    NOT NULL,
    event_id   TEXT    NOT NULL,
    error      TEXT    NOT NULL,
    attempts   INTEGER NOT NULL,
    parked_at  INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX timeline_parked_event ON timeline_parked (org_id, subscriber, event_id);
CREATE UNIQUE INDEX timeline_event_id ON timeline_event (org_id, id);
-- +goose Down
DROP TABLE timeline_parked;
DROP TABLE timeline_cursor;
DROP TABLE timeline_event;
