"""What the fulfiller is told by its environment."""

from pydantic_settings import SettingsConfigDict

from service_runtime import ServiceSettings


class Settings(ServiceSettings):
    """The settings every service has, as FULFILLER_*."""

    model_config = SettingsConfigDict(env_prefix="FULFILLER_", extra="ignore")
