"""What the registry's endpoints take and answer."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from order_events.types import without_nul
from order_intake.domain.registering import ShopIn

Name = Annotated[str, StringConstraints(min_length=1, max_length=128), AfterValidator(without_nul)]
Why = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(without_nul)]


def _printable(secret: SecretStr) -> SecretStr:
    """Said without the secret: what breaks a rule is answered, and may be logged."""
    if not all("!" <= letter <= "~" for letter in secret.get_secret_value()):
        raise ValueError("must be printable ASCII without spaces: was more copied than the secret?")
    return secret


class By(BaseModel):
    """Who acts, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    actor: Name
    reason: Why | None = None

    @property
    def by(self) -> tuple[str, str | None]:
        """As the act is written down."""
        return self.actor, self.reason


class ShopSet(By):
    """A shop as it is to be, and the version that this was made from: 0 for one that is to be new."""

    shop: ShopIn
    version: Annotated[int, Field(ge=0)] | None = None


class ShopSaved(BaseModel):
    """The shop as it is registered now."""

    shop: str
    version: int
    updated_at: datetime
    document: ShopIn
    changed: bool


class SecretsIn(By):
    """A new secret; `drop_old` leaves no other beside it, or without one only the newest that is held."""

    secret: Annotated[SecretStr, Field(min_length=8, max_length=512), AfterValidator(_printable)] | None = None
    drop_old: bool = False

    @model_validator(mode="after")
    def _something(self) -> "SecretsIn":
        if self.secret is None and not self.drop_old:
            raise ValueError("give a secret, or drop_old")
        return self


class SecretSet(BaseModel):
    """A secret: since when it is held, and nothing else."""

    set_at: datetime


class SecretsShown(BaseModel):
    """The shop's secrets, the newest first."""

    shop: str
    secrets: list[SecretSet]
    changed: bool


class KeyIn(By):
    """What the key is for."""

    note: Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(without_nul)] | None = None


class KeyMade(BaseModel):
    """A key; `key` is there once, in the first answer, and null in a repeat of it."""

    shop: str
    key_id: str
    note: str | None
    made_at: datetime
    key: str | None
