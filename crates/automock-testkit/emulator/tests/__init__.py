"""What the live fleet decides, without containers: `python -m unittest discover`, run by `tests/live_rules.rs`."""

from automock_emulator.settings import prepare_moto_environment

prepare_moto_environment()
