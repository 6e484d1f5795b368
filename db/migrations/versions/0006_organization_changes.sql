-- Processes that keep organizations in memory hear of every change, as they hear of keys. An
-- organization's id comes in the place of a key's: whoever hears it forgets what has that id.

CREATE TRIGGER organization_updated AFTER UPDATE ON organization
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tollhouse_api_keys_changed();

CREATE TRIGGER organization_deleted AFTER DELETE ON organization
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tollhouse_api_keys_changed();

CREATE FUNCTION tollhouse_all_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('tollhouse_api_keys', '*');
    RETURN NULL;
END $$;

CREATE TRIGGER organization_truncated AFTER TRUNCATE ON organization
    FOR EACH STATEMENT EXECUTE FUNCTION tollhouse_all_gone();

CREATE TRIGGER api_key_truncated AFTER TRUNCATE ON api_key
    FOR EACH STATEMENT EXECUTE FUNCTION tollhouse_all_gone();
