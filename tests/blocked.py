"""Who waits for a lock in the tests' database."""

# Inside a transaction, pg_stat_activity goes on showing the connections that were there when it
# was first read; pg_locks always shows what is so now.
WAITING = """SELECT coalesce(array_agg(DISTINCT pid), '{}') FROM pg_locks
WHERE NOT granted AND pid IN (SELECT pid FROM pg_locks WHERE database =
  (SELECT oid FROM pg_database WHERE datname = current_database()))"""
