from django.db import migrations, models

TABLE = """
CREATE SEQUENCE audit_logs_id_seq;

CREATE TABLE audit_logs (
    id bigint NOT NULL DEFAULT nextval('audit_logs_id_seq'),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    action varchar(20) NOT NULL,
    table_name varchar(63) NOT NULL,
    record_id varchar(64) NOT NULL,
    root_type varchar(63) NOT NULL,
    root_id varchar(64) NOT NULL,
    old_values jsonb,
    new_values jsonb,
    context jsonb,
    actor_kind varchar(20) NOT NULL,
    actor_id varchar(64) NOT NULL,
    actor_label varchar(200) NOT NULL,
    reason varchar(500) NOT NULL,
    request_id varchar(64) NOT NULL,
    source varchar(100) NOT NULL,
    ip_address varchar(45) NOT NULL,
    transaction_id bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);

ALTER SEQUENCE audit_logs_id_seq OWNED BY audit_logs.id;
CREATE INDEX audit_logs_record ON audit_logs (record_id, id);
CREATE INDEX audit_logs_root ON audit_logs (root_id, id);
CREATE INDEX audit_logs_actor ON audit_logs (actor_id, id) WHERE actor_id <> '';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_logs
    FOR EACH ROW EXECUTE FUNCTION chargecars_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON audit_logs
    FOR EACH STATEMENT EXECUTE FUNCTION chargecars_refuse_change();

CREATE TABLE audit_logs_default PARTITION OF audit_logs DEFAULT;
"""

# What apps.core.actor told this transaction; the one place that knows how an unknown actor is written.
APPEND = """
CREATE FUNCTION chargecars_append_audit(
    action text, table_name text, record_id text, root_type text, root_id text,
    old_values jsonb, new_values jsonb, context jsonb
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    acting jsonb := coalesce(nullif(current_setting('chargecars.acting', true), ''), '{}')::jsonb;
BEGIN
    INSERT INTO public.audit_logs (
        action, table_name, record_id, root_type, root_id, old_values, new_values, context,
        actor_kind, actor_id, actor_label, reason, request_id, source, ip_address
    ) VALUES (
        action, table_name, record_id, root_type, root_id, old_values, new_values, context,
        left(coalesce(acting ->> 'kind', 'system'), 20), left(coalesce(acting ->> 'id', ''), 64),
        left(coalesce(acting ->> 'label', 'unknown'), 200), left(coalesce(acting ->> 'reason', ''), 500),
        left(coalesce(acting ->> 'request_id', ''), 64), left(coalesce(acting ->> 'source', ''), 100),
        left(coalesce(acting ->> 'ip_address', ''), 45)
    );
END $$;
REVOKE ALL ON FUNCTION chargecars_append_audit FROM PUBLIC;
"""

WRITE = """
CREATE FUNCTION chargecars_redact(changes jsonb, secret_columns text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT changes || coalesce(
        jsonb_object_agg(secret, '***') FILTER (WHERE changes ->> secret <> ''), '{}'
    ) FROM unnest(secret_columns) AS secret
$$;

CREATE FUNCTION chargecars_write_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    secret_columns CONSTANT text[] := string_to_array(TG_ARGV[0], ',');
    root_type CONSTANT text := TG_ARGV[1];
    whole CONSTANT jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
    old_values jsonb;
    new_values jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        new_values := whole;
    ELSIF TG_OP = 'DELETE' THEN
        old_values := whole;
    ELSE
        SELECT coalesce(jsonb_object_agg(was.key, was.value), '{}'), coalesce(jsonb_object_agg(was.key, whole -> was.key), '{}')
            INTO old_values, new_values
            FROM jsonb_each(to_jsonb(OLD) - 'updated_at') AS was
            WHERE was.value IS DISTINCT FROM whole -> was.key;
    END IF;
    IF secret_columns <> '{}' THEN
        old_values := public.chargecars_redact(old_values, secret_columns);
        new_values := public.chargecars_redact(new_values, secret_columns);
    END IF;
    PERFORM public.chargecars_append_audit(
        CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'UPDATE' THEN 'update' ELSE 'delete' END,
        TG_TABLE_NAME,
        whole ->> 'id',
        CASE WHEN root_type = '' THEN TG_TABLE_NAME ELSE root_type END,
        CASE WHEN root_type = '' THEN whole ->> 'id' ELSE coalesce(whole ->> TG_ARGV[2], '') END,
        old_values, new_values, NULL
    );
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION chargecars_write_audit FROM PUBLIC;
"""

