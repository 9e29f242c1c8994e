-- +goose Up
CREATE TABLE survey_survey (
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL,
    slug         TEXT NOT NULL, -- in its address
    secret       TEXT NOT NULL, -- signs personal addresses
    name         TEXT NOT NULL,
    status       TEXT NOT NULL, -- draft, published, ended
    draft        TEXT NOT NULL, -- JSON; what is edited
    revision     BIGINT NOT NULL, -- of the draft
    version      BIGINT NOT NULL, -- published last; 0: never
    published_revision BIGINT NOT NULL,
    opened       BIGINT NOT NULL, -- by how many browsers
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL,
    deleted_at   BIGINT NOT NULL, -- 0: is there
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX survey_survey_slug ON survey_survey (slug);
CREATE TABLE survey_version (
    org_id     TEXT NOT NULL,
    survey_id  TEXT NOT NULL,
    version    BIGINT NOT NULL,
    spec       TEXT NOT NULL, -- JSON
    created_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, survey_id, version)
);
CREATE TABLE survey_response (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    survey_id   TEXT NOT NULL,
    version     BIGINT NOT NULL,
    status      TEXT NOT NULL, -- open, done, repeated (somebody who had answered before), declined
    person_id   TEXT NOT NULL, -- as the answer named them; empty: nobody knows
    browser     TEXT NOT NULL, -- hash of its cookie
    way         TEXT NOT NULL, -- personal, open
    answers     TEXT NOT NULL, -- JSON
    effects     TEXT NOT NULL, -- JSON; what was changed of the person
    ending      TEXT NOT NULL, -- id of the ending that was shown
    started_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX survey_response_list ON survey_response (org_id, survey_id, status, finished_at, id);
CREATE INDEX survey_response_browser ON survey_response (org_id, survey_id, browser, id);
CREATE INDEX survey_response_person ON survey_response (org_id, person_id, survey_id, id) WHERE person_id <> '';
-- Who has answered: p:person or b:browser.
CREATE TABLE survey_claim (
    org_id      TEXT NOT NULL,
    survey_id   TEXT NOT NULL,
    who         TEXT NOT NULL,
    response_id TEXT NOT NULL,
    PRIMARY KEY (org_id, survey_id, who)
);
CREATE INDEX survey_claim_response ON survey_claim (org_id, survey_id, response_id);
ALTER TABLE survey_survey ENABLE ROW LEVEL SECURITY;
ALTER TABLE survey_survey FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON survey_survey USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE survey_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE survey_version FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON survey_version USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE survey_response ENABLE ROW LEVEL SECURITY;
ALTER TABLE survey_response FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON survey_response USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE survey_claim ENABLE ROW LEVEL SECURITY;
ALTER TABLE survey_claim FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON survey_claim USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
-- +goose Down
DROP TABLE survey_claim;
DROP TABLE survey_response;
DROP TABLE survey_version;
DROP TABLE survey_survey;
