"""Where a subscription begins: every start rule and every row of the resume table, on topics in every state."""

from common.report import Suite, true
from conformance.contract import (BUFFER_MESSAGES, NUMBER_MAX, After, At, Fresh, From, Latest, New, Newest)
from conformance.scenarios import Scenarios

suite = Suite("conformance/starts")
scenarios = Scenarios(suite, cores=1)
LARGE = 400_000


def rules(kept):
    """Every start rule, at each end of what is kept."""
    count = kept.head - kept.oldest + 1
    yield from (Fresh(), New(), Latest())
    yield from (Newest(n) for n in (0, 1, 2, count, count + 1, NUMBER_MAX))
    around = sorted({1, 2, kept.oldest - 1, kept.oldest, (kept.oldest + kept.head) // 2, kept.head, kept.head + 1,
                     kept.head + 2, kept.head + 5000, NUMBER_MAX} - {0, -1})
    yield from (From(n) for n in around)
    yield from (At(n, page) for n in (0, *around) for page in (kept.page, 0))
    yield from (After(n - 1, kept.page) for n in around)


def other_pages(kept):
    for page in (kept.page - 1, 1, kept.page + 1, NUMBER_MAX):
        yield from (At(n, page) for n in (0, 1, 3, NUMBER_MAX))
        yield from (After(n, page) for n in (0, 3, NUMBER_MAX))


def edges(kept):
    """The rows in which what was lost matters, and few of them: each is told the whole buffer."""
    yield from (At(kept.oldest - 1, kept.page), At(1, 0), At(3, kept.page - 1), From(kept.oldest), Newest(NUMBER_MAX))


def hold(bench, topic, starts):
    """Each row of the table: what is told, then what comes live, and nothing else."""
    for start in starts:
        if isinstance(start, bench.capabilities.starts):
            topic.settle()
            owed = topic.owed(start, bench.capabilities)
            subscription = bench.subscribe(topic, start)
            topic.reads(subscription, owed, f"{start} of {topic.kept.oldest} ... {topic.kept.head}", bench.capabilities)
            subscription.close()


@scenarios.each
def on_a_topic_without_a_message(bench):
    for start in [*rules(bench.topic().kept), *other_pages(bench.topic().kept)]:
        hold(bench, bench.topic(), [start])


@scenarios.each
def on_a_topic_that_keeps_all(bench):
    topic = bench.topic([f"m{i}" for i in range(1, 6)])
    hold(bench, topic, [*rules(topic.kept), *other_pages(topic.kept)])


@scenarios.each
def before_a_buffer_full_of_bytes(bench):
    topic = bench.topic([bytes([i]) * LARGE for i in range(15)])
    hold(bench, topic, edges(topic.kept))


@scenarios.each
def before_a_buffer_full_of_messages(bench):
    topic = bench.topic(["x"] * (BUFFER_MESSAGES + 7))
    hold(bench, topic, list(edges(topic.kept))[:3])


@scenarios.each
def after_the_topic_began_again(bench):
    """Its namespace was deleted and made anew: those who were there are told of the page, whatever they had."""
    namespace = f"anew {bench.name}"
    bench.control("CreateCache", namespace)
    topic = bench.topic(["old 1", "old 2", "old 3"], namespace)
    old = topic.kept.page
    bench.control("DeleteCache", namespace)
    bench.control("CreateCache", namespace)
    topic.goes_on(bench, "new 1", "new 2")
    true(topic.kept.page > old, f"page {topic.kept.page} after {old}")
    hold(bench, topic, [At(1, old), At(3, old), At(4, old), After(0, old), After(3, old), Fresh()])


suite.main(workers=4)
