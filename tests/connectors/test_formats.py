from connectors.formats import FORMATS


def test_every_format_stands_under_its_own_name_with_its_agency() -> None:
    assert {name: (connector.name, connector.agency) for name, connector in FORMATS.items()} == {
        "csv": ("csv", None),
        "fhir-r4-json": ("fhir-r4-json", "nhs"),
        "hl7v2-adt": ("hl7v2-adt", "nhs"),
        "school-census-csv": ("school-census-csv", "school"),
        "ssda903-csv": ("ssda903-csv", "social_care"),
    }


def test_every_format_has_a_title() -> None:
    assert all(connector.title for connector in FORMATS.values())
