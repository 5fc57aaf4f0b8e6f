-- What has to leave, mails and notices, until it has: in the order of its making for each recipient.

CREATE TABLE {signet_outbox} (
    {signet_outbox:number} integer PRIMARY KEY AUTOINCREMENT,
    {signet_outbox:id} text NOT NULL UNIQUE,
    {signet_outbox:recipient} text NOT NULL,
    {signet_outbox:content} text NOT NULL,
    {signet_outbox:attempts} integer NOT NULL,
    {signet_outbox:dueAt} date NOT NULL,
    {signet_outbox:createdAt} date NOT NULL
);

CREATE INDEX {index:signet_outbox.recipient} ON {signet_outbox} ({signet_outbox:recipient});
CREATE INDEX {index:signet_outbox.dueAt} ON {signet_outbox} ({signet_outbox:dueAt});
