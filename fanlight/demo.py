"""`fanlight demo`: the stack, and a synthetic county published into it through the real connectors."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

from fanlight.bus import read_decisions, read_timelines
from fanlight.county import Manifest, write_county
from fanlight.deployment import Deployment, find_deployment, write_once
from fanlight.errors import StackError
from fanlight.output import ERR, print_json
from fanlight.publishing import publish_files
from fanlight.settling import wait_until_settled
from fanlight.stack import Options, run_stack
from fanlight.state import StackState
from policies.load import PolicySet
from schemas.dates import in_words


@dataclass(slots=True)
class Demo:
    """One run of the demonstration. `once` loads, prints its summary and stops the stack."""

    options: Options
    people: int
    seed: int
    once: bool
    _seconds: dict[str, float] = field(default_factory=dict)
    _loaded: bool = False

    def run(self) -> None:
        """Run the stack; load the county when it is up."""
        began_at = time.monotonic()

        def when_up(state: StackState, stopping: Callable[[], bool]) -> None:
            self._seconds["start"] = round(time.monotonic() - began_at, 2)
            self._load(state, stopping)

        run_stack(self.options, when_up=when_up, stop_after=self.once)
        if self.once and not self._loaded:
            raise StackError("the stack was stopped before the county was loaded")

    def _load(self, state: StackState, stopping: Callable[[], bool]) -> None:
        deployment = find_deployment(self.options.data_dir)
        with self._timed("write"):
            manifest = write_county(
                self.options.data_dir / "county",
                people=self.people,
                seed=self.seed,
                today=_today(self.options.data_dir),
            )
        ERR.print(f"{manifest.people} synthetic young people, {len(manifest.deliveries)} deliveries")
        with self._timed("publish"):
            totals = self._publish(deployment, manifest, stopping)
        if stopping():
            return
        with self._timed("settle"):
            stuck = wait_until_settled(deployment)
        if stopping():
            return
        if stuck:
            raise StackError(f"the county did not reach every timeline: {'; '.join(stuck)}")
        self._loaded = True
        summary = self._summary(deployment, manifest, totals)
        if self.once:
            print_json(summary)
        else:
            self._tell(state, manifest, summary)

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        began_at = time.monotonic()
        yield
        self._seconds[stage] = round(time.monotonic() - began_at, 2)

    def _publish(self, deployment: Deployment, manifest: Manifest, stopping: Callable[[], bool]) -> Counter[str]:
        totals: Counter[str] = Counter()
        for delivery in takewhile(lambda _: not stopping(), manifest.deliveries):
            done = publish_files(
                deployment,
                delivery.format,
                list(delivery.paths),
                agency=delivery.agency,
                feed=delivery.feed,
                mapping=delivery.mapping,
            )
            totals.update({name: done[name] for name in ("read", "accepted", "rejected", "events")})
            ERR.print(
                f"  {delivery.feed}: {done['read']} records, {done['rejected']} rejected, {done['events']} events"
            )
        return totals

    def _summary(self, deployment: Deployment, manifest: Manifest, totals: Counter[str]) -> dict[str, Any]:
        # A decision made again has the same id: counted once.
        made = {d["decision_id"]: d["outcome"] for d in read_decisions(deployment.broker)}
        timelines = {
            audience: sum(bool(t["entries"]) for t in read_timelines(deployment.broker, audience).values())
            for audience in PolicySet.load().audiences
        }
        return {
            "people": manifest.people,
            "records": {name: totals[name] for name in ("read", "accepted", "rejected")},
            "events": totals["events"],
            "decisions": dict(sorted(Counter(made.values()).items())),
            "timelines": timelines,
            "seconds": self._seconds,
        }

    def _tell(self, state: StackState, manifest: Manifest, summary: dict[str, Any]) -> None:
        counts = ", ".join(f"{n} {outcome}" for outcome, n in summary["decisions"].items())
        timelines = ", ".join(f"{n} for {audience}" for audience, n in summary["timelines"].items())
        ERR.print(f"\n{summary['events']} events; decisions: {counts}; timelines: {timelines}")
        ERR.print(f"\nOpen {state.views} and try three things:")
        for number, story in enumerate(manifest.stories[:3], 1):
            ERR.print(f"  {number}. find {story.name}, born {in_words(story.born)}: {story.what}")
        print(f"ready views={state.views} broker={state.broker_engine}:{state.bootstrap}", flush=True)
        ERR.print("Ctrl-C stops everything.")


def _today(data_dir: Path) -> date:
    """The day the county was first written: a second run on the same data publishes the same files again."""
    stamp = data_dir / "county.day"
    write_once(stamp, datetime.now(UTC).date().isoformat())
    return date.fromisoformat(stamp.read_text().strip())
