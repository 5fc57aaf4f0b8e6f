-- Better Auth's own tables, as its migration makes them (1.7.3 and later), so that it can open the same database.

CREATE TABLE {user} (
    {user:id} {key:user},
    {user:name} text NOT NULL,
    {user:email} text NOT NULL UNIQUE,
    {user:emailVerified} integer NOT NULL,
    {user:image} text,
    {user:createdAt} date NOT NULL,
    {user:updatedAt} date NOT NULL
);

CREATE TABLE {session} (
    {session:id} {key:session},
    {session:expiresAt} date NOT NULL,
    {session:token} text NOT NULL UNIQUE,
    {session:createdAt} date NOT NULL,
    {session:updatedAt} date NOT NULL,
    {session:ipAddress} text,
    {session:userAgent} text,
    {session:userId} {reference:session.userId} NOT NULL REFERENCES {user} ({user:id}) ON DELETE CASCADE
);

CREATE TABLE {account} (
    {account:id} {key:account},
    {account:accountId} text NOT NULL,
    {account:providerId} text NOT NULL,
    {account:userId} {reference:account.userId} NOT NULL REFERENCES {user} ({user:id}) ON DELETE CASCADE,
    {account:accessToken} text,
    {account:refreshToken} text,
    {account:idToken} text,
    {account:accessTokenExpiresAt} date,
    {account:refreshTokenExpiresAt} date,
    {account:scope} text,
    {account:password} text,
    {account:createdAt} date NOT NULL,
    {account:updatedAt} date NOT NULL
);

CREATE TABLE {verification} (
    {verification:id} {key:verification},
    {verification:identifier} text NOT NULL,
    {verification:value} text NOT NULL,
    {verification:expiresAt} date NOT NULL,
    {verification:createdAt} date NOT NULL,
    {verification:updatedAt} date NOT NULL
);

CREATE INDEX {index:session.userId} ON {session} ({session:userId});
CREATE INDEX {index:account.userId} ON {account} ({account:userId});
CREATE INDEX {index:verification.identifier} ON {verification} ({verification:identifier});
