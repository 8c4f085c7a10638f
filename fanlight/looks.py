"""Who looked by the command line, at what and why: written down before anything is shown."""

import os
import pwd
import uuid
from datetime import UTC, datetime

from connectors.sending import KafkaSink
from fanlight.deployment import Deployment
from schemas import topics
from schemas.looks import Look
from schemas.vocabulary import Action


def record_look(
    deployment: Deployment,
    action: Action,
    shown: int,
    *,
    audience: str | None = None,
    purpose: str | None = None,
    person: str | None = None,
    about: str | None = None,
) -> None:
    """Write down who looked, before anything is shown."""
    look = Look(
        look_id=str(uuid.uuid4()),
        actor=f"{_account()} at the command line",
        role="operator",
        audience=audience,
        purpose=purpose,
        action=action,
        person=person,
        about=about,
        shown=shown,
        at=datetime.now(UTC),
    )
    with KafkaSink(deployment.broker) as sink:
        sink.send(topics.LOOKS, *look.message())


def _account() -> str:
    """Who runs this process; an account that the machine has no name for goes by its number."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"account {os.getuid()}"
