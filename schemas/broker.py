"""Where the Kafka broker is and as whom to speak to it: the one value every Kafka client is opened with."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker's address and one principal's credentials; without credentials the connection is anonymous."""

    bootstrap: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.username is None) != (self.password is None):
            raise ValueError(f"broker {self.bootstrap}: a username comes with a password")

    def client_options(self) -> dict[str, Any]:
        """The keyword arguments that kafka-python and aiokafka share."""
        if self.username is None:
            return {"bootstrap_servers": self.bootstrap}
        return {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": "SASL_PLAINTEXT",
            # PLAIN, because faust, aiokafka and kafka-python all speak it and a broker can hold its
            # passwords before it has any metadata; SCRAM would need a user made in a running cluster.
            "sasl_mechanism": "PLAIN",
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.password,
        }
