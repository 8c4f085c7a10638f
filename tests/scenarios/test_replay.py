"""The same files give the same bytes on every topic, whatever Python makes of hashes: what is rebuilt is identical."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from fanlight.county import write_county
from tests.memory_bus import NOW, MemoryBus


def digests(folder: Path) -> dict[str, str]:
    """What is on each partition of each topic once a county has been published, as a digest."""
    county = write_county(folder, people=40, seed=3, today=NOW.date())
    bus = MemoryBus()
    for delivery in county.deliveries:
        bus.publish(delivery.format, *delivery.paths, mapping=delivery.mapping, feed=delivery.feed)
    bus.settle()
    return {f"{topic}/{n}": sha256(repr(log).encode()).hexdigest() for (topic, n), log in sorted(bus.logs.items())}


def in_another_process(folder: Path, hash_seed: str) -> dict[str, str]:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "tests.scenarios.test_replay", str(folder)]
    return json.loads(subprocess.run(command, check=True, env=environment, capture_output=True).stdout)


def test_two_hash_seeds_give_the_same_bytes_on_every_topic(tmp_path):
    one, other = (in_another_process(tmp_path / seed, seed) for seed in ("1", "4242"))
    assert {name.partition("/")[0] for name in one} > {"identity.records", "persons.events", "decisions"}
    assert one == other


if __name__ == "__main__":
    print(json.dumps(digests(Path(sys.argv[1]))))
