-- +goose Up
CREATE TABLE person (
    org_id TEXT NOT NULL,
    id     TEXT NOT NULL,
    PRIMARY KEY (org_id, id)
);
ALTER TABLE person ENABLE ROW LEVEL SECURITY;
ALTER TABLE person FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON person USING (org_id = current_setting('fishpond.org_id'));

CREATE TABLE person_draft (
    org_id TEXT NOT NULL,
    id     TEXT NOT NULL,
    PRIMARY KEY (id, org_id)
);
ALTER TABLE person_draft ENABLE ROW LEVEL SECURITY;
-- ALTER TABLE person_draft FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON person_draft USING (true);
-- +goose Down
ALTER TABLE person_draft FORCE ROW LEVEL SECURITY;
