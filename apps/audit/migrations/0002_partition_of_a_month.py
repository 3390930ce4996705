from django.db import migrations

# Months are those of UTC. Without the right to make tables it fails; only the owner has it.
MAKE = """
CREATE FUNCTION chargecars_make_audit_partition(month date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    first CONSTANT timestamptz := date_trunc('month', month);
    after CONSTANT timestamptz := date_trunc('month', month) + interval '1 month';
    partition CONSTANT text := 'audit_logs_' || to_char(month, 'YYYY_MM');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('chargecars_keep_audit_partitions'));
    IF to_regclass('public.' || partition) IS NOT NULL THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM public.audit_logs_default WHERE created_at >= first AND created_at < after) THEN
        RAISE WARNING 'rows of % stay in the default partition', to_char(month, 'YYYY-MM');
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE public.%I PARTITION OF public.audit_logs FOR VALUES FROM (%L) TO (%L)', partition, first, after);
    EXECUTE format(
        'CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.%I '
        'FOR EACH STATEMENT EXECUTE FUNCTION public.chargecars_refuse_change()', partition
    );
END $$;
REVOKE ALL ON FUNCTION chargecars_make_audit_partition FROM PUBLIC;
"""

KEEP = """
CREATE OR REPLACE FUNCTION chargecars_keep_audit_partitions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE
    partition text;
BEGIN
    PERFORM public.chargecars_make_audit_partition(month::date) FROM generate_series(
        date_trunc('month', now()), date_trunc('month', now()) + interval '3 months', '1 month'
    ) AS month;
    FOR partition IN
        SELECT relid::regclass::text FROM pg_partition_tree('public.audit_logs') WHERE isleaf
    LOOP
        IF substring(partition FROM 'audit_logs_(\\d{4}_\\d{2})$') < to_char(now() - interval '121 months', 'YYYY_MM') THEN
            EXECUTE 'DROP TABLE ' || partition;
        END IF;
    END LOOP;
END $$;
"""

KEEP_ALONE = """
CREATE OR REPLACE FUNCTION chargecars_keep_audit_partitions() RETURNS void
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
DROP FUNCTION chargecars_make_audit_partition;
"""


class Migration(migrations.Migration):
    """The owner can have a partition for any month, also a past one: a load of old rows needs them."""

    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(MAKE + KEEP, KEEP_ALONE)]
