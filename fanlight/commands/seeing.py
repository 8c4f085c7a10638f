"""For an analyst at the command line: one young person's timeline, exactly as the pages fold it."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from fanlight.bus import read_records, read_timelines
from fanlight.commands.options import AsJson, DataDir, audiences, demand_audience, source_record
from fanlight.deployment import DATA_DIR, Deployment, find_deployment
from fanlight.errors import WrongUsage
from fanlight.identity import records_named
from fanlight.looks import record_look
from fanlight.output import OUT, as_text, print_json, print_rows
from policies import rulecards
from policies.load import PolicySet
from policies.told import judgeable
from schemas import topics
from schemas.vocabulary import Action, Purpose
from streams.timeline.present import present
from views.references import is_pseudonym


def timeline(
    audience: Annotated[
        str, typer.Option(help="On whose behalf: an audience of the agreements.", autocompletion=audiences)
    ],
    purpose: Annotated[
        str,
        typer.Option(help="What for: a purpose the audience is registered for.", autocompletion=lambda: [*Purpose]),
    ],
    subject: Annotated[
        str | None,
        typer.Option(
            metavar="AGENCY:SOURCE_ID",
            help="The young person as an agency names them; a number may say whose it is, as NUMBER@ORGANISATION.",
        ),
    ] = None,
    person: Annotated[
        str | None, typer.Option(metavar="REF", help="The audience's own reference for the person.")
    ] = None,
    data_dir: DataDir = DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """One young person's timeline as an audience may see it for a purpose. The look is recorded first."""
    deployment, policy = find_deployment(data_dir), PolicySet.load()
    _demand_known(policy, audience, purpose)
    reference = _reference(deployment, audience, subject, person)
    found, told = _follow(deployment, audience, reference), policy.audiences[audience]
    now = datetime.now(UTC)
    shown = present(
        found,
        purpose=purpose,
        policy_withheld={"statement": told.withheld, "ask": dict(told.ask)},
        cards=judgeable(rulecards.load(), policy, audience, purpose, now),
        feeds=read_records(deployment.broker, topics.FEEDS),
        now=now,
    )
    record_look(
        deployment, Action.TIMELINE, len(shown["entries"]), audience=audience, purpose=purpose, person=shown["person"]
    )
    if as_json:
        print_json(_lasting(shown))
    else:
        _print(shown, told.marking)


def _lasting(shown: dict[str, Any]) -> dict[str, Any]:
    """What was shown without the instant of asking, and without what follows from that alone or repeats `feeds`.

    So the same facts print the same bytes, however often and in whatever files they came; only `feeds` differs.
    """
    quiet = [{k: v for k, v in each.items() if k != "feed_last_heard"} for each in shown["quiet"]]
    return {k: v for k, v in shown.items() if k not in ("as_of", "next_change_at")} | {"quiet": quiet}


def _demand_known(policy: PolicySet, audience: str, purpose: str) -> None:
    demand_audience(policy, audience)
    purposes = policy.audiences[audience].purposes
    if purpose not in purposes:
        raise WrongUsage(f"{audience} is not registered for {purpose}; it is for {', '.join(purposes)}")


def _reference(deployment: Deployment, audience: str, subject: str | None, person: str | None) -> str:
    if (subject is None) == (person is None):
        raise WrongUsage("say either --subject AGENCY:SOURCE_ID or --person REF")
    if person is not None:
        if not is_pseudonym(person):
            # A look says whom it was at: what is typed here in the place of a reference would stand in the audit.
            raise WrongUsage(
                "--person is an audience's own reference, as `fanlight timeline --json` prints it:"
                " a young person as an agency names them is --subject AGENCY:SOURCE_ID"
            )
        return person
    key, named = deployment.key, source_record(subject or "", "--subject")
    people = {each["person_id"] for each in records_named(deployment.broker, key, *named)}
    # Somebody the bus has never heard of, or who may be one of several, gets the answer of somebody of whom nothing is
    # disclosed: which of these it is, is not this audience's to know.
    person_id = people.pop() if len(people) == 1 else key.derive("person", key.subject_key(*named))
    return key.pseudonym(audience, person_id)


def _follow(deployment: Deployment, audience: str, reference: str) -> dict[str, Any]:
    found = read_timelines(deployment.broker, audience)
    seen: set[str] = set()
    while reference not in seen and reference in found and found[reference]["redirect"]:
        seen.add(reference)
        reference = found[reference]["redirect"]
    return found.get(reference) or {"person": reference, "audience": audience, "redirect": None, "entries": []}


def _print(shown: dict[str, Any], marking: str) -> None:
    OUT.print(f"{marking}  {shown['person']}  for {shown['audience']}, purpose {shown['purpose']}")
    for name, told in shown["card"].items():
        OUT.print(f"  {name}: {as_text(told['value'])} ({told['agency']})")
    rows = [
        {
            **entry,
            "fields": "; ".join(f"{k} {as_text(v)}" for k, v in _said(entry).items() if v not in (None, [])),
            "clause": " ".join([entry["clause"] or "", *entry["handling"]]),
        }
        for entry in shown["entries"]
    ]
    columns = ["occurred", "agency", "type", "role", "fields", "clause", "obligations", "event_id"]
    print_rows(rows, columns, as_json=False, nothing="nothing is disclosed to this audience for this purpose")
    for part, title in (("concerns", "concern"), ("protective", "protective factor")):
        _print_findings(shown[part], title)
    for rule in shown["expired_rules"]:
        OUT.print(f"{rule} is past its date: until its owner approves it again, nothing is flagged under it")
    challenges = [e["fields"] for e in shown["entries"] if e["event_id"] in shown["challenges"]]
    for told in (*challenges, *shown["quiet"]):
        OUT.print(told["statement"])
    OUT.print(shown["withheld"]["statement"])
    for agency, whom in shown["withheld"]["ask"].items():
        OUT.print(f"  {agency}: {whom}")


def _print_findings(found: list[dict[str, Any]], title: str) -> None:
    """Each with the events behind it, by the ids under which they stand above: no flag is shown without them."""
    if not found:
        OUT.print(f"no {title} active")
    for each in found:
        OUT.print(as_text(f"{title} since {each['since']}: {each['title']}"))
        OUT.print(as_text(f"  {each['detail']}"))
        OUT.print(as_text(f"  because of {', '.join(each['because'])}"))
        OUT.print(as_text(f"  lowered by: {each['lowers']}"))


def _said(entry: dict[str, Any]) -> dict[str, Any]:
    """What an entry says; intelligence says nothing without its grading."""
    return {**(entry["grading"] or {}), **entry["fields"]}
