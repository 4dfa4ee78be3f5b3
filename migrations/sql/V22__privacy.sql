-- Owner: user-service. What people do with their own accounts, archives of what is stored, and deletions that take their
-- time.

-- What happened to an account: sign-ins, changes of what it is signed in with, exports, deletion. It is the person's alone,
-- and goes with the account.
CREATE TABLE account_events (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id     bigint      NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at          timestamptz NOT NULL DEFAULT now(),
    -- The operation, or what the product has noticed.
    action      text        NOT NULL,
    -- What changed, without secrets.
    details     jsonb,
    address     inet,
    user_agent  text,
    request_id  text
);
CREATE INDEX account_events_user_idx ON account_events (user_id, id);
CREATE INDEX account_events_at_idx ON account_events (at);

CREATE FUNCTION refuse_account_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what happened to an account is not changed';
END
$$;
CREATE TRIGGER account_events_stay BEFORE UPDATE ON account_events
    FOR EACH ROW EXECUTE FUNCTION refuse_account_event_change();

-- Who has written or acknowledged; unknown of what is older than this. The name stays when the account goes, as a
-- pseudonym.
ALTER TABLE incident_notes ADD COLUMN user_id bigint;
CREATE INDEX incident_notes_user_idx ON incident_notes (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX incident_notes_org_idx ON incident_notes (org_id);
ALTER TABLE incident_acknowledgements ADD COLUMN user_id bigint;
CREATE INDEX incident_acknowledgements_user_idx ON incident_acknowledgements (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX incident_acknowledgements_org_idx ON incident_acknowledgements (org_id);

-- Archives that somebody has asked for: of an account, or of an organisation.
CREATE TABLE exports (
    id               uuid        PRIMARY KEY,
    -- Who has asked, and downloads it.
    user_id          bigint      NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Whose it is; none of the account itself.
    org_id           bigint      REFERENCES organisations (id) ON DELETE CASCADE,
    requested_at     timestamptz NOT NULL DEFAULT now(),
    -- Until when it is lent to the one who makes it; then another one begins anew.
    lent_until       timestamptz,
    attempts         integer     NOT NULL DEFAULT 0,
    finished_at      timestamptz,
    expires_at       timestamptz NOT NULL DEFAULT now() + interval '7 days',
    bytes            bigint,
    -- Why it was not made.
    error            text,
    -- The session that has shown the password, and until when that counts.
    opened_by        uuid,
    opened_until     timestamptz
);
CREATE INDEX exports_user_idx ON exports (user_id, requested_at);
CREATE INDEX exports_expiry_idx ON exports (expires_at);
-- One at a time.
CREATE UNIQUE INDEX exports_organisation_key ON exports (org_id)
    WHERE org_id IS NOT NULL AND finished_at IS NULL AND error IS NULL;
CREATE UNIQUE INDEX exports_account_key ON exports (user_id)
    WHERE org_id IS NULL AND finished_at IS NULL AND error IS NULL;

-- The parts of an archive, of the same size but the last, sealed.
CREATE TABLE export_parts (
    export_id  uuid    NOT NULL REFERENCES exports (id) ON DELETE CASCADE,
    number     integer NOT NULL,
    sealed     bytea   NOT NULL,
    PRIMARY KEY (export_id, number)
);

-- Accounts that are to be deleted.
CREATE TABLE account_deletions (
    user_id        bigint      PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    requested_at   timestamptz NOT NULL DEFAULT now(),
    due_at         timestamptz NOT NULL,
    -- Since when it cannot be cancelled any more.
    erasing_since  timestamptz
);
CREATE INDEX account_deletions_due_idx ON account_deletions (due_at);
-- Few at a time: each change of the audit log looks for them.
CREATE INDEX account_deletions_erasing_idx ON account_deletions (user_id) WHERE erasing_since IS NOT NULL;

-- Organisations that are to be deleted, and are suspended until then.
CREATE TABLE organisation_deletions (
    org_id         bigint      PRIMARY KEY REFERENCES organisations (id) ON DELETE CASCADE,
    requested_by   bigint      NOT NULL,
    requested_at   timestamptz NOT NULL DEFAULT now(),
    due_at         timestamptz NOT NULL,
    -- Whether it goes because the account of its only member goes.
    with_account   boolean     NOT NULL DEFAULT false,
    -- Monitors that were paused because of it.
    paused         bigint[]    NOT NULL DEFAULT '{}',
    cancelled_at   timestamptz,
    -- Since when it cannot be cancelled any more.
    erasing_since  timestamptz
);
CREATE INDEX organisation_deletions_due_idx ON organisation_deletions (due_at);
CREATE INDEX organisation_deletions_requester_idx ON organisation_deletions (requested_by);
CREATE INDEX organisation_deletions_erasing_idx ON organisation_deletions (org_id) WHERE erasing_since IS NOT NULL;

-- Monitors that are erased, with their organisation or some time after they were deleted, for as long as the log may still
-- have records of them: the processor removes what it holds of them, and again when a record comes late.
CREATE TABLE erased_monitors (
    monitor_id  bigint      PRIMARY KEY,
    org_id      bigint      NOT NULL,
    erased_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX erased_monitors_org_idx ON erased_monitors (org_id);
CREATE INDEX erased_monitors_at_idx ON erased_monitors (erased_at);

-- The API keys of an organisation that is suspended are asked for again. Once that is cancelled they need not be: of what
-- is not accepted nothing is remembered for long.
CREATE FUNCTION suspend_api_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO revocations (api_key_id) SELECT id FROM api_keys WHERE org_id = NEW.org_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER organisation_suspended AFTER INSERT OR UPDATE OF cancelled_at ON organisation_deletions
    FOR EACH ROW WHEN (NEW.cancelled_at IS NULL) EXECUTE FUNCTION suspend_api_keys();

-- Whether a resource is shown as before, but for these fields: each of them may be the pseudonym now, and an address gone.
CREATE FUNCTION shows_the_same(was jsonb, shown jsonb, fields text[], pseudonym text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT was IS NOT DISTINCT FROM shown OR was - fields = shown - fields AND (
        SELECT bool_and(shown->field IS NOT DISTINCT FROM was->field
                        OR was ? field AND CASE field WHEN 'email' THEN NOT shown ? field
                                                      ELSE shown->>field = pseudonym END)
        FROM unnest(fields) AS field)
$$;

-- What was written stays as it was, but for two things: it goes with an organisation that is erased, and a person whose
-- account is erased becomes a pseudonym.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    person     bigint;
    pseudonym  text;
    fields     text[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        FOR person IN SELECT user_id FROM account_deletions WHERE erasing_since IS NOT NULL LOOP
            pseudonym := 'deleted user #' || person;
            fields := '{created_by,invited_by,acknowledged_by}';
            IF OLD.resource = 'member' AND OLD.resource_id = person::text THEN
                fields := fields || 'name'::text;
            ELSIF OLD.resource = 'invitation' THEN
                fields := fields || 'email'::text;
            END IF;
            IF to_jsonb(NEW) - '{actor_name,address,before,after}'::text[]
                   = to_jsonb(OLD) - '{actor_name,address,before,after}'::text[]
               AND (NEW.actor_name = OLD.actor_name AND NEW.address IS NOT DISTINCT FROM OLD.address
                    OR OLD.actor_kind = 'user' AND OLD.actor_id = person AND NEW.address IS NULL
                       AND NEW.actor_name = pseudonym)
               AND shows_the_same(OLD.before, NEW.before, fields, pseudonym)
               AND shows_the_same(OLD.after, NEW.after, fields, pseudonym)
            THEN
                RETURN NEW;
            END IF;
        END LOOP;
        RAISE EXCEPTION 'the audit log is not changed';
    END IF;
    IF OLD.at > now() - interval '400 days' AND EXISTS (SELECT FROM organisations WHERE id = OLD.org_id)
       AND NOT EXISTS (SELECT FROM organisation_deletions WHERE org_id = OLD.org_id AND erasing_since IS NOT NULL)
    THEN
        RAISE EXCEPTION 'the audit log is kept for 400 days';
    END IF;
    RETURN OLD;
END
$$;

-- What a person has done in all organisations. Changes wait while these are made: the audit log came with V15, shortly
-- before, and only grows when somebody changes something, so it is small yet.
CREATE INDEX audit_log_person_idx ON audit_log (actor_id) WHERE actor_kind = 'user';
CREATE INDEX audit_log_member_idx ON audit_log (resource_id) WHERE resource = 'member';

-- What goes with an organisation or an address is found without reading what others have.
CREATE INDEX sessions_org_idx ON sessions (org_id);
CREATE INDEX mails_recipient_idx ON mails (lower(recipient));
CREATE INDEX member_invitations_address_idx ON member_invitations (email);
