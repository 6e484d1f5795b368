-- Webhooks with their queue, events, notifications, and mail.

CREATE TABLE webhook (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by_kind TEXT NOT NULL,
    created_by_id VARCHAR NOT NULL,
    created_by_name VARCHAR NOT NULL,
    description VARCHAR,
    url TEXT NOT NULL,
    event_types TEXT[] NOT NULL,
    status TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    secret BYTEA NOT NULL,
    previous_secret BYTEA,
    previous_secret_ends_at TIMESTAMP WITH TIME ZONE,
    failing_since TIMESTAMP WITH TIME ZONE,
    failing_told BOOLEAN NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT webhook_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT webhook_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT webhook_event_types_check CHECK (event_types <@ ARRAY['invoice.created', 'invoice.paid', 'invoice.expired', 'invoice.voided', 'payment.failed', 'payment.unresolved', 'product.created', 'product.updated', 'product.deleted', 'api_key.created', 'api_key.updated', 'api_key.rotated', 'api_key.revoked', 'webhook.disabled', 'webhook.test']),
    CONSTRAINT webhook_status_check CHECK (status IN ('ENABLED', 'DISABLED', 'FAILING_DISABLED')),
    CONSTRAINT webhook_overlap_check CHECK ((previous_secret IS NULL) = (previous_secret_ends_at IS NULL))
);

CREATE INDEX webhook_list_index ON webhook (organization_id, id) WHERE deleted_at IS NULL;

CREATE TABLE event (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    type TEXT NOT NULL,
    subject_id VARCHAR NOT NULL,
    payload TEXT NOT NULL,
    CONSTRAINT event_pkey PRIMARY KEY (organization_id, id)
);

CREATE TABLE webhook_delivery (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    webhook_id UUID NOT NULL,
    event_id UUID NOT NULL,
    event_type TEXT NOT NULL,
    status TEXT NOT NULL,
    next_attempt_at TIMESTAMP WITH TIME ZONE,
    completed_at TIMESTAMP WITH TIME ZONE,
    attempt_count INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    CONSTRAINT webhook_delivery_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT webhook_delivery_status_check CHECK (status IN ('PENDING', 'DELIVERED', 'FAILED', 'CANCELLED')),
    CONSTRAINT webhook_delivery_due_check CHECK ((status = 'PENDING') = (next_attempt_at IS NOT NULL))
)
 WITH (autovacuum_vacuum_scale_factor = 0.02);

CREATE INDEX webhook_delivery_both_index ON webhook_delivery (organization_id, webhook_id, status, event_type, id);

CREATE INDEX webhook_delivery_due_index ON webhook_delivery (organization_id, webhook_id, next_attempt_at, id) WHERE status = 'PENDING';

CREATE INDEX webhook_delivery_status_index ON webhook_delivery (organization_id, status, event_type, id);

CREATE INDEX webhook_delivery_webhook_index ON webhook_delivery (organization_id, webhook_id, id);

CREATE TABLE delivery_attempt (
    organization_id UUID NOT NULL,
    delivery_id UUID NOT NULL,
    number INTEGER NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    duration_ms INTEGER NOT NULL,
    response_status INTEGER,
    response_body TEXT,
    error TEXT,
    CONSTRAINT delivery_attempt_pkey PRIMARY KEY (organization_id, delivery_id, number)
);

CREATE TABLE webhook_lane (
    organization_id UUID NOT NULL,
    webhook_id UUID NOT NULL,
    holder UUID NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT webhook_lane_pkey PRIMARY KEY (organization_id, webhook_id)
);

CREATE TABLE webhook_recovery (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    webhook_id UUID NOT NULL,
    after UUID NOT NULL,
    before UUID NOT NULL,
    CONSTRAINT webhook_recovery_pkey PRIMARY KEY (organization_id, id)
);

CREATE TABLE notification (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    category TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL,
    read_at TIMESTAMP WITH TIME ZONE,
    subject_id TEXT,
    CONSTRAINT notification_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT notification_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT notification_status_check CHECK (status IN ('UNREAD', 'READ', 'ARCHIVED'))
);

CREATE INDEX notification_both_index ON notification (organization_id, category, status, id);

CREATE INDEX notification_category_index ON notification (organization_id, category, id);

CREATE INDEX notification_status_index ON notification (organization_id, status, id);

CREATE TABLE notification_settings (
    organization_id UUID NOT NULL,
    preferences JSONB NOT NULL,
    emails TEXT[] NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT notification_settings_pkey PRIMARY KEY (organization_id)
);

CREATE TABLE mail (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL,
    next_attempt_at TIMESTAMP WITH TIME ZONE,
    attempt_count INTEGER NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    error TEXT,
    CONSTRAINT mail_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT mail_status_check CHECK (status IN ('PENDING', 'SENT', 'FAILED')),
    CONSTRAINT mail_due_check CHECK ((status = 'PENDING') = (next_attempt_at IS NOT NULL))
);

CREATE INDEX mail_due_index ON mail (next_attempt_at) WHERE status = 'PENDING';

CREATE INDEX mail_completed_index ON mail (completed_at) WHERE status <> 'PENDING';

CREATE TABLE api_key_refusal (
    organization_id UUID NOT NULL,
    api_key_id UUID NOT NULL,
    told_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT api_key_refusal_pkey PRIMARY KEY (organization_id, api_key_id)
);

CREATE TABLE api_key_expiry_notice (
    organization_id UUID NOT NULL,
    api_key_id UUID NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    days INTEGER NOT NULL,
    CONSTRAINT api_key_expiry_notice_pkey PRIMARY KEY (organization_id, api_key_id, expires_at, days)
);

CREATE INDEX api_key_expires_index ON api_key (expires_at) WHERE revoked_at IS NULL AND expires_at IS NOT NULL;
