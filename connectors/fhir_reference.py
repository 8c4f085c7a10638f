"""What a FHIR reference says: by which names it may mean a resource, of which server, and by which number a patient."""

from urllib.parse import unquote

from connectors.connector import Refused
from connectors.fhir_element import Element
from connectors.fhir_patient import is_nhs_number_system
from connectors.nhs import looks_like_nhs_number, nhs_identifier
from schemas.events import Identifier


def names_of(resource: Element, full_url: str | None) -> set[str]:
    """What a reference may say that means a resource: type and id, URL, and searches for a patient's numbers."""
    own_id = resource.node.get("id")
    names = {f"{resource.path}/{own_id}"} if isinstance(own_id, str) else set()
    if full_url is not None:
        names |= {full_url, local_name(full_url)}
    return names | (_number_searches(resource) if resource.path == "Patient" else set())


def _number_searches(patient: Element) -> set[str]:
    """The searches that a patient's numbers answer: what a number is of need not be said."""
    try:
        stated = [(each.text("system"), each.text("value")) for each in patient.children("identifier")]
    except Refused:
        return set()  # it is refused when it is read
    return {number_search(said, value) for system, value in stated if value for said in (system, None)}


def number_search(system: str | None, value: str) -> str:
    """The search for a patient by a number."""
    return f"Patient?identifier={value if system is None else f'{system}|{value}'}"


def number_in(reference: Element) -> tuple[Identifier, ...]:
    """The NHS number by which the URL of a reference means a patient: as an id, or in a search for one.

    Servers have numbers of ten digits for ids, too.
    """
    target = unversioned(unquote(reference.text("reference") or ""))
    sought, _, value = target.rpartition("|")
    system = sought.rpartition("identifier=")[2] or None
    value = value.rpartition("/")[2].rpartition("=")[2]
    is_one = (
        nhs_identifier(value).valid if is_nhs_number_system(system) else system is None and looks_like_nhs_number(value)
    )
    return (nhs_identifier(value),) if is_one else ()


def unversioned(target: str) -> str:
    """A reference without the version that it may name."""
    return target.partition("/_history/")[0]


def server_of(url: str | None) -> str | None:
    """The server whose resource a URL is, None where it tells of none."""
    if url is None or "://" not in url:
        return None
    # Where no type stands before the id, as in http://a.example/7, what is cut off is the id alone.
    beginnings = (unversioned(url).rsplit("/", parts)[0] for parts in (2, 1))
    return next((each for each in beginnings if "://" in each), None)


def local_name(target: str) -> str:
    """Type and id of a reference, whatever server it names; a URN, of which the case of letters means nothing."""
    target = unversioned(target)
    return target.lower() if target[:4].lower() == "urn:" else "/".join(target.split("/")[-2:])
