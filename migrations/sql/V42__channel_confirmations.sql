-- Owner: user-service. Members' own channels whose number nobody has shown to be the member's yet. A channel without a row
-- is confirmed: it was there before anybody was asked, its owner has entered a code, or it reaches no phone.

-- Channels cannot be changed while this waits for a backup or an export: who applies it tries again.
SET LOCAL lock_timeout = '3s';

CREATE TABLE channel_confirmations (
    channel_id   bigint      PRIMARY KEY REFERENCES channels (id) ON DELETE CASCADE,
    org_id       bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- Since when a code is wanted, and when it is to be sent; null when none is wanted.
    wanted_at    timestamptz,
    due_at       timestamptz,
    -- Whether that code was counted against the limits.
    counted      boolean     NOT NULL DEFAULT false,
    -- Grows with each code that is given out to be sent, and with each change of the number: what comes of an earlier one
    -- concerns no later one.
    attempt      integer     NOT NULL DEFAULT 0,
    -- A keyed hash of the last one, until when it is accepted, and how many others were entered since.
    code_hash    bytea,
    expires_at   timestamptz,
    tries        integer     NOT NULL DEFAULT 0,
    -- When the last one was sent, and why the last attempt since has failed.
    asked_at     timestamptz,
    error        text
);
CREATE INDEX channel_confirmations_org_idx ON channel_confirmations (org_id);
CREATE INDEX channel_confirmations_due_idx ON channel_confirmations (due_at) WHERE due_at IS NOT NULL;
