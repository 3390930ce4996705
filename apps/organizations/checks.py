"""What must hold between number sequences and the documents that carry their numbers."""

from collections.abc import Iterator
from functools import partial

from apps.core.consistency import Check, Difference, Snapshot
from apps.organizations.choices import DocumentType
from apps.organizations.services.numbers import FORMATS

# `documents` gives holder (the business entity of the series), number and is_test of every document of the type.
COUNT = "SELECT count(*) FROM ({documents}) AS document"
SPELLING = """
    WITH document AS ({documents}), parsed AS (
        SELECT *, substring(number FROM '-(\\d{{4}})-\\d+$') AS year, substring(number FROM '-(\\d+)$')::bigint::text AS value
        FROM document
    ), spelled AS (
        SELECT parsed.number, concat(CASE WHEN is_test THEN 'TEST-' END, replace(replace(replace('{shape}',
            '{{entity}}', number_prefix), '{{year}}', coalesce(year, 'year')), '{{number}}',
            coalesce(lpad(value, greatest(sequence_length, length(value)), '0'), 'number'))) AS expected
        FROM parsed LEFT JOIN business_entity ON business_entity.id = holder
    )
    SELECT '{document_type} ' || number, expected, number FROM spelled WHERE number <> expected
"""
SERIES = """
    WITH document AS ({documents}), given AS (
        SELECT holder, is_test, substring(number FROM '-(\\d{{4}})-\\d+$')::integer AS year,
            substring(number FROM '-(\\d+)$')::bigint AS value
        FROM document WHERE number ~ '-\\d{{4}}-\\d+$'
    ), series AS (
        SELECT holder, is_test, year, count(*) AS numbers, count(DISTINCT value) AS different, max(value) AS highest
        FROM given GROUP BY holder, is_test, year
    ), counter AS (
        SELECT business_entity_id AS holder, is_test, year, current_value
        FROM number_sequence WHERE document_type = '{document_type}'
    ), compared AS (
        SELECT holder, is_test, year, coalesce(numbers, 0) AS numbers, coalesce(different, 0) AS different,
            coalesce(highest, 0) AS highest, coalesce(current_value, 0) AS current_value
        FROM series FULL JOIN counter USING (holder, is_test, year)
    )
    SELECT concat_ws(' ', number_prefix, '{document_type}', compared.year, CASE WHEN is_test THEN 'test' END),
        'numbers 1 to ' || current_value || ' once each',
        concat(numbers, ' documents with ', different, ' numbers up to ', highest, ', without ' || (
            SELECT string_agg(missing::text, ', ') FROM (
                SELECT missing FROM generate_series(1, greatest(highest, current_value)) AS missing
                EXCEPT
                SELECT value FROM given WHERE (given.holder, given.is_test, given.year)
                    = (compared.holder, compared.is_test, compared.year)
                ORDER BY missing LIMIT 5
            ) AS gap
        ))
    FROM compared LEFT JOIN business_entity ON business_entity.id = holder
    WHERE numbers <> current_value OR different <> current_value OR highest <> current_value
"""


def numbers_check(document_type: DocumentType, documents: str) -> Check:
    """The check, for the app whose documents they are, that each number of a series is on one document.

    `documents` is a query of every document's holder (the business entity of its series), number and is_test.
    """
    return Check(
        name=f"{document_type}_numbers",
        label="Each number that a series has given is on one document, in the spelling of its series",
        run=partial(_numbers, document_type=document_type, documents=documents),
    )


def _numbers(view: Snapshot, *, document_type: DocumentType, documents: str) -> Iterator[Difference]:
    view.look_at(COUNT.format(documents=documents))
    parts = {"documents": documents, "document_type": document_type.value, "shape": FORMATS[document_type]}
    yield from view.differences(SPELLING.format(**parts))
    yield from view.differences(SERIES.format(**parts))
