-- Organizations, keys, products, invoices, the audit trail.

CREATE EXTENSION IF NOT EXISTS btree_gin;

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE api_key_usage (
    organization_id UUID NOT NULL,
    api_key_id UUID NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_used_ip INET NOT NULL,
    CONSTRAINT api_key_usage_pkey PRIMARY KEY (organization_id, api_key_id)
);

CREATE TABLE audit_entry (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id VARCHAR NOT NULL,
    actor_name VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    subject_id VARCHAR NOT NULL,
    address INET,
    request_id VARCHAR,
    changes JSONB NOT NULL,
    CONSTRAINT audit_entry_pkey PRIMARY KEY (organization_id, id)
);

CREATE INDEX audit_entry_subject_index ON audit_entry (organization_id, subject_id, id);

CREATE TABLE host_secret (
    kind VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    check_value BYTEA NOT NULL,
    CONSTRAINT host_secret_pkey PRIMARY KEY (kind, version)
);

CREATE TABLE invoice_counter (
    organization_id UUID NOT NULL,
    last BIGINT NOT NULL,
    CONSTRAINT invoice_counter_pkey PRIMARY KEY (organization_id)
);

CREATE TABLE organization (
    name VARCHAR NOT NULL,
    id UUID NOT NULL,
    slug VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT organization_pkey PRIMARY KEY (id),
    CONSTRAINT organization_slug_check CHECK (slug ~ '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$'),
    CONSTRAINT organization_slug_key UNIQUE (slug)
);

CREATE TABLE tally (
    organization_id UUID NOT NULL,
    noun VARCHAR NOT NULL,
    shard UUID NOT NULL,
    amount BIGINT NOT NULL,
    CONSTRAINT tally_pkey PRIMARY KEY (organization_id, noun, shard)
);

CREATE TABLE api_key (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by_kind TEXT NOT NULL,
    created_by_id VARCHAR NOT NULL,
    created_by_name VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    description VARCHAR,
    environment VARCHAR,
    token_id VARCHAR NOT NULL,
    full_access BOOLEAN NOT NULL,
    granted TEXT[] NOT NULL,
    rules JSONB NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    digest BYTEA NOT NULL,
    pepper_version INTEGER NOT NULL,
    token_hint VARCHAR NOT NULL,
    token_issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    previous_digest BYTEA,
    previous_pepper_version INTEGER,
    previous_token_expires_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT api_key_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT api_key_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT api_key_access_check CHECK (full_access = (cardinality(granted) = 0)),
    CONSTRAINT api_key_granted_check CHECK (granted <@ ARRAY['invoices.create', 'invoices.read', 'products.create', 'products.read', 'products.update', 'products.delete', 'api_keys.create', 'api_keys.update', 'api_keys.delete', 'api_keys.read', 'webhooks.create', 'webhooks.read', 'webhooks.update', 'webhooks.delete', 'webhooks_queue.read', 'webhooks_queue.update', 'notifications.read', 'notifications.update', 'notifications_settings.read', 'notifications_settings.update']),
    CONSTRAINT api_key_rules_check CHECK (jsonb_array_length(rules) <= 200),
    CONSTRAINT api_key_overlap_check CHECK ((previous_digest IS NULL) = (previous_token_expires_at IS NULL)),
    CONSTRAINT api_key_token_id_key UNIQUE (token_id)
);

CREATE INDEX api_key_environment_index ON api_key (organization_id, environment, id) WHERE environment IS NOT NULL;

CREATE INDEX api_key_expiring_index ON api_key (organization_id, id, expires_at) WHERE revoked_at IS NULL AND expires_at IS NOT NULL;

CREATE INDEX api_key_granted_index ON api_key USING gin (granted, organization_id) WITH (fastupdate = off);

CREATE INDEX api_key_revoked_index ON api_key (organization_id, id) WHERE revoked_at IS NOT NULL;

CREATE INDEX api_key_search_index ON api_key USING gin ((lower(name || ' ' || token_id || ' ' || coalesce(environment, '') || ' ' || coalesce(description, ''))) gin_trgm_ops, organization_id) WITH (fastupdate = off);

CREATE TABLE invoice (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by_kind TEXT NOT NULL,
    created_by_id VARCHAR NOT NULL,
    created_by_name VARCHAR NOT NULL,
    customer_name VARCHAR,
    customer_email VARCHAR,
    memo VARCHAR,
    number BIGINT NOT NULL,
    state TEXT NOT NULL,
    currency VARCHAR NOT NULL,
    total_amount NUMERIC NOT NULL,
    labels JSONB NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    paid_at TIMESTAMP WITH TIME ZONE,
    paid_late BOOLEAN NOT NULL,
    CONSTRAINT invoice_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT invoice_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT invoice_state_check CHECK (state IN ('OPEN', 'PAID', 'EXPIRED', 'VOID'))
);

CREATE INDEX invoice_created_index ON invoice (organization_id, created_at);

CREATE INDEX invoice_due_index ON invoice (expires_at) WHERE state = 'OPEN' AND expires_at IS NOT NULL;

CREATE UNIQUE INDEX invoice_number_key ON invoice (organization_id, number);

CREATE INDEX invoice_search_index ON invoice USING gin ((lower('INV-' || lpad(number::text, greatest(6, length(number::text)), '0') || ' ' || coalesce(customer_name, '') || ' ' || coalesce(customer_email, '') || ' ' || coalesce(memo, ''))) gin_trgm_ops, organization_id) WITH (fastupdate = off);

CREATE INDEX invoice_state_index ON invoice (organization_id, state, id);

CREATE TABLE product (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    name VARCHAR NOT NULL,
    description VARCHAR,
    sku VARCHAR,
    active BOOLEAN NOT NULL,
    price_amount NUMERIC NOT NULL,
    price_currency VARCHAR NOT NULL,
    image_url TEXT,
    labels JSONB NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT product_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT product_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT product_price_check CHECK (price_amount >= 0)
);

CREATE INDEX product_list_index ON product (organization_id, id) WHERE deleted_at IS NULL;

CREATE INDEX product_name_index ON product (organization_id, lower(name) COLLATE "C", id);

CREATE INDEX product_search_index ON product USING gin ((lower(name || ' ' || coalesce(sku, '') || ' ' || coalesce(description, ''))) gin_trgm_ops, organization_id) WITH (fastupdate = off);

CREATE UNIQUE INDEX product_sku_key ON product (organization_id, sku) WHERE deleted_at IS NULL;

CREATE TABLE invoice_line (
    organization_id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    position INTEGER NOT NULL,
    product_id UUID,
    description VARCHAR NOT NULL,
    quantity INTEGER NOT NULL,
    unit_amount NUMERIC NOT NULL,
    total_amount NUMERIC NOT NULL,
    currency VARCHAR NOT NULL,
    CONSTRAINT invoice_line_pkey PRIMARY KEY (organization_id, invoice_id, position),
    CONSTRAINT invoice_line_organization_id_invoice_id_fkey FOREIGN KEY(organization_id, invoice_id) REFERENCES invoice (organization_id, id),
    CONSTRAINT invoice_line_quantity_check CHECK (quantity > 0)
);
