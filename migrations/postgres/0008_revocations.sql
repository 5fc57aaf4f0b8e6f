-- What was revoked before its time, for as long as a token could still live, and the last number that the feed has given.

CREATE TABLE {signet_revocation} (
    {signet_revocation:id} text NOT NULL PRIMARY KEY,
    {signet_revocation:revokedAt} timestamptz NOT NULL,
    {signet_revocation:expiresAt} timestamptz NOT NULL,
    {signet_revocation:number} bigint
);

CREATE TABLE {signet_revocation_counter} (
    {signet_revocation_counter:id} text NOT NULL PRIMARY KEY,
    {signet_revocation_counter:number} bigint NOT NULL
);

CREATE INDEX {index:signet_revocation.expiresAt} ON {signet_revocation} ({signet_revocation:expiresAt});
CREATE INDEX {index:signet_revocation.number} ON {signet_revocation} ({signet_revocation:number});
