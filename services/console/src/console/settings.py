"""What the console is told by its environment."""

from pathlib import Path

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from service_runtime import ServiceSettings


class Door(BaseModel):
    """Where a service's HTTP API is, and its key."""

    url: str
    key: SecretStr


class Settings(ServiceSettings):
    """CONSOLE_… for its own; the key that replayed records are signed with, and the archive, are shared."""

    model_config = SettingsConfigDict(env_prefix="CONSOLE_", env_ignore_empty=True)

    services: dict[str, Door] = Field(default_factory=dict)
    approvers: dict[str, SecretStr] = Field(default_factory=dict)
    archive: Path | None = Field(default=None, validation_alias="BAESONG_ARCHIVE")
