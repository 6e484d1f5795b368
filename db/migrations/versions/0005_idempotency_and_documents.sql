-- What came of requests that may come again, and documents that an operator trusts.

CREATE TABLE idempotency_record (
    organization_id UUID NOT NULL,
    api_key_id UUID NOT NULL,
    key BYTEA NOT NULL,
    path BYTEA NOT NULL,
    fingerprint BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answer BYTEA NOT NULL,
    CONSTRAINT idempotency_record_pkey PRIMARY KEY (organization_id, api_key_id, key, path)
);

CREATE INDEX idempotency_record_created_index ON idempotency_record (created_at);

CREATE TABLE trusted_document (
    id TEXT NOT NULL,
    hash TEXT NOT NULL,
    text TEXT NOT NULL,
    operations TEXT[] NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT trusted_document_pkey PRIMARY KEY (id)
);

CREATE INDEX trusted_document_hash_index ON trusted_document (hash);
