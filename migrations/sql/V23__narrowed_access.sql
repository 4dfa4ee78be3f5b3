-- Owner: user-service. Members, API keys and invitations whose access is narrowed to the monitors that have one of some
-- tags. Who is narrowed and has none of these rows sees nothing: a tag that is gone never widens what somebody sees.

ALTER TABLE memberships ADD COLUMN narrowed boolean NOT NULL DEFAULT false;
ALTER TABLE api_keys ADD COLUMN narrowed boolean NOT NULL DEFAULT false;
ALTER TABLE member_invitations ADD COLUMN narrowed boolean NOT NULL DEFAULT false;

-- What admins and owners change is the whole organisation's.
ALTER TABLE memberships ADD CONSTRAINT memberships_narrowed_check
    CHECK (NOT narrowed OR role IN ('editor', 'responder', 'viewer'));
ALTER TABLE api_keys ADD CONSTRAINT api_keys_narrowed_check
    CHECK (NOT narrowed OR role IN ('editor', 'responder', 'viewer'));
ALTER TABLE member_invitations ADD CONSTRAINT member_invitations_narrowed_check
    CHECK (NOT narrowed OR role IN ('editor', 'responder', 'viewer'));

CREATE TABLE member_tags (
    org_id   bigint NOT NULL,
    user_id  bigint NOT NULL,
    tag_id   bigint NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (org_id, user_id, tag_id),
    FOREIGN KEY (org_id, user_id) REFERENCES memberships (org_id, user_id) ON DELETE CASCADE
);
CREATE INDEX member_tags_tag_idx ON member_tags (tag_id);

CREATE TABLE api_key_tags (
    api_key_id  bigint NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    tag_id      bigint NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (api_key_id, tag_id)
);
CREATE INDEX api_key_tags_tag_idx ON api_key_tags (tag_id);

CREATE TABLE invitation_tags (
    invitation_id  uuid   NOT NULL REFERENCES member_invitations (id) ON DELETE CASCADE,
    tag_id         bigint NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (invitation_id, tag_id)
);
CREATE INDEX invitation_tags_tag_idx ON invitation_tags (tag_id);

-- An access token says whether its member is narrowed: one that says something else is not accepted any more. By which
-- tags is looked up at each request.
CREATE FUNCTION revoke_wider_membership() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO revocations (user_id, org_id) VALUES (NEW.user_id, NEW.org_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER membership_narrowed AFTER UPDATE OF narrowed ON memberships
    FOR EACH ROW WHEN (OLD.narrowed IS DISTINCT FROM NEW.narrowed AND OLD.role = NEW.role)
    EXECUTE FUNCTION revoke_wider_membership();
