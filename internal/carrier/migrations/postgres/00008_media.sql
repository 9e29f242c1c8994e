-- +goose Up
-- Files that came with messages, or go out with them. Times are UTC microseconds; 0 is none.
CREATE TABLE carrier_media (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL, -- image, voice, video, file
    type        TEXT NOT NULL, -- decided from the content
    bytes       BIGINT NOT NULL,
    uploaded_by TEXT NOT NULL DEFAULT '', -- staff; empty: it came with a message
    created_at  BIGINT NOT NULL,
    content     BYTEA NOT NULL, -- here, so that every node has it
    PRIMARY KEY (org_id, id)
);
ALTER TABLE carrier_media ALTER COLUMN content SET STORAGE EXTERNAL; -- pictures do not shrink
CREATE INDEX carrier_media_uploaded ON carrier_media (org_id, created_at) WHERE uploaded_by <> '';

CREATE TABLE carrier_media_use ( -- in which conversations a file stands: who may see those may see it
    org_id      TEXT NOT NULL,
    media_id    TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    external_id TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    PRIMARY KEY (org_id, media_id, account_id, external_id)
);

CREATE TABLE carrier_media_upload ( -- temporary materials on platforms
    org_id      TEXT NOT NULL,
    media_id    TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    platform_id TEXT NOT NULL,
    expires_at  BIGINT NOT NULL,
    PRIMARY KEY (org_id, media_id, account_id)
);

ALTER TABLE carrier_media ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_media FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_media USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_media_use ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_media_use FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_media_use USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_media_upload ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_media_upload FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_media_upload USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');

-- +goose Down
DROP TABLE carrier_media_upload;
DROP TABLE carrier_media_use;
DROP TABLE carrier_media;
