-- +goose Up
ALTER TABLE care_org ADD COLUMN alert_account TEXT NOT NULL DEFAULT ''; -- the e-mail account that alerts leave by
ALTER TABLE care_org ADD COLUMN alert_staff TEXT NOT NULL DEFAULT '[]'; -- JSON: who is told
ALTER TABLE care_org ADD COLUMN alert_minutes INTEGER NOT NULL DEFAULT 0; -- one mail in so many at most; 0: nobody is told
ALTER TABLE care_org ADD COLUMN alert_from INTEGER NOT NULL DEFAULT 0; -- when it was switched on: what was there before is not told
ALTER TABLE care_org ADD COLUMN alert_next INTEGER NOT NULL DEFAULT 0; -- not before then
ALTER TABLE care_case ADD COLUMN alerted INTEGER NOT NULL DEFAULT 0; -- 1: it is in a mail
CREATE INDEX care_case_untold ON care_case (org_id, created_at) WHERE alerted = 0;
CREATE TABLE care_alert (
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL, -- the key under which it is sent
    staff_id   TEXT NOT NULL,
    account_id TEXT NOT NULL,
    address    TEXT NOT NULL,
    subject    TEXT NOT NULL,
    body       TEXT NOT NULL, -- written once: a second try sends the same
    status     TEXT NOT NULL, -- queued, sent, failed, doubtful, cancelled
    reason_zh  TEXT NOT NULL,
    reason_en  TEXT NOT NULL,
    tries      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    try_at     INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE INDEX care_alert_recent ON care_alert (org_id, created_at);
CREATE INDEX care_alert_queued ON care_alert (org_id, try_at) WHERE status = 'queued';
-- +goose Down
DROP TABLE care_alert;
DROP INDEX care_case_untold;
ALTER TABLE care_case DROP COLUMN alerted;
ALTER TABLE care_org DROP COLUMN alert_next;
ALTER TABLE care_org DROP COLUMN alert_from;
ALTER TABLE care_org DROP COLUMN alert_minutes;
ALTER TABLE care_org DROP COLUMN alert_staff;
ALTER TABLE care_org DROP COLUMN alert_account;
