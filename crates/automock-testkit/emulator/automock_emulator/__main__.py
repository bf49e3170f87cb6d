"""`python -m automock_emulator [--port N] [--stay] [--live FILE]`"""

from __future__ import annotations

import argparse
from pathlib import Path

from .settings import prepare_moto_environment


def main() -> None:
    """Prints `{"port": N}` when ready and serves until stdin closes."""
    parser = argparse.ArgumentParser(prog="automock_emulator")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free port")
    parser.add_argument("--stay", action="store_true", help="keep running when stdin closes")
    parser.add_argument("--live", type=Path, metavar="FILE", help="let real tasks run, as this JSON file says")
    arguments = parser.parse_args()
    prepare_moto_environment()

    from .fixes import install
    from .process import EmulatorProcess

    install()
    process = EmulatorProcess(port=arguments.port, watch_stdin=not arguments.stay)
    if arguments.live is not None:
        from .live.config import LiveConfig

        process.live = LiveConfig.read(arguments.live)
    process.run()


if __name__ == "__main__":
    main()
