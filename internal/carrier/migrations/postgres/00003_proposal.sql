-- +goose Up
-- What people tell of themselves in chats. Times are UTC microseconds; 0 is none.
CREATE TABLE carrier_proposal (
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL,
    account_id   TEXT NOT NULL, -- empty: the message came from elsewhere
    person_id    TEXT NOT NULL, -- who said it
    kind         TEXT NOT NULL, -- phone, email, order_no, member_no, shop_id
    value        TEXT NOT NULL,
    source       TEXT NOT NULL, -- message or form
    event_id     TEXT NOT NULL, -- the message; empty for a form
    candidate_id TEXT NOT NULL, -- whose it is; empty: nobody's
    status       TEXT NOT NULL, -- proposed, accepted, refused, undone
    attached     TEXT NOT NULL DEFAULT '', -- the kind of identity that was noted
    merge_id     TEXT NOT NULL DEFAULT '',
    decided_by   TEXT NOT NULL DEFAULT '',
    decided_at   BIGINT NOT NULL DEFAULT 0,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX carrier_proposal_once ON carrier_proposal (org_id, person_id, kind, value);
CREATE INDEX carrier_proposal_status ON carrier_proposal (org_id, status, id);

CREATE TABLE carrier_order ( -- whose recent orders are, by their numbers
    org_id    TEXT NOT NULL,
    order_no  TEXT NOT NULL,
    person_id TEXT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (org_id, order_no, person_id)
);
CREATE INDEX carrier_order_at ON carrier_order (org_id, at);

ALTER TABLE carrier_proposal ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_proposal FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_proposal USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');
ALTER TABLE carrier_order ENABLE ROW LEVEL SECURITY;
ALTER TABLE carrier_order FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON carrier_order USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*');

-- +goose Down
DROP TABLE carrier_order;
DROP TABLE carrier_proposal;
