"""What no service is trusted with: entries balance, closed periods stay closed, an approved invoice stays as it is."""

from django.db import migrations

# At commit, when all lines of an entry are there.
BALANCED = """
CREATE FUNCTION chargecars_journal_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    wanted uuid := CASE TG_TABLE_NAME WHEN 'journal_entry' THEN (to_jsonb(NEW) ->> 'id')::uuid ELSE (to_jsonb(NEW) ->> 'entry_id')::uuid END;
    lines bigint;
    difference numeric;
    strangers bigint;
BEGIN
    SELECT count(*), coalesce(sum(line.debit - line.credit), 0), count(*) FILTER (WHERE account.business_entity_id <> entry.business_entity_id)
        INTO lines, difference, strangers
        FROM journal_line AS line JOIN ledger_account AS account ON account.id = line.account_id
        JOIN journal_entry AS entry ON entry.id = line.entry_id
        WHERE line.entry_id = wanted;
    IF lines < 2 OR difference <> 0 OR strangers > 0 THEN
        RAISE EXCEPTION 'journal entry % does not balance: % lines, difference %, % accounts of another company',
            wanted, lines, difference, strangers USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entry_balances';
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION chargecars_journal_balances FROM PUBLIC;
CREATE CONSTRAINT TRIGGER journal_entry_balances AFTER INSERT ON journal_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chargecars_journal_balances();
CREATE CONSTRAINT TRIGGER journal_entry_balances AFTER INSERT ON journal_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chargecars_journal_balances();
"""

# A share lock on the row, so that a period is not closed while something is being booked in it.
OPEN_PERIOD = """
CREATE FUNCTION chargecars_journal_period_open() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    closed date;
BEGIN
    SELECT locked_until INTO closed FROM period_lock WHERE business_entity_id = NEW.business_entity_id FOR SHARE;
    IF closed >= NEW.entry_date THEN
        RAISE EXCEPTION 'the books are closed up to %', closed USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entry_period_open';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION chargecars_journal_period_open FROM PUBLIC;
CREATE TRIGGER period_open BEFORE INSERT ON journal_entry
    FOR EACH ROW EXECUTE FUNCTION chargecars_journal_period_open();
"""

# What may still change of an approved invoice: where it stands, what was paid of it, when it was touched.
FROZEN = """
CREATE FUNCTION chargecars_invoice_is_final() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    moving CONSTANT text[] := '{status,version,paid_amount,credited_amount,updated_at}';
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving THEN
        RAISE EXCEPTION 'invoice % is final', OLD.invoice_number USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_is_final';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION chargecars_invoice_is_final FROM PUBLIC;
CREATE TRIGGER invoice_is_final BEFORE UPDATE ON invoice
    FOR EACH ROW WHEN (OLD.status <> 'draft') EXECUTE FUNCTION chargecars_invoice_is_final();
CREATE TRIGGER numbered_invoice_stays BEFORE DELETE ON invoice
    FOR EACH ROW WHEN (OLD.invoice_number IS NOT NULL) EXECUTE FUNCTION chargecars_invoice_is_final();

CREATE FUNCTION chargecars_invoice_lines_are_final() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    standing text;
BEGIN
    SELECT status INTO standing FROM invoice WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.invoice_id ELSE NEW.invoice_id END;
    IF standing <> 'draft' OR TG_OP = 'UPDATE' AND NEW.invoice_id <> OLD.invoice_id THEN
        RAISE EXCEPTION 'the invoice is final' USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_is_final';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
REVOKE ALL ON FUNCTION chargecars_invoice_lines_are_final FROM PUBLIC;
CREATE TRIGGER invoice_is_final BEFORE INSERT OR UPDATE OR DELETE ON invoice_line
    FOR EACH ROW EXECUTE FUNCTION chargecars_invoice_lines_are_final();
CREATE TRIGGER invoice_is_final BEFORE INSERT OR UPDATE OR DELETE ON invoice_tax
    FOR EACH ROW EXECUTE FUNCTION chargecars_invoice_lines_are_final();
"""

BACK = """
DROP TRIGGER invoice_is_final ON invoice_tax;
DROP TRIGGER invoice_is_final ON invoice_line;
DROP FUNCTION chargecars_invoice_lines_are_final;
DROP TRIGGER numbered_invoice_stays ON invoice;
DROP TRIGGER invoice_is_final ON invoice;
DROP FUNCTION chargecars_invoice_is_final;
DROP TRIGGER period_open ON journal_entry;
DROP FUNCTION chargecars_journal_period_open;
DROP TRIGGER journal_entry_balances ON journal_line;
DROP TRIGGER journal_entry_balances ON journal_entry;
DROP FUNCTION chargecars_journal_balances;
"""


class Migration(migrations.Migration):
    dependencies = [("finance", "0001_initial")]

    operations = [migrations.RunSQL(BALANCED + OPEN_PERIOD + FROZEN, BACK)]
