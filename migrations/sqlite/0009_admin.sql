-- What lists of users need: their order, and names that begin in a certain way. The address has its index already. Better
-- Auth has none of these, and minds none.

CREATE INDEX {index:user.createdAt} ON {user} ({user:createdAt}, {user:id});
CREATE INDEX {index:user.updatedAt} ON {user} ({user:updatedAt}, {user:id});
CREATE INDEX {bytes:user.name} ON {user} ({user:name}, {user:id});
