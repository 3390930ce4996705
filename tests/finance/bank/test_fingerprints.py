from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from apps.finance.clients.bank import Entry, Statement, content_key, fingerprint
from tests.finance.bank.camt_files import booking, document, payment, statement
from tests.finance.bank.reading import items


def fingerprints(content: str) -> list[str]:
    """As a caller makes them: equal entries are counted within the file."""
    seen, found, head = Counter(), [], None
    for item in items(content):
        if isinstance(item, Statement):
            head = item
        elif isinstance(item, Entry):
            key = content_key(head, item)
            seen[key] += 1
            found.append(fingerprint(head, item, seen[key]))
    return found


@given(texts=st.lists(st.sampled_from(["huur", "factuur 1", "factuur 2"]), min_size=1, max_size=8), data=st.data())
def test_the_same_entries_in_any_order_and_in_any_statement_have_the_same_fingerprints(texts, data):
    moved = data.draw(st.permutations(texts))
    cut = data.draw(st.integers(0, len(moved)))
    opening, middle, closing = 100, 100 + cut, 100 + len(texts)

    before = document(statement(*(booking("1.00", payment(text)) for text in texts), closing=f"{closing}.00"))
    after = document(
        statement(*(booking("1.00", payment(text)) for text in moved[:cut]), opening=f"{opening}.00", closing=f"{middle}.00"),
        statement(
            *(booking("1.00", payment(text)) for text in moved[cut:]), opening=f"{middle}.00", closing=f"{closing}.00", number="7"
        ),
        version="08",
    )

    assert sorted(fingerprints(before)) == sorted(fingerprints(after))
    assert len(set(fingerprints(before))) == len(texts)


def test_two_equal_payments_on_a_day_are_two():
    content = document(statement(booking("1.00", payment("x")), booking("1.00", payment("x")), closing="102.00"))

    assert len(set(fingerprints(content))) == 2


def test_another_account_is_another_entry():
    one = fingerprints(document(statement(booking("1.00"), closing="101.00")))
    other = fingerprints(document(statement(booking("1.00"), closing="101.00", iban="NL44RABO0123456789")))

    assert one != other
