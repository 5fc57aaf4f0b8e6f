-- Social sign-in finds an account by its name at the provider. Better Auth has no index for that, and minds none.

CREATE INDEX {index:account.accountId} ON {account} ({account:accountId});
