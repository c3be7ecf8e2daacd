"""What every service is told by its environment; each adds its own with its prefix."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Settings with the service's prefix, such as ALLOCATOR_DATABASE_URL, and those all services share."""

    model_config = SettingsConfigDict(extra="ignore")

    database_url: str
    api_key: SecretStr
    http_host: str = "127.0.0.1"
    http_port: int = 0
    ordinal: int = 0
    kafka_bootstrap_servers: str = Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS")
    topic_prefix: str = Field(default="", validation_alias="BAESONG_TOPIC_PREFIX")
    instance_mark: str = Field(default="live", validation_alias="BAESONG_INSTANCE_MARK")
    log_level: str = Field(default="info", validation_alias="BAESONG_LOG_LEVEL")
    clock_offset_s: float = Field(default=0.0, validation_alias="BAESONG_CLOCK_OFFSET")
    static_membership: bool = Field(default=False, validation_alias="BAESONG_STATIC_MEMBERSHIP")
    batch_records: int = Field(default=1000, validation_alias="BAESONG_BATCH_RECORDS")
    pace_ms: int = Field(default=20, validation_alias="BAESONG_PACE_MS")
    release: str = Field(default="", validation_alias="BAESONG_RELEASE")
    hostile_pause_s: float = Field(default=600.0, validation_alias="BAESONG_HOSTILE_PAUSE_S")
    stuck_after_s: float = Field(default=60.0, gt=0, validation_alias="BAESONG_STUCK_AFTER_S")
    otel: bool = Field(default=False, validation_alias="BAESONG_OTEL")
    accept_skip: bool = Field(default=False, validation_alias="BAESONG_ACCEPT_SKIP")
    archive: Path | None = Field(default=None, validation_alias="BAESONG_ARCHIVE")
    replay_key: SecretStr = Field(default=SecretStr(""), validation_alias="BAESONG_REPLAY_KEY")
