"""What a worker says about itself: alive, ready, counters. Never about a person."""

from collections.abc import Callable

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest


class Health:
    """The state behind `/livez`, `/startupz`, `/readyz` and `/metrics` of one worker.

    It has started once nothing but others keeps it from its work, such as a policy engine that does not answer.
    `started` tells whether its partitions are assigned and their state is back, `hears_broker` whether their group is
    still heard of.
    """

    def __init__(self, stage: str) -> None:
        self.started: Callable[[], bool] = lambda: False
        self.hears_broker: Callable[[], bool] = lambda: True
        self._registry = CollectorRegistry()
        self._policy: str | None = None
        self._events = Counter("fanlight_events_total", "Events processed", ["stage"], registry=self._registry)
        self._waiting = Gauge("fanlight_waiting_for_policy", "1 while no decision can be had", registry=self._registry)
        self._stage = stage

    def processed(self, count: int) -> None:
        """Some events were processed."""
        self._events.labels(self._stage).inc(count)

    def waits_for_policy(self, why: str | None) -> None:
        """The gate gives no answer, and why; None when it does again."""
        self._policy = why
        self._waiting.set(0 if why is None else 1)

    @property
    def unready(self) -> str | None:
        """Why nothing flows at the moment, in one sentence; None while it does."""
        if self._policy is not None:
            return f"nothing is released while the policy engine gives no answer: {self._policy}"
        if not self.hears_broker():
            return "the broker does not answer"
        return None if self.started() else "partitions are being taken over and their state read back"

    def application(self) -> web.Application:
        """The four pages."""
        app = web.Application()
        pages = {"livez": self._livez, "startupz": self._startupz, "readyz": self._readyz, "metrics": self._metrics}
        app.add_routes([web.get(f"/{name}", page) for name, page in pages.items()])
        return app

    async def _livez(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "alive", "stage": self._stage})

    async def _startupz(self, _: web.Request) -> web.Response:
        status, number = ("started", 200) if self.started() else ("not started", 503)
        return web.json_response({"status": status, "stage": self._stage}, status=number)

    async def _readyz(self, _: web.Request) -> web.Response:
        why = self.unready
        return web.json_response(
            {"status": "ready" if why is None else "not ready", "stage": self._stage, "reason": why},
            status=200 if why is None else 503,
        )

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._registry), content_type="text/plain")
