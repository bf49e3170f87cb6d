"""`python -m automock_emulator [--port N] [--stay]`"""

from __future__ import annotations

import argparse

from .settings import prepare_moto_environment


def main() -> None:
    """Prints `{"port": N}` when ready and serves until stdin closes."""
    parser = argparse.ArgumentParser(prog="automock_emulator")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free port")
    parser.add_argument("--stay", action="store_true", help="keep running when stdin closes")
    arguments = parser.parse_args()
    prepare_moto_environment()

    from .fixes import install
    from .process import EmulatorProcess

    install()
    EmulatorProcess(port=arguments.port, watch_stdin=not arguments.stay).run()


if __name__ == "__main__":
    main()
