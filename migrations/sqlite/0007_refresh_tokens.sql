-- Refresh tokens of the token API, by their digests. Those of one session are a family: each is spent for the next.

CREATE TABLE {signet_refresh_token} (
    {signet_refresh_token:id} text NOT NULL PRIMARY KEY,
    {signet_refresh_token:sessionId} {reference:signet_refresh_token.sessionId} NOT NULL,
    {signet_refresh_token:createdAt} date NOT NULL,
    {signet_refresh_token:expiresAt} date NOT NULL,
    {signet_refresh_token:nonce} text,
    {signet_refresh_token:spentAt} date
);

CREATE INDEX {index:signet_refresh_token.sessionId} ON {signet_refresh_token} ({signet_refresh_token:sessionId});
CREATE INDEX {index:signet_refresh_token.expiresAt} ON {signet_refresh_token} ({signet_refresh_token:expiresAt});
