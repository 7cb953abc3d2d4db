"""The settings of a command."""

from pathlib import Path

from bot import logs
from bot.config import Settings, load


def settings_at(config: Path | None) -> Settings:
    """The settings, with logs set up as they say.  Raises SettingsError."""
    settings = load(config)
    logs.set_up(settings.logging.format, settings.logging.level)
    return settings
