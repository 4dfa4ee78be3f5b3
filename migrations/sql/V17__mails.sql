-- Owner: user-service. Mails about accounts: what they are to say, what their links prove, and who is invited.

-- Mails on their way. A row goes when its mail was taken, or has nothing to say any more.
CREATE TABLE mails (
    id             uuid        PRIMARY KEY,
    recipient      text        NOT NULL,
    kind           text        NOT NULL,
    -- What it says, sealed: links give access to accounts.
    sealed         bytea       NOT NULL,
    -- Whose link it is, if it is an invitation's.
    invitation_id  uuid,
    created_at     timestamptz NOT NULL DEFAULT now(),
    expires_at     timestamptz NOT NULL,
    due_at         timestamptz NOT NULL DEFAULT now(),
    attempts       integer     NOT NULL DEFAULT 0,
    -- Why it was not taken when it was tried last.
    error          text
);
CREATE INDEX mails_due_idx ON mails (due_at);

-- Links in mails: whoever follows one has read the mail. A row goes when its token is used.
CREATE TABLE mailed_tokens (
    -- SHA-256 of the token, which has 256 random bits.
    hash        bytea       PRIMARY KEY,
    purpose     text        NOT NULL CHECK (purpose IN ('verify_email', 'change_email', 'reset_password')),
    -- None where it is not said whether there is an account.
    user_id     bigint      REFERENCES users (id) ON DELETE CASCADE,
    -- To which the mail was sent.
    email       text        NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX mailed_tokens_user_idx ON mailed_tokens (user_id, purpose);
CREATE INDEX mailed_tokens_email_idx ON mailed_tokens (email, purpose);
CREATE INDEX mailed_tokens_expiry_idx ON mailed_tokens (expires_at);

-- Until when the address has to be verified; none where nobody demands it.
ALTER TABLE users ADD COLUMN verify_by timestamptz;

CREATE TABLE member_invitations (
    id          uuid        PRIMARY KEY,
    org_id      bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    email       text        NOT NULL,
    role        text        NOT NULL CHECK (role IN ('owner', 'admin', 'editor', 'responder', 'viewer')),
    invited_by  bigint      NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- SHA-256 of the token, which has 256 random bits.
    token_hash  bytea       NOT NULL,
    -- Whether the token is known only to who reads the mails of the address.
    is_mailed   boolean     NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    sent_at     timestamptz,
    error       text
);
CREATE UNIQUE INDEX member_invitations_token_key ON member_invitations (token_hash);
CREATE UNIQUE INDEX member_invitations_email_key ON member_invitations (org_id, email);
CREATE INDEX member_invitations_inviter_idx ON member_invitations (invited_by);
CREATE INDEX member_invitations_expiry_idx ON member_invitations (expires_at);

-- Who may not invite any more has not invited anybody.
CREATE FUNCTION withdraw_invitations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.role NOT IN ('owner', 'admin') THEN
        DELETE FROM member_invitations WHERE org_id = OLD.org_id AND invited_by = OLD.user_id;
    ELSIF NEW.role <> 'owner' THEN
        DELETE FROM member_invitations WHERE org_id = OLD.org_id AND invited_by = OLD.user_id AND role = 'owner';
    END IF;
    RETURN NULL;
END
$$;
-- An invitation that is not there any more is not mailed.
CREATE FUNCTION forget_invitation_mail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM mails WHERE invitation_id = OLD.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER invitation_gone AFTER DELETE ON member_invitations
    FOR EACH ROW EXECUTE FUNCTION forget_invitation_mail();
CREATE INDEX mails_invitation_idx ON mails (invitation_id) WHERE invitation_id IS NOT NULL;

CREATE TRIGGER invitations_withdrawn AFTER DELETE OR UPDATE OF role ON memberships
    FOR EACH ROW EXECUTE FUNCTION withdraw_invitations();
