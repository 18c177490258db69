"""The JSON of items and discontinuities, held to its form: exactly these names, exactly these kinds of value."""

import base64
import json

from common.report import equal, true
from conformance.contract import AHEAD, CHANGED, EXPIRED, NUMBER_MAX, SLOW, Gap, Item


def _pairs(pairs):
    names = [name for name, _ in pairs]
    true(len(set(names)) == len(names), f"a name twice: {names}")
    return dict(pairs)


def _no(text):
    raise AssertionError(f"{text} is no value of ours")


def decode(text):
    """JSON without names twice, fractions and half surrogates."""
    text = text if isinstance(text, str) else text.decode()
    try:
        value = json.loads(text, object_pairs_hook=_pairs, parse_float=_no, parse_constant=_no)
    except ValueError as error:
        raise AssertionError(f"no JSON ({error}): {text[:300]!r}") from None
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()  # fails for half of a surrogate pair
    return value


def has_names(value, names, may=()):
    true(isinstance(value, dict) and set(names) <= set(value) <= {*names, *may}, f"not {names}: {str(value)[:300]}")
    return value


def number(value):
    true(type(value) is int and 0 <= value <= NUMBER_MAX, f"{value!r} is no number up to 2^53")
    return value


def bytes_of(text):
    true(isinstance(text, str), f"{text!r} is no base64")
    data = base64.b64decode(text, validate=True)
    equal(base64.b64encode(data).decode(), text, "base64 in its only form")
    return data


def _value(said):
    (kind, value), = has_names(said, (), ("text", "binary")).items()
    if kind == "binary":
        return bytes_of(value)
    true(isinstance(value, str), f"text is {value!r}")
    return value


def _item(said):
    has_names(said, ("topic_sequence_number", "sequence_page", "value"), ("publisher_id",))
    true("publisher_id" not in said or said["publisher_id"] and isinstance(said["publisher_id"], str), "publisher_id")
    return Item(number(said["sequence_page"]), number(said["topic_sequence_number"]), _value(said["value"]))


def _gap(said):
    has_names(said, ("last_topic_sequence", "last_sequence_page", "new_topic_sequence", "new_sequence_page",
                     "missed_from", "missed_to", "reason"))
    reason = said.pop("reason")
    true(reason in (EXPIRED, SLOW, CHANGED, AHEAD), f"the reason {reason!r}")
    for value in said.values():
        number(value)
    equal(said["new_topic_sequence"], said["missed_to"] + 1, "new_topic_sequence is the number that comes next")
    return Gap(reason, said["last_topic_sequence"], said["last_sequence_page"], said["missed_from"],
               said["missed_to"], said["new_sequence_page"])


def element(said):
    """An Item or a Gap."""
    (kind, value), = has_names(said, (), ("item", "discontinuity")).items()
    return _item(value) if kind == "item" else _gap(value)


def problem(text, status):
    """The code of a problem of RFC 9457."""
    said = has_names(decode(text), ("type", "title", "status", "detail"), ("code",))
    equal(said["status"], status, "the problem's status")
    true(all(isinstance(said[name], str) and said[name] for name in ("type", "title")), f"a problem without words: {said}")
    return said.get("code", "")
