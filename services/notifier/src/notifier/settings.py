"""What the notifier is told by its environment."""

from hashlib import sha256
from hmac import new as hmac
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from notifier.domain.sending import Policy
from notifier.mail.letters import Sender
from notifier.mail.pages import House
from service_runtime import ServiceSettings


class Settings(ServiceSettings):
    """NOTIFIER_… for its own; SMTP_URL and SMTP_FIND_URL are shared with whoever starts the mail sink."""

    model_config = SettingsConfigDict(env_prefix="NOTIFIER_", env_ignore_empty=True)

    mail: Literal["on", "off"] = "on"
    mail_from: str = "Orders <orders@baesong.example.test>"
    reply_to: str | None = None
    shop_names: dict[str, str] = Field(default_factory=dict)
    hash_key: SecretStr | None = None
    pace_ms: int = Field(default=100, validation_alias="BAESONG_PACE_MS")  # nobody waits for a mail: fuller batches
    smtp_url: SecretStr = Field(default=SecretStr("smtp://127.0.0.1:25"), validation_alias="SMTP_URL")
    smtp_find_url: str | None = Field(default=None, validation_alias="SMTP_FIND_URL")

    @property
    def policy(self) -> Policy:
        """Whether mail goes out, and the key recipients are hashed with: its own, or one made from the API key."""
        key = self.hash_key.get_secret_value().encode() if self.hash_key else self._derived_key()
        return Policy(self.mail == "on", key)

    def _derived_key(self) -> bytes:
        return hmac(self.api_key.get_secret_value().encode(), b"notifier recipient hash", sha256).digest()

    @property
    def sender(self) -> Sender:
        """Who writes."""
        return Sender(self.mail_from, self.reply_to)

    @property
    def house(self) -> House:
        """The shops' names, and whether a reply is read."""
        return House(self.shop_names, self.reply_to is not None)
