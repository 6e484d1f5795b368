-- Processes that keep checked keys in memory hear of every change that a key's check rests on.

CREATE FUNCTION tollhouse_api_keys_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM changed) > 100 THEN
        PERFORM pg_notify('tollhouse_api_keys', '*');
    ELSE
        PERFORM pg_notify('tollhouse_api_keys', id::text) FROM changed;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER api_key_updated AFTER UPDATE ON api_key
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tollhouse_api_keys_changed();

CREATE TRIGGER api_key_deleted AFTER DELETE ON api_key
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tollhouse_api_keys_changed();
