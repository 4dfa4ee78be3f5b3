-- Owner: user-service. Who gets mails about the reports of a status page, and those mails.

CREATE TABLE status_page_subscribers (
    id               uuid        PRIMARY KEY,
    org_id           bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    page_id          bigint      NOT NULL REFERENCES status_pages (id) ON DELETE CASCADE,
    -- Where mails go, and the form by which addresses are the same (domain::EmailAddress).
    mailbox          text        NOT NULL,
    address          text        NOT NULL,
    -- The components that it is about; none where it is about all of them. Some may be gone.
    components       bigint[]    CHECK (cardinality(components) > 0),
    state            text        NOT NULL CHECK (state IN ('pending', 'confirmed', 'unsubscribed')),
    created_at       timestamptz NOT NULL DEFAULT now(),
    -- When it was signed up for last, which names the mail that asks; and until when that mail confirms.
    asked_at         timestamptz NOT NULL DEFAULT now(),
    expires_at       timestamptz CHECK ((expires_at IS NOT NULL) = (state = 'pending')),
    confirmed_at     timestamptz,
    unsubscribed_at  timestamptz CHECK ((unsubscribed_at IS NOT NULL) = (state = 'unsubscribed')),
    -- Who has ended it: the recipient, or the mail server that does not know it.
    ended_by         text        CHECK ((ended_by IS NOT NULL) = (state = 'unsubscribed')),
    -- When the mail that answers the last sign-up is to be sent; none when it was, and whether it was counted.
    due_at           timestamptz DEFAULT now(),
    attempts         integer     NOT NULL DEFAULT 0,
    counted          boolean     NOT NULL DEFAULT false,
    -- Notices in a row for which the mail server did not know the recipient.
    refusals         integer     NOT NULL DEFAULT 0,
    -- Why the last mail was not taken.
    error            text
);
CREATE UNIQUE INDEX status_page_subscribers_address_key ON status_page_subscribers (page_id, address);
CREATE INDEX status_page_subscribers_state_idx ON status_page_subscribers (page_id, state);
CREATE INDEX status_page_subscribers_list_idx ON status_page_subscribers (page_id, created_at DESC, id DESC);
CREATE INDEX status_page_subscribers_org_idx ON status_page_subscribers (org_id);
CREATE INDEX status_page_subscribers_person_idx ON status_page_subscribers (address);
CREATE INDEX status_page_subscribers_due_idx ON status_page_subscribers (org_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX status_page_subscribers_expiry_idx ON status_page_subscribers (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX status_page_subscribers_ended_idx ON status_page_subscribers (unsubscribed_at)
    WHERE unsubscribed_at IS NOT NULL;

-- A mail about an update to a subscriber. The subscriber may be gone; what came of the mail stays known for a while.
CREATE TABLE report_notices (
    update_id      bigint      NOT NULL REFERENCES report_updates (id) ON DELETE CASCADE,
    subscriber_id  uuid        NOT NULL,
    org_id         bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    report_id      bigint      NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    due_at         timestamptz NOT NULL DEFAULT now(),
    attempts       integer     NOT NULL DEFAULT 0,
    -- None while it waits.
    outcome        text        CHECK (outcome IN ('sent', 'refused', 'given_up', 'dropped')),
    PRIMARY KEY (update_id, subscriber_id)
);
-- Whoever has got one of a report gets the others.
CREATE INDEX report_notices_report_idx ON report_notices (report_id, subscriber_id);
CREATE INDEX report_notices_due_idx ON report_notices (org_id, due_at) WHERE outcome IS NULL;
CREATE INDEX report_notices_created_idx ON report_notices (created_at);

-- What came of notices whose rows are gone.
CREATE TABLE report_notice_counts (
    update_id  bigint NOT NULL REFERENCES report_updates (id) ON DELETE CASCADE,
    org_id     bigint NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    outcome    text   NOT NULL,
    count      bigint NOT NULL,
    PRIMARY KEY (update_id, outcome)
);
CREATE INDEX report_notice_counts_org_idx ON report_notice_counts (org_id);
