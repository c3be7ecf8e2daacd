"""Order-intake's settings."""

from pydantic_settings import SettingsConfigDict

from service_runtime import ServiceSettings


class Settings(ServiceSettings):
    """From the environment, with the prefix ORDER_INTAKE_."""

    model_config = SettingsConfigDict(env_prefix="ORDER_INTAKE_")
