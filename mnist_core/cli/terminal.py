"""What every command of the command line needs: how it is registered, tables, bars, Ctrl-C."""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mnist_core.i18n import Text, _

Json = dict[str, Any]
Result = tuple[Json, Callable[[Json], None], int]  # (answer for --json, how to show it, status)
Options = Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True)
class Command:
    """A command as it was registered.

    Attributes:
        name: what is typed; `runs start` is the action `start` of the command `runs`.
        text: its help, in a line; translated when it is shown.
        run: what it does.
        options: each adds options to the command's parser.
    """

    name: str
    text: str
    run: Callable[[argparse.Namespace], Result]
    options: tuple[Options, ...]


COMMANDS: list[Command] = []


def command(
    name: str, text: Text, *options: Options
) -> Callable[[Callable[[argparse.Namespace], Result]], Callable[[argparse.Namespace], Result]]:
    """Register a function as a command, with its help in a line."""

    def register(
        run: Callable[[argparse.Namespace], Result],
    ) -> Callable[[argparse.Namespace], Result]:
        COMMANDS.append(Command(name, text, run, options))
        return run

    return register


def option(*names: str, **settings: Any) -> Options:
    """One option or argument, as `argparse.ArgumentParser.add_argument` takes it.

    Its help is translated when the parser is built.
    """

    def add(parser: argparse.ArgumentParser) -> None:
        help_text = settings.get("help")
        parser.add_argument(*names, **{**settings, "help": _(help_text) if help_text else None})

    return add


def percent(share: float) -> str:
    """A share of 0 to 1 as per cent with two decimals."""
    return f"{100 * share:.2f}%"


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; a column is as wide as the terminal lets it."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as Cell

    table, console = Table(box=box.SIMPLE), Console()
    # A name stays in one line, unless it would leave the other columns no room.
    short = max((len(row[0]) for row in rows), default=0) <= console.width // 2
    for place, title in enumerate(head):
        table.add_column(title, no_wrap=place == 0 and short, overflow="fold")
    for row in rows:
        table.add_row(*(Cell(cell) for cell in row))
    console.print(table)


@contextmanager
def progress_bar(text: str) -> Iterator[Callable[..., None]]:
    """A progress bar on standard error; gives `update(share, words)`. Shown from its first use."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[words]}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    task = bar.add_task(text, total=1.0, words="")

    def update(share: float, words: str = "") -> None:
        bar.start()
        bar.update(task, completed=share, words=words)

    try:
        yield update
    finally:
        bar.stop()


@contextmanager
def stop_on_ctrl_c(message: str) -> Iterator[Callable[[], bool]]:
    """Ctrl-C asks the training to stop after this batch; a second one breaks off at once.

    Args:
        message: what to say at the first one.
    """
    asked = False

    def ask(*signal_and_frame: Any) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        print(message, file=sys.stderr)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)
