-- What lists of users need: their order, and names and addresses that begin in a certain way. Better Auth has none of
-- these indexes, and minds none.

CREATE INDEX {index:user.createdAt} ON {user} ({user:createdAt}, {user:id});
CREATE INDEX {index:user.updatedAt} ON {user} ({user:updatedAt}, {user:id});
CREATE INDEX {bytes:user.email} ON {user} ({user:email} COLLATE "C");
CREATE INDEX {bytes:user.name} ON {user} ({user:name} COLLATE "C", {user:id});
