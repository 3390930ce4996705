from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION chargecars_set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = clock_timestamp();
    RETURN NEW;
END $$;

CREATE FUNCTION chargecars_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
"""

DROP = """
DROP FUNCTION chargecars_refuse_change();
DROP FUNCTION chargecars_set_updated_at();
"""


class Migration(migrations.Migration):
    """The functions that triggers of every app execute, and trigram search."""

    initial = True
    dependencies = []
    operations = [TrigramExtension(), migrations.RunSQL(FUNCTIONS, DROP)]
