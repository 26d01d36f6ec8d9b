"""The command line: `python -m mnist_core --help`."""

import argparse
import json
import sys
import warnings
from collections.abc import Sequence

# Each of these registers its own commands, in the order of `--help`.
# isort: off
from mnist_core.cli import data, training, runs, studies, models, labels, share, doctor  # noqa: F401

# isort: on
from mnist_core.cli.argparse_texts import translate_argparse
from mnist_core.cli.terminal import COMMANDS
from mnist_core.data.dataset import STAND_IN_NAME
from mnist_core.errors import MnistCoreError, error_text
from mnist_core.i18n import _, environment_language, speaking


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status: 0 done, 1 it could not be done, 2 wrong usage."""
    translate_argparse()
    with speaking(environment_language()):
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    options = build_parser().parse_args(arguments)
    # Python's own warning would show a line of code; the same is said in the command's words.
    warnings.filterwarnings("ignore", message=f".*{STAND_IN_NAME}", category=UserWarning)
    try:
        answer, show, status = options.run(options)
    except MnistCoreError as error:
        if options.json:
            print(json.dumps({"error": _(error)}, ensure_ascii=False))
        print(_("Error: {error}", error=error_text(error)), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(_("Stopped."), file=sys.stderr)
        return 130
    if options.json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        show(answer)
    return int(status)


def build_parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    parser = argparse.ArgumentParser(
        prog="python -m mnist_core",
        description=_("Load MNIST, train and evaluate small networks, recognize drawn digits."),
    )
    commands = parser.add_subparsers(title=_("commands"), required=True, metavar="COMMAND")
    groups: dict[str, argparse._SubParsersAction[argparse.ArgumentParser]] = {}
    for command in COMMANDS:
        group, __, action = command.name.partition(" ")
        if action and group not in groups:
            groups[group] = commands.choices[group].add_subparsers(
                title=_("actions"), metavar="ACTION"
            )
        added = (groups[group] if action else commands).add_parser(
            action or group, help=_(command.text), description=_(command.text)
        )
        added.add_argument(
            "--json",
            action="store_true",
            default=argparse.SUPPRESS if action else False,  # else it undoes a --json before it
            help=_("print one JSON object"),
        )
        added.set_defaults(run=command.run)
        for add in command.options:
            add(added)
    return parser
