-- The table of Better Auth's jwt plugin.

CREATE TABLE {jwks} (
    {jwks:id} {key:jwks},
    {jwks:publicKey} text NOT NULL,
    {jwks:privateKey} text NOT NULL,
    {jwks:createdAt} timestamptz NOT NULL,
    {jwks:expiresAt} timestamptz,
    {jwks:alg} text,
    {jwks:crv} text
);
