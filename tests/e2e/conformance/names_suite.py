"""Names: which there are, that they are the same in every form, and every way to write none."""

from common.report import Suite, equal
from conformance.contract import NAMESPACE_BYTES_MAX, TOPIC_BYTES_MAX, Fresh, Item, Refused
from conformance.driver import heard
from conformance.scenarios import Scenarios, same

suite = Suite("conformance/names")
scenarios = Scenarios(suite, cores=2)

GOOD = ["a", "A", " ", "a b", " a", "a ", ".", "..", "...", "%", "%41", "%2F", "%00", "+", "a+b", "?", "#", "&", "=", "a?b=c",
        "a;b", "a:b", "a,b", "@", "*", "\\", '"', "'", "<a>", "`", "{}", "|", "^", "~", "ä", "a\u0308", "\u00e4\u00a0",
        "🎉", "\u2028", "\ufeff", "\u200b", "\u202e", "\uffff", "\U0010ffff", "日本", "null", "default", "0"]
GOOD_TOPICS = [*GOOD, "/", "a/b", "/a", "a/", "a//b", "a/../b"]
NO_UTF8 = [b"\xff", b"\x80", b"\xc3", b"a\xc3", b"\xc3a", b"\xc0\x80", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xed\xa0\x80",
           b"\xed\xb0\x80", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf0\x9f\x8e", b"\xfe", b"\xe4"]
CONTROLS = [chr(c) for c in [*range(0x20), *range(0x7f, 0xa0)]]


def long(size):
    """Names of that many bytes, of characters of every length; in the middle of one if need be."""
    return ["x" * size, "ä" * (size // 2) + "x" * (size % 2), "🎉" * (size // 4) + "x" * (size % 4)]


BAD = ["", *NO_UTF8, *CONTROLS, *(f"a{c}b" for c in CONTROLS)]
BAD_TOPICS = [*BAD, *long(TOPIC_BYTES_MAX + 1), "x" * 5000]
BAD_NAMESPACES = [*BAD, "/", "a/b", "/a", "a/", *long(NAMESPACE_BYTES_MAX + 1), "x" * 5000]


def code_of(function, *arguments):
    try:
        return f"answered {function(*arguments)}"
    except Refused as refused:
        return refused.code


def refused(bench, namespace, topic, code):
    driver = bench.driver
    equal(code_of(driver.subscribe, namespace, topic, Fresh()), code, f"subscribing to {namespace!r} {topic!r}")
    for value in ("x", b"x"):
        equal(code_of(driver.publish, namespace, topic, value), code, f"publishing to {namespace!r} {topic!r}")


@scenarios.each
def no_topic_has_such_a_name(bench):
    for name in BAD_TOPICS:
        refused(bench, "default", name, "invalid_argument")


@scenarios.each
def no_namespace_has_such_a_name(bench):
    for name in BAD_NAMESPACES:
        refused(bench, name, "t", "invalid_argument")


@scenarios.each
def a_namespace_that_is_not_there(bench):
    for name in ("nowhere", "Default", *(f"no {n}" for n in GOOD), *(f"{n}-" for n in long(NAMESPACE_BYTES_MAX - 1))):
        refused(bench, name, "t", "namespace_not_found")


@scenarios.each
def nonsense_that_only_this_form_can_say(bench):
    for what, ask in bench.driver.bad_requests():
        equal(code_of(ask), "invalid_argument", what)
    bench.driver.publish("default", bench.name, "the client still serves")


@scenarios.together
def topics_have_the_same_names_in_every_form(benches):
    """Each name is published to by one form after the other; each of them hears all, and of this topic alone."""
    for name in [*GOOD_TOPICS, *long(TOPIC_BYTES_MAX)]:
        compare(benches, "default", name)


@scenarios.together
def namespaces_have_the_same_names_in_every_form(benches):
    for name in [*(n for n in GOOD if n != "default"), *long(NAMESPACE_BYTES_MAX)]:
        benches[0].control("CreateCache", name)
        compare(benches, name, "the same topic in each")


def compare(benches, namespace, name):
    subscriptions = [bench.driver.subscribe(namespace, name, Fresh()) for bench in benches]
    slots = [bench.driver.publish(namespace, name, f"{bench.name} to {namespace} {name}") for bench in benches]
    expected = [Item(*slot, f"{bench.name} to {namespace} {name}") for slot, bench in zip(slots, benches)]
    equal([item.number for item in expected], list(range(1, len(benches) + 1)), f"numbers of a fresh {namespace} {name!r}")
    for bench, subscription in zip(benches, subscriptions):
        same(heard(subscription, lambda event: event == expected[-1]), expected, f"{bench.driver.name}, {namespace} {name!r}")
        subscription.close()


suite.main(workers=4)
