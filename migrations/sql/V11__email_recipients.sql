-- Owner: user-service. Whether the addresses of e-mail channels want an organisation's alerts. An address without a row
-- gets them: it was a recipient before anybody was asked, or was added while nobody was to be asked.
CREATE TABLE email_recipients (
    org_id       bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    -- domain::EmailRecipientId. The address itself is only in the sealed configurations of channels.
    id           uuid        NOT NULL,
    -- domain::channel::EmailRecipientState
    state        text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- When it was confirmed or declined.
    answered_at  timestamptz,
    -- Since when a mail is wanted that asks it, and when the mail is to be sent; null when none is wanted.
    wanted_at    timestamptz,
    due_at       timestamptz,
    -- Whether that mail was counted against the limits.
    counted      boolean     NOT NULL DEFAULT false,
    -- When the last one was sent, and why the last attempt since has failed.
    asked_at     timestamptz,
    error        text,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX email_recipients_due_idx ON email_recipients (due_at) WHERE due_at IS NOT NULL;