# The application may call this one and the one below; what must not be asked of them they refuse themselves.
LOG_ACT = """
CREATE FUNCTION chargecars_log_act(action text, entity_type text, entity_id text, context jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF action IN ('create', 'update', 'delete') THEN
        RAISE EXCEPTION 'a write is logged by its trigger: % refused', action USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM public.chargecars_append_audit(action, entity_type, entity_id, entity_type, entity_id, NULL, NULL, context);
END $$;
"""

# The period is fixed here, so that the application cannot shorten it: ten years is the longest that any record needs
# (work orders), and rows of all kinds share a partition. Months are those of UTC.
PARTITIONS = """
CREATE FUNCTION chargecars_keep_audit_partitions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE
    month date;
    partition text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('chargecars_keep_audit_partitions'));
    FOR month IN
        SELECT generate_series(date_trunc('month', now()), date_trunc('month', now()) + interval '3 months', '1 month')
    LOOP
        partition := 'audit_logs_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass('public.' || partition) IS NOT NULL;
        IF EXISTS (SELECT FROM public.audit_logs_default WHERE created_at >= month AND created_at < month + interval '1 month') THEN
            RAISE WARNING 'rows of % stay in the default partition', to_char(month, 'YYYY-MM');
            CONTINUE;
        END IF;
        EXECUTE format(
            'CREATE TABLE public.%I PARTITION OF public.audit_logs FOR VALUES FROM (%L) TO (%L)',
            partition, month::timestamptz, (month + interval '1 month')::timestamptz
        );
        EXECUTE format(
            'CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION public.chargecars_refuse_change()', partition
        );
    END LOOP;
    FOR partition IN
        SELECT relid::regclass::text FROM pg_partition_tree('public.audit_logs') WHERE isleaf
    LOOP
        IF substring(partition FROM 'audit_logs_(\\d{4}_\\d{2})$') < to_char(now() - interval '121 months', 'YYYY_MM') THEN
            EXECUTE 'DROP TABLE ' || partition;
        END IF;
    END LOOP;
END $$;
SELECT chargecars_keep_audit_partitions();
"""

DROP = """
DROP TABLE audit_logs;
DROP FUNCTION chargecars_keep_audit_partitions;
DROP FUNCTION chargecars_log_act;
DROP FUNCTION chargecars_write_audit;
DROP FUNCTION chargecars_redact;
DROP FUNCTION chargecars_append_audit;
"""


class Migration(migrations.Migration):
    """Written by hand: the log, partitioned by month, and the functions through which alone it is written."""

    initial = True
    dependencies = [("core", "0001_functions")]
    operations = [
        migrations.RunSQL(TABLE + APPEND + WRITE + LOG_ACT + PARTITIONS, DROP),
        migrations.CreateModel(
            name="AuditLog",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(verbose_name="moment")),
                ("action", models.CharField(max_length=20, verbose_name="action")),
                ("table_name", models.CharField(max_length=63, verbose_name="table")),
                ("record_id", models.CharField(max_length=64, verbose_name="record")),
                ("root_type", models.CharField(max_length=63, verbose_name="part of")),
                (
                    "root_id",
                    models.CharField(max_length=64, verbose_name="root record"),
                ),
                ("old_values", models.JSONField(null=True, verbose_name="old values")),
                ("new_values", models.JSONField(null=True, verbose_name="new values")),
                ("context", models.JSONField(null=True, verbose_name="context")),
                (
                    "actor_kind",
                    models.CharField(max_length=20, verbose_name="actor kind"),
                ),
                ("actor_id", models.CharField(max_length=64, verbose_name="actor id")),
                ("actor_label", models.CharField(max_length=200, verbose_name="actor")),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                ("request_id", models.CharField(max_length=64, verbose_name="request")),
                ("source", models.CharField(max_length=100, verbose_name="source")),
                (
                    "ip_address",
                    models.CharField(max_length=45, verbose_name="IP address"),
                ),
                ("transaction_id", models.BigIntegerField(verbose_name="transaction")),
            ],
            options={
                "verbose_name": "audit log entry",
                "verbose_name_plural": "audit log",
                "db_table": "audit_logs",
                "managed": False,
            },
        ),
    ]
