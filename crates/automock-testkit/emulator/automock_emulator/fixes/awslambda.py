"""Lambda functions that remember their logging configuration."""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import LambdaFunction

DEFAULT_FORMAT = "Text"


def install() -> None:
    """Echoes `LoggingConfig`, with AWS's default group where none was given."""
    create = LambdaFunction.__init__
    get = LambdaFunction.get_configuration
    update = LambdaFunction.update_configuration

    def init(self: Any, account_id: str, spec: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        create(self, account_id, spec, *args, **kwargs)
        self.automock_logging = spec.get("LoggingConfig") or {}

    def get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
        configuration = get(self, on_create)
        defaults = {"LogFormat": DEFAULT_FORMAT, "LogGroup": f"/aws/lambda/{self.function_name}"}
        configuration["LoggingConfig"] = defaults | self.automock_logging
        return configuration

    def update_configuration(self: Any, config_updates: dict[str, Any]) -> dict[str, Any]:
        if "LoggingConfig" in config_updates:
            self.automock_logging = config_updates["LoggingConfig"]
        return update(self, config_updates)

    LambdaFunction.__init__ = init  # type: ignore[method-assign]
    LambdaFunction.get_configuration = get_configuration  # type: ignore[method-assign]
    LambdaFunction.update_configuration = update_configuration  # type: ignore[method-assign]
