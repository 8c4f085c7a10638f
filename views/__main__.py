"""`python -m views`: the pages as a process of their own, with credentials that read no more than pages show."""

import logging
import secrets
import sys
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from pydantic import ValidationError

from policies import remits, rulecards
from policies.load import PolicySet
from policies.remits import Remit
from schemas import topics
from schemas.errors import BusError, InvalidAgreement
from schemas.settings import BrokerSettings
from views import read_model, sessions
from views.actors import SYNTHETIC_ACTORS
from views.app import create
from views.database import connect
from views.errors import UnsafeHost
from views.finding import terms_of_timeline
from views.guard import is_loopback
from views.ingest import Ingest
from views.kafka_subscription import KafkaSubscription
from views.live import Watchers
from views.read_model import ReadModel
from views.services import Services
from views.sessions import Sessions
from views.workers import Workers
from views.writing import KafkaWriter

SHUTDOWN_SECONDS = 10


class Settings(BrokerSettings):
    """Settings of the pages."""

    views_host: str = "127.0.0.1"
    views_port: int = 8000
    #: Of which revision the policies must be, so that the pages show those that decide; blank: of any.
    policy_revision: str = ""
    views_state_dir: Path = Path(".fanlight/views")
    #: Addresses of the workers' health pages, apart by blanks.
    views_workers: str = ""
    #: Blank: every audience of the policies.
    views_audiences: str = ""
    #: Blank: every remit of the policies, unless only some audiences are served: then none that is not named.
    views_remits: str = ""


def refuse_beyond_loopback(host: str) -> None:
    """Anybody can sign in as anybody here, so nobody else may reach it."""
    if not is_loopback(host):
        raise UnsafeHost(f"views will not listen on {host}: synthetic sign-in is for this machine alone, use 127.0.0.1")


def _named(setting: str, names: str, known: Iterable[str]) -> tuple[str, ...]:
    """What a setting names. A name that is misspelt would else be somebody whom nobody serves, and nothing said so."""
    found, there = tuple(names.split()), sorted(known)
    if unknown := [name for name in found if name not in there]:
        raise InvalidAgreement(f"FANLIGHT_{setting} names {unknown[0]}; there are {', '.join(there)}")
    return found


def _remits(settings: Settings) -> dict[str, Remit]:
    found = remits.load()
    if not settings.views_audiences and not settings.views_remits:
        return dict(found)
    return {name: found[name] for name in _named("VIEWS_REMITS", settings.views_remits, found)}


def compose(settings: Settings) -> tuple[Services, KafkaWriter]:
    """Every part, from the settings: the only place with a clock and with randomness."""
    policies = PolicySet.load().demand_revision(settings.policy_revision)
    cards = rulecards.load()
    remitted = _remits(settings)
    audiences = _named("VIEWS_AUDIENCES", settings.views_audiences, policies.audiences) or tuple(policies.audiences)
    settings.views_state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    model = ReadModel(connect(settings.views_state_dir / "read-model.sqlite", read_model.TABLES, read_model.EDITION))
    watchers = Watchers()

    def now() -> datetime:
        return datetime.now(UTC)

    if not remitted:
        # Nobody may see them any more, so what was read before goes too.
        for topic in (topics.REVIEWS, topics.JUDGEMENTS):
            model.forget_topic(topic)
    writer = KafkaWriter(settings.connection())
    services = Services(
        model=model,
        sessions=Sessions(
            connect(settings.views_state_dir / "sessions.sqlite", sessions.TABLES), lambda: secrets.token_urlsafe(32)
        ),
        writer=writer,
        watchers=watchers,
        ingest=Ingest(model, watchers, lambda timeline: terms_of_timeline(timeline, now())),
        subscription=KafkaSubscription(settings.connection(), audiences, stewarded=bool(remitted)),
        workers=Workers(settings.views_workers.split()),
        policies=policies,
        cards=cards,
        remits=remitted,
        actors={
            actor.actor_id: actor
            for actor in SYNTHETIC_ACTORS
            if actor.audience in (None, *audiences) and actor.remit in (None, *remitted)
        },
        clock=now,
        new_id=lambda: str(uuid.uuid4()),
    )
    return services, writer


def main() -> int:
    """Serve until told to stop."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = Settings()
        refuse_beyond_loopback(settings.views_host)
        services, writer = compose(settings)
    except (BusError, ValidationError, OSError) as fault:
        print(f"views: {fault}", file=sys.stderr)
        return 1
    uvicorn.run(
        create(services, closing=writer.stop),
        host=settings.views_host,
        port=settings.views_port,
        # The access log would hold who asked for which pseudonym: that belongs to the record of looks alone.
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
