-- +goose Up
-- Files that came with messages, or go out with them. Times are UTC microseconds; 0 is none.
CREATE TABLE carrier_media (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL, -- image, voice, video, file
    type        TEXT NOT NULL, -- decided from the content
    bytes       INTEGER NOT NULL,
    uploaded_by TEXT NOT NULL DEFAULT '', -- staff; empty: it came with a message
    created_at  INTEGER NOT NULL,
    content     BLOB NOT NULL, -- here, so that every node has it
    PRIMARY KEY (org_id, id)
);
CREATE INDEX carrier_media_uploaded ON carrier_media (org_id, created_at) WHERE uploaded_by <> '';

CREATE TABLE carrier_media_use ( -- in which conversations a file stands: who may see those may see it
    org_id      TEXT NOT NULL,
    media_id    TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    external_id TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    PRIMARY KEY (org_id, media_id, account_id, external_id)
) WITHOUT ROWID;

CREATE TABLE carrier_media_upload ( -- temporary materials on platforms
    org_id      TEXT NOT NULL,
    media_id    TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    platform_id TEXT NOT NULL,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (org_id, media_id, account_id)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE carrier_media_upload;
DROP TABLE carrier_media_use;
DROP TABLE carrier_media;
