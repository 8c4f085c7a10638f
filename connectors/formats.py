"""Every format that can be read, by name. A new format is a reader and one line here."""

from collections.abc import Mapping
from types import MappingProxyType

from connectors.connector import Connector
from connectors.csv_mapped import CsvMapped
from connectors.fhir import FhirR4Json
from connectors.hl7v2 import Hl7v2Adt
from connectors.school_census import SchoolCensusCsv
from connectors.ssda903 import Ssda903Csv

_CONNECTORS: tuple[Connector, ...] = (
    CsvMapped(),
    FhirR4Json(),
    Hl7v2Adt(),
    SchoolCensusCsv(),
    Ssda903Csv(),
)

FORMATS: Mapping[str, Connector] = MappingProxyType({connector.name: connector for connector in _CONNECTORS})
