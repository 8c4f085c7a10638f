"""The synthetic people who may sign in on a machine of one's own. A deployment puts OpenID Connect in this place."""

from dataclasses import dataclass
from enum import StrEnum


class ActorRole(StrEnum):
    """What somebody who signed in may open."""

    ANALYST = "police-intelligence-analyst"
    SAFEGUARDING_LEAD = "designated-safeguarding-lead"
    GOVERNANCE = "governance-board-member"
    STEWARD = "identity-steward"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who looks. `audience` is whose timelines they may open, `remit` whose records they may compare.

    Without an audience they open no timeline, without a remit no review; nobody here has both.
    """

    actor_id: str
    name: str
    title: str
    role: ActorRole
    audience: str | None = None
    remit: str | None = None

    @property
    def governs(self) -> bool:
        """Whether they audit decisions. Those who audit see decisions and never a young person."""
        return self.role is ActorRole.GOVERNANCE


SYNTHETIC_ACTORS = (
    Actor(
        actor_id="analyst-avery-example",
        name="Avery Example",
        title="Police intelligence analyst, Northgate hub (synthetic)",
        role=ActorRole.ANALYST,
        audience="police-intelligence-analyst",
    ),
    Actor(
        actor_id="analyst-rowan-example",
        name="Rowan Example",
        title="Police intelligence analyst, Southmere hub (synthetic)",
        role=ActorRole.ANALYST,
        audience="police-intelligence-analyst",
    ),
    Actor(
        actor_id="lead-morgan-example",
        name="Morgan Example",
        title="Designated safeguarding lead, Fernhill School (synthetic)",
        role=ActorRole.SAFEGUARDING_LEAD,
        audience="designated-safeguarding-lead",
    ),
    Actor(
        actor_id="board-casey-example",
        name="Casey Example",
        title="Governance board member (synthetic)",
        role=ActorRole.GOVERNANCE,
    ),
    Actor(
        actor_id="steward-jordan-example",
        name="Jordan Example",
        title="Identity steward, all four agencies (synthetic)",
        role=ActorRole.STEWARD,
        remit="identity-county",
    ),
    Actor(
        actor_id="steward-quinn-example",
        name="Quinn Example",
        title="Identity steward, police and children’s social care (synthetic)",
        role=ActorRole.STEWARD,
        remit="identity-police-social-care",
    ),
)
