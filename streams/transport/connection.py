"""How this application's own producers and consumers reach the broker: the same address and credentials as Faust's."""

from typing import Any

from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth, server_list
from faust.types import AppT

_DEFAULT_PORT = 9092


def client_options(app: AppT) -> dict[str, Any]:
    """The keyword arguments that every aiokafka client of the application is opened with."""
    conf = app.conf
    return {
        "bootstrap_servers": server_list(conf.broker, _DEFAULT_PORT),
        "client_id": conf.broker_client_id,
        **credentials_to_aiokafka_auth(conf.broker_credentials, conf.ssl_context),
    }
