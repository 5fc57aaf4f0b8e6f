-- Who did what: a line for every act, written with it, and never changed. Nothing refers to other tables, since the lines
-- outlast what they tell of.

CREATE TABLE {signet_audit} (
    {signet_audit:id} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    {signet_audit:at} timestamptz NOT NULL,
    {signet_audit:action} text NOT NULL,
    {signet_audit:outcome} text NOT NULL,
    {signet_audit:reason} text,
    {signet_audit:actorType} text NOT NULL,
    {signet_audit:actorId} text,
    {signet_audit:impersonatedBy} text,
    {signet_audit:userId} text,
    {signet_audit:sessionId} text,
    {signet_audit:ipAddress} text,
    {signet_audit:userAgent} text,
    {signet_audit:requestId} text,
    {signet_audit:route} text,
    {signet_audit:details} text NOT NULL
);

CREATE INDEX {index:signet_audit.at} ON {signet_audit} ({signet_audit:at}, {signet_audit:id});
CREATE INDEX {index:signet_audit.action} ON {signet_audit} ({signet_audit:action}, {signet_audit:at}, {signet_audit:id});
CREATE INDEX {index:signet_audit.actorId} ON {signet_audit} ({signet_audit:actorId}, {signet_audit:at}, {signet_audit:id});
CREATE INDEX {index:signet_audit.userId} ON {signet_audit} ({signet_audit:userId}, {signet_audit:at}, {signet_audit:id});
CREATE INDEX {index:signet_audit.ipAddress} ON {signet_audit} ({signet_audit:ipAddress}, {signet_audit:at}, {signet_audit:id});
