-- The audit trail is held to what it is by the database too. Lines are deleted only by a transaction that says so first: the
-- sweep of what is old does, and nobody else by mistake.

CREATE OR REPLACE FUNCTION {trigger:signet_audit.append_only}() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        RAISE EXCEPTION 'the audit trail is append-only: % of % is refused', TG_OP, TG_TABLE_NAME;
    END IF;
    IF current_setting('signet.audit_sweep', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'the audit trail is append-only: only lines that are older than audit.retention are deleted'
            USING HINT = 'Whoever has to delete others does it in a transaction, after SET LOCAL signet.audit_sweep = ''on''.';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER {trigger:signet_audit.append_only} BEFORE UPDATE OR DELETE OR TRUNCATE ON {signet_audit}
    FOR EACH STATEMENT EXECUTE FUNCTION {trigger:signet_audit.append_only}();
