"""Which principal may touch which topic on the local Kafka; the broker refuses what is not granted here.

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
class Grant:
    """One thing a principal may do; a name that ends in `*` stands for every name that begins so."""

    principal: str
    operation: ACLOperation
    name: str
    kind: ResourceType = ResourceType.TOPIC


def _of_topics() -> Iterator[Grant]:
    for topic in table(("*",)):
        if VIEWS in topic.read_by:
            yield Grant(VIEWS, ACLOperation.READ, topic.name)
        if VIEWS in topic.written_by:
            yield Grant(VIEWS, ACLOperation.WRITE, topic.name)


#: Of each topic what its row says, and their own consumer groups.
VIEWS_GRANTS = (*_of_topics(), Grant(VIEWS, ACLOperation.READ, "views*", ResourceType.GROUP))


def settle(broker: Broker, grants: tuple[Grant, ...] = VIEWS_GRANTS) -> None:
    """Make these principals' grants exactly these: what is missing is made, what is extra goes."""
    wanted = {_acl(grant) for grant in grants}
    admin = KafkaAdminClient(**broker.client_options())
    try:
        there = set[ACL]().union(*(_found(admin, principal) for principal in {g.principal for g in grants}))
        if extra := [_exactly(acl) for acl in there - wanted]:
            admin.delete_acls(extra)
        if missing := list(wanted - there):
            failed = admin.create_acls(missing)["failed"]
            if failed:
                raise StackError(f"the broker refused a grant: {failed[0].__name__}")
    finally:
        admin.close()


def found(broker: Broker, principal: str) -> set[ACL]:
    """What the broker grants to the principal now."""
    admin = KafkaAdminClient(**broker.client_options())
    try:
        return _found(admin, principal)
    finally:
        admin.close()


def _found(admin: KafkaAdminClient, principal: str) -> set[ACL]:
    anything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    everything = ACLFilter(f"User:{principal}", None, ACLOperation.ANY, ACLPermissionType.ANY, anything)
    return set(admin.describe_acls(everything)[0])


def _acl(grant: Grant) -> ACL:
    prefixed = grant.name.endswith("*")
    pattern = ACLResourcePatternType.PREFIXED if prefixed else ACLResourcePatternType.LITERAL
    resource = ResourcePattern(grant.kind, grant.name.removesuffix("*"), pattern)
    return ACL(f"User:{grant.principal}", "*", grant.operation, ACLPermissionType.ALLOW, resource)


def _exactly(acl: ACL) -> ACLFilter:
    there = acl.resource_pattern
    resource = ResourcePatternFilter(there.resource_type, there.resource_name, there.pattern_type)
    return ACLFilter(acl.principal, acl.host, acl.operation, acl.permission_type, resource)
