import time
from uuid import RFC_4122

from apps.core.keys import new_key


def test_a_key_is_a_uuid_of_version_7_that_begins_with_its_millisecond():
    before = time.time_ns() // 1_000_000
    key = new_key()
    after = time.time_ns() // 1_000_000

    assert (key.version, key.variant) == (7, RFC_4122)
    assert before <= key.int >> 80 <= after


def test_keys_differ_and_follow_each_other_in_time():
    keys = [new_key() for _ in range(10_000)]

    assert len(set(keys)) == len(keys)
    assert [key.int >> 80 for key in keys] == sorted(key.int >> 80 for key in keys)
