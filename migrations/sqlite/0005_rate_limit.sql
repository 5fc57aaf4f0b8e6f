-- Better Auth's table of rate limits, needed only where they are counted in the database.

CREATE TABLE {rateLimit} (
    {rateLimit:id} {key:rateLimit},
    {rateLimit:key} text NOT NULL UNIQUE,
    {rateLimit:count} integer NOT NULL,
    {rateLimit:lastRequest} bigint NOT NULL
);
