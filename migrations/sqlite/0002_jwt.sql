-- The table of Better Auth's jwt plugin.

CREATE TABLE {jwks} (
    {jwks:id} {key:jwks},
    {jwks:publicKey} text NOT NULL,
    {jwks:privateKey} text NOT NULL,
    {jwks:createdAt} date NOT NULL,
    {jwks:expiresAt} date,
    {jwks:alg} text,
    {jwks:crv} text
);
