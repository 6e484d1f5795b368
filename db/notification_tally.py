"""Counts notifications in the very statement that makes or changes them."""

from typing import Final

# Follows a common table expression `wanted` of nouns and changes. As in db/tally.py, a writer
# takes any shard that nobody holds, and makes another one where all are held.
COUNTING: Final = """
    free AS (
        SELECT wanted.noun, wanted.change, shard.shard
        FROM wanted CROSS JOIN LATERAL (
            SELECT tally.shard FROM tally
            WHERE tally.organization_id = :organization_id AND tally.noun = wanted.noun
            LIMIT 1 FOR UPDATE SKIP LOCKED
        ) AS shard
    ), bumped AS (
        UPDATE tally SET amount = tally.amount + free.change FROM free
        WHERE tally.organization_id = :organization_id
            AND tally.noun = free.noun AND tally.shard = free.shard
        RETURNING tally.noun
    ), added AS (
        INSERT INTO tally (organization_id, noun, shard, amount)
        SELECT :organization_id, wanted.noun, gen_random_uuid(), wanted.change FROM wanted
        WHERE wanted.noun NOT IN (SELECT bumped.noun FROM bumped)
    )
"""
