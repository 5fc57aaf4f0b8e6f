-- The audit trail is held to what it is by the database too. A line that takes the number of another would be in its place:
-- INSERT OR REPLACE changes lines without an UPDATE. Whoever opens the file can delete lines: nothing here could tell them
-- from the sweep of what is old.

CREATE TRIGGER {trigger:signet_audit.append_only} BEFORE UPDATE ON {signet_audit} BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only: UPDATE of signet_audit is refused');
END;
CREATE TRIGGER {trigger:signet_audit.not_replaced} BEFORE INSERT ON {signet_audit}
    WHEN EXISTS (SELECT 1 FROM {signet_audit} WHERE {signet_audit.id} = NEW.{signet_audit:id}) BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only: a line with this id is there already');
END;
