import pytest
from kafka.errors import InvalidTimestampError, KafkaTimeoutError

from connectors.sending import KafkaSink, Unacknowledged
from schemas.broker import Broker


class Future:
    """What a producer gives for a message."""

    def __init__(self, exception: Exception | None, is_done: bool = True) -> None:
        self.exception = exception
        self.is_done = is_done

    def succeeded(self) -> bool:
        return self.is_done and self.exception is None


class Producer:
    """A producer whose broker refuses every second message."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.sent = 0
        self.given_up = False
        self.closed = False
        self._sender = self  # the producer's thread, which alone can be told not to wait

    def send(self, topic: str, **message: object) -> Future:
        self.sent += 1
        return Future(None if self.sent % 2 else self.fault)

    def flush(self, timeout: float) -> None:
        pass

    def force_close(self) -> None:
        self.given_up = True

    def close(self, timeout: float | None = None) -> None:
        assert (timeout is not None) == self.given_up
        self.closed = True


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (TimeoutError("Robin Example"), "(TimeoutError); publish again"),
        (
            InvalidTimestampError("Robin Example"),
            "(InvalidTimestampError); set this machine's clock, which is not the broker's, and publish again",
        ),
    ],
)
def test_a_message_without_acknowledgement_is_not_passed_over(fault: Exception, sentence: str) -> None:
    producer = Producer(fault)
    with pytest.raises(Unacknowledged) as caught:
        _send_two(KafkaSink(Broker("localhost:1"), producer))
    assert str(caught.value) == f"1 of 2 messages not acknowledged {sentence}"
    assert producer.closed


def test_whoever_stops_waiting_is_not_kept_by_what_is_under_way() -> None:
    producer = Producer()
    with pytest.raises(KeyboardInterrupt), KafkaSink(Broker("localhost:1"), producer):
        raise KeyboardInterrupt
    assert (producer.given_up, producer.closed) == (True, True)


def test_a_sink_that_is_left_in_order_gives_nothing_up() -> None:
    producer = Producer()
    with KafkaSink(Broker("localhost:1"), producer) as sink:
        sink.send("events.police", b"key", b"value")
    assert (producer.given_up, producer.closed) == (False, True)


class Forsaken(Producer):
    """A producer whose broker goes after it has acknowledged the first of two messages, and is waited for by each."""

    def send(self, topic: str, **message: object) -> Future:
        self.first, self.second = getattr(self, "second", None), Future(None, is_done=False)
        return self.second

    def flush(self, timeout: float) -> None:
        assert self.first is not None
        self.first.is_done = True
        raise KafkaTimeoutError("Robin Example")


def test_a_broker_that_acknowledges_nothing_any_more_is_not_waited_for_for_ever() -> None:
    with pytest.raises(Unacknowledged) as caught:
        _send_two(KafkaSink(Broker("localhost:1"), Forsaken()))
    assert str(caught.value) == "1 of 2 messages not acknowledged (KafkaTimeoutError); publish again"


class Unreachable(Producer):
    """A producer that never learns where a topic is."""

    def send(self, topic: str, **message: object) -> Future:
        raise KafkaTimeoutError("Robin Example")


def test_a_topic_that_takes_nothing_is_named() -> None:
    with pytest.raises(Unacknowledged) as caught:
        _send_two(KafkaSink(Broker("localhost:1"), Unreachable()))
    expected = "topic events.police takes no messages (KafkaTimeoutError); see that the stack is up"
    assert str(caught.value) == expected


def _send_two(sink: KafkaSink) -> None:
    with sink:
        sink.send("events.police", b"k", b"v")
        sink.send("events.police", b"k", b"v")
