"""Activations of a model of identity, as messages for the topic of models.

Whoever activates gives the id: sent again under the same id, an activation is the same one.
"""

from datetime import datetime

from schemas.codec import encode
from schemas.errors import InvalidActivation
from schemas.signature import unsigned
from schemas.topics import Message

ACTIVATION = "fanlight.bus.ModelActivation"
MODEL_APPLIED = "fanlight.bus.ModelApplied"


def activated(activation_id: str, model: str, *, by: str, reason: str, at: datetime, shadow_id: str | None) -> Message:
    """The message by which `model` is taken into use. `shadow_id` names the report that the person `by` had seen of
    what it would change; None where they had seen none. Raises InvalidActivation where `by` or `reason` is blank."""
    if fault := unsigned("an activation", by, reason):
        raise InvalidActivation(fault)
    said = {
        "activation_id": activation_id,
        "model": model,
        "activated_by": by,
        "reason": reason,
        "at": at,
        "shadow_id": shadow_id,
    }
    return activation_id.encode(), encode(ACTIVATION, said)


def applied(activation_id: str, model: str, *, records: int, at: datetime) -> Message:
    """The message that every record of the region has been resolved by `model` since this activation; `records` is how
    many there are."""
    said = {"activation_id": activation_id, "model": model, "records": records, "at": at}
    return activation_id.encode(), encode(MODEL_APPLIED, said)
