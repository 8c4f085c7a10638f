"""The settings that every program which speaks to the broker has in common."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.broker import Broker


class BrokerSettings(BaseSettings):
    """Where the broker is and as whom to speak to it, from the environment: FANLIGHT_BROKER and so on."""

    # An error about one setting would quote all of them, the password too.
    model_config = SettingsConfigDict(env_prefix="FANLIGHT_", hide_input_in_errors=True)

    broker: str = "127.0.0.1:9092"
    broker_username: str | None = None
    broker_password: SecretStr | None = None

    def connection(self) -> Broker:
        """What every Kafka client is opened with."""
        password = self.broker_password.get_secret_value() if self.broker_password else None
        return Broker(self.broker, self.broker_username, password)
