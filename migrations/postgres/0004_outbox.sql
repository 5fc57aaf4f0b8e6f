-- What has to leave, mails and notices, until it has: in the order of its making for each recipient.

CREATE TABLE {signet_outbox} (
    {signet_outbox:number} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    {signet_outbox:id} text NOT NULL UNIQUE,
    {signet_outbox:recipient} text NOT NULL,
    {signet_outbox:content} text NOT NULL,
    {signet_outbox:attempts} integer NOT NULL,
    {signet_outbox:dueAt} timestamptz NOT NULL,
    {signet_outbox:createdAt} timestamptz NOT NULL
);

CREATE INDEX {index:signet_outbox.recipient} ON {signet_outbox} ({signet_outbox:recipient});
CREATE INDEX {index:signet_outbox.dueAt} ON {signet_outbox} ({signet_outbox:dueAt});
