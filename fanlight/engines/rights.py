"""Which principal may touch which topic on the local Kafka; the broker refuses what no right here allows.

The gate decides what leaves the bus. This is the second lock: a view that is broken into still holds
credentials that open nothing but what was already disclosed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)

from fanlight.errors import StackError
from schemas.broker import Broker
from schemas.topics import VIEWS, table

BUS = "bus"  # connectors, streams and the command line; a super user


@dataclass(frozen=True, slots=True)
class Right:
    """One thing a principal may do; a name that ends in `*` stands for every name that begins so."""

    principal: str
    operation: ACLOperation
    name: str
    kind: ResourceType = ResourceType.TOPIC


def _of_topics() -> Iterator[Right]:
    for topic in table(("*",)):
        if VIEWS in topic.read_by:
            yield Right(VIEWS, ACLOperation.READ, topic.name)
        if VIEWS in topic.written_by:
            yield Right(VIEWS, ACLOperation.WRITE, topic.name)


#: Of each topic what its row says, and their own consumer groups.
VIEWS_RIGHTS = (*_of_topics(), Right(VIEWS, ACLOperation.READ, "views*", ResourceType.GROUP))


def establish(broker: Broker, rights: tuple[Right, ...] = VIEWS_RIGHTS) -> None:
    """Make these principals' rights exactly these: what is missing is made, what is extra goes."""
    wanted = {_acl(right) for right in rights}
    admin = KafkaAdminClient(**broker.client_options())
    try:
        there = set[ACL]().union(*(_found(admin, principal) for principal in {each.principal for each in rights}))
        if extra := [_exactly(acl) for acl in there - wanted]:
            admin.delete_acls(extra)
        if missing := list(wanted - there):
            failed = admin.create_acls(missing)["failed"]
            if failed:
                raise StackError(f"the broker refused a rule of access: {failed[0].__name__}")
    finally:
        admin.close()


def found(broker: Broker, principal: str) -> set[ACL]:
    """What the broker lets the principal do now."""
    admin = KafkaAdminClient(**broker.client_options())
    try:
        return _found(admin, principal)
    finally:
        admin.close()


def _found(admin: KafkaAdminClient, principal: str) -> set[ACL]:
    anything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    everything = ACLFilter(f"User:{principal}", None, ACLOperation.ANY, ACLPermissionType.ANY, anything)
    return set(admin.describe_acls(everything)[0])


def _acl(right: Right) -> ACL:
    prefixed = right.name.endswith("*")
    pattern = ACLResourcePatternType.PREFIXED if prefixed else ACLResourcePatternType.LITERAL
    resource = ResourcePattern(right.kind, right.name.removesuffix("*"), pattern)
    return ACL(f"User:{right.principal}", "*", right.operation, ACLPermissionType.ALLOW, resource)


def _exactly(acl: ACL) -> ACLFilter:
    there = acl.resource_pattern
    resource = ResourcePatternFilter(there.resource_type, there.resource_name, there.pattern_type)
    return ACLFilter(acl.principal, acl.host, acl.operation, acl.permission_type, resource)
