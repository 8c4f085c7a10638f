"""The engines that evaluate the policy, behind one port."""

from policies.engines.embedded import EmbeddedEngine
from policies.engines.engine import Engine
from policies.engines.opa import OpaEngine
from policies.load import PolicySet

__all__ = ["EmbeddedEngine", "Engine", "OpaEngine", "open_engine"]


def open_engine(where: str, policy: PolicySet) -> Engine:
    """The engine that settings name: `embedded`, or the address of an OPA server."""
    return EmbeddedEngine(policy) if where == "embedded" else OpaEngine(where)
