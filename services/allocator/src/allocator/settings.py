"""What the allocator is told by its environment."""

from pydantic_settings import SettingsConfigDict

from service_runtime import ServiceSettings


class Settings(ServiceSettings):
    """The settings all services have, as ALLOCATOR_DATABASE_URL and so on; it has none of its own."""

    model_config = SettingsConfigDict(env_prefix="ALLOCATOR_", extra="ignore")
