-- +goose Up
CREATE TABLE timeline_event (
    org_id      TEXT   NOT NULL,
    xid         BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    seq         BIGINT GENERATED ALWAYS AS IDENTITY,
    id          TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    person_id   TEXT   NOT NULL,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    dedupe_key  TEXT   NOT NULL,
    source      TEXT   NOT NULL,
    data        TEXT   NOT NULL,
    PRIMARY KEY (org_id, xid, seq)
);
CREATE UNIQUE INDEX timeline_event_dedupe ON timeline_event (org_id, dedupe_key);
CREATE INDEX timeline_event_person ON timeline_event (org_id, person_id, occurred_at, seq);
CREATE UNIQUE INDEX timeline_event_id ON timeline_event (org_id, id);

CREATE TABLE timeline_cursor (
    org_id     TEXT   NOT NULL,
    subscriber TEXT   NOT NULL,
    xid        BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, subscriber)
);

CREATE TABLE timeline_parked (
    org_id     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    subscriber TEXT   NOT NULL,
    event_id   TEXT   NOT NULL,
    error      TEXT   NOT NULL,
    attempts   BIGINT NOT NULL,
    parked_at  BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX timeline_parked_event ON timeline_parked (org_id, subscriber, event_id);

-- +goose StatementBegin
CREATE FUNCTION timeline_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'timeline_event is append-only'; END $$;
-- +goose StatementEnd
CREATE TRIGGER timeline_event_no_update BEFORE UPDATE ON timeline_event FOR EACH ROW EXECUTE FUNCTION timeline_event_append_only();

-- The subselects are evaluated once a query, not once a row.
ALTER TABLE timeline_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE timeline_event FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON timeline_event USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE timeline_cursor ENABLE ROW LEVEL SECURITY;
ALTER TABLE timeline_cursor FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON timeline_cursor USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE timeline_parked ENABLE ROW LEVEL SECURITY;
ALTER TABLE timeline_parked FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON timeline_parked USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE timeline_parked;
DROP TABLE timeline_cursor;
DROP TABLE timeline_event;
DROP FUNCTION timeline_event_append_only();
