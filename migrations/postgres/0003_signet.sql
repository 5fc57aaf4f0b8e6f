-- What the key ring needs beyond it: keys that are published and wait to be ripe for jwks, keys that must never come
-- back, and keys that were brought from elsewhere once.

CREATE TABLE {signet_key} (
    {signet_key:id} {key:signet_key},
    {signet_key:publicKey} text NOT NULL,
    {signet_key:privateKey} text NOT NULL,
    {signet_key:createdAt} timestamptz NOT NULL,
    {signet_key:expiresAt} timestamptz,
    {signet_key:alg} text,
    {signet_key:crv} text
);

CREATE TABLE {signet_revoked_key} (
    {signet_revoked_key:kid} text NOT NULL PRIMARY KEY,
    {signet_revoked_key:revokedAt} timestamptz NOT NULL
);

CREATE TABLE {signet_imported_key} (
    {signet_imported_key:kid} text NOT NULL PRIMARY KEY,
    {signet_imported_key:importedAt} timestamptz NOT NULL
);
