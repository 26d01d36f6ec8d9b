"""The command that checks the installation."""

import argparse
from dataclasses import asdict

from mnist_core.cli.terminal import Json, Result, command
from mnist_core.health import run_checks
from mnist_core.i18n import Text, _


@command(
    "doctor",
    Text(
        "Check versions, data, networks, runs, database, disk and access, and say how to mend them"
    ),
)
def doctor(options: argparse.Namespace) -> Result:
    """Check versions, data, networks, runs, database, disk and access, and say how to mend them."""
    checks = run_checks()
    answer = {"checks": [asdict(check) for check in checks], "ok": all(c.ok for c in checks)}
    return answer, _show, 0 if answer["ok"] else 1


def _show(answer: Json) -> None:
    for check in answer["checks"]:
        print(f"{'✓' if check['ok'] else '✗'} {_(check['name'])}: {_(check['finding'])}")
        if check["advice"]:
            print(f"    {_(check['advice'])}")
