-- Written often, and cheap to lose: after a crash of the server every budget is full again.
CREATE UNLOGGED TABLE rate_budget (
    organization_id UUID NOT NULL,
    api_key_id UUID NOT NULL,
    full_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT rate_budget_pkey PRIMARY KEY (organization_id, api_key_id)
);
