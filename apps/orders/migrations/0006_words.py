import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

# What the words of each order are, in one place: `order_words` keeps them where an index can find them.
WORDS = """
CREATE VIEW words_of_order AS
SELECT
    placed.id AS order_id,
    E'\\n' || concat_ws(
        E'\\n',
        placed.order_number,
        nullif(placed.partner_reference, ''),
        customer.name,
        nullif(contact.email, ''),
        nullif(contact.last_name, ''),
        place.postal_code,
        place.city,
        nullif(translate(placed.notes, E'\\r\\n', '  '), '')
    ) || E'\\n' AS text,
    placed.partner_organization_id AS partner_id
FROM "order" AS placed
JOIN organization AS customer ON customer.id = placed.customer_organization_id
LEFT JOIN contact ON contact.id = placed.primary_contact_id
LEFT JOIN address AS place ON place.id = placed.installation_address_id;
"""

# An order that goes takes its words along.
FILL = """
ALTER TABLE order_words ADD CONSTRAINT order_words_of_order FOREIGN KEY (order_id) REFERENCES "order" (id) ON DELETE CASCADE;
INSERT INTO order_words (order_id, text, partner_id) SELECT order_id, text, partner_id FROM words_of_order;
"""

KEEP = """
CREATE FUNCTION chargecars_keep_order_words() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'order' THEN
            INSERT INTO order_words (order_id, text, partner_id)
            SELECT order_id, text, partner_id FROM words_of_order WHERE order_id = NEW.id
            ON CONFLICT (order_id) DO UPDATE SET text = excluded.text, partner_id = excluded.partner_id;
        WHEN 'organization' THEN
            UPDATE order_words AS kept SET text = now.text FROM words_of_order AS now
            WHERE kept.order_id = now.order_id
                AND now.order_id IN (SELECT id FROM "order" WHERE customer_organization_id = NEW.id);
        WHEN 'contact' THEN
            UPDATE order_words AS kept SET text = now.text FROM words_of_order AS now
            WHERE kept.order_id = now.order_id AND now.order_id IN (SELECT id FROM "order" WHERE primary_contact_id = NEW.id);
        WHEN 'address' THEN
            UPDATE order_words AS kept SET text = now.text FROM words_of_order AS now
            WHERE kept.order_id = now.order_id AND now.order_id IN (SELECT id FROM "order" WHERE installation_address_id = NEW.id);
    END CASE;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION chargecars_keep_order_words FROM PUBLIC;

CREATE TRIGGER words_of_new_order AFTER INSERT ON "order"
    FOR EACH ROW EXECUTE FUNCTION chargecars_keep_order_words();
CREATE TRIGGER words_of_order AFTER UPDATE ON "order"
    FOR EACH ROW WHEN (
        OLD.order_number IS DISTINCT FROM NEW.order_number
        OR OLD.partner_reference IS DISTINCT FROM NEW.partner_reference
        OR OLD.notes IS DISTINCT FROM NEW.notes
        OR OLD.customer_organization_id IS DISTINCT FROM NEW.customer_organization_id
        OR OLD.primary_contact_id IS DISTINCT FROM NEW.primary_contact_id
        OR OLD.installation_address_id IS DISTINCT FROM NEW.installation_address_id
        OR OLD.partner_organization_id IS DISTINCT FROM NEW.partner_organization_id
    ) EXECUTE FUNCTION chargecars_keep_order_words();
CREATE TRIGGER words_of_order AFTER UPDATE ON organization
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION chargecars_keep_order_words();
CREATE TRIGGER words_of_order AFTER UPDATE ON contact
    FOR EACH ROW WHEN (OLD.email IS DISTINCT FROM NEW.email OR OLD.last_name IS DISTINCT FROM NEW.last_name)
    EXECUTE FUNCTION chargecars_keep_order_words();
CREATE TRIGGER words_of_order AFTER UPDATE ON address
    FOR EACH ROW WHEN (OLD.postal_code IS DISTINCT FROM NEW.postal_code OR OLD.city IS DISTINCT FROM NEW.city)
    EXECUTE FUNCTION chargecars_keep_order_words();
"""

FORGET = """
DROP TRIGGER words_of_new_order ON "order";
DROP TRIGGER words_of_order ON "order";
DROP TRIGGER words_of_order ON organization;
DROP TRIGGER words_of_order ON contact;
DROP TRIGGER words_of_order ON address;
DROP FUNCTION chargecars_keep_order_words;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0005_cancellation_removal_and_copies'),
        ('organizations', '0004_partners_by_name'),
    ]

    operations = [
        migrations.CreateModel(
            name='OrderWords',
            fields=[
                ('order', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='words', serialize=False, to='orders.order', verbose_name='order')),
                ('text', models.CharField(max_length=8000, verbose_name='words')),
                ('partner', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organizations.organization', verbose_name='partner')),
            ],
            options={
                'verbose_name': 'words of an order',
                'verbose_name_plural': 'words of orders',
                'db_table': 'order_words',
            },
        ),
        migrations.RunSQL(WORDS + FILL, "DROP VIEW words_of_order"),
        migrations.RemoveIndex(
            model_name='order',
            name='order_order_number_trgm',
        ),
        migrations.RemoveIndex(
            model_name='order',
            name='order_partner_reference_trgm',
        ),
        migrations.RemoveIndex(
            model_name='order',
            name='order_notes_trgm',
        ),
        migrations.AddIndex(
            model_name='orderwords',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('text'), name='gin_trgm_ops'), name='orderwords_text_trgm'),
        ),
        migrations.RunSQL(KEEP, FORGET),
    ]
