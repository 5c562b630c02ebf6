"""``completion`` and ``manual``: help for the shell and the reader, from the same command definitions."""

from collections.abc import Iterator
from typing import Final

import click
from click.shell_completion import get_completion_class
from rich.text import Text

from jainam_prop.entrypoints.cli.answer import Answer, success
from jainam_prop.entrypoints.cli.command import command
from jainam_prop.entrypoints.cli.context import CliContext

_PROGRAM: Final = "jainam-prop"
_VARIABLE: Final = "_JAINAM_PROP_COMPLETE"
_STATUSES: Final = (
    ("0", "Done."),
    ("1", "Refused or failed: nothing of it is live."),
    ("2", "Bad usage."),
    ("3", "The outcome is not known: orders may be live, do not send them again."),
)
_ENDINGS: Final = (
    (".SH ENVIRONMENT", "Settings are JAINAM_ variables; \\fBjainam-prop config show\\fR lists each with its origin."),
    (".SH FILES", "\\fI.env\\fR in the working folder, and the user's own file that \\fBinit --user\\fR writes."),
)


@command("completion bash", "completion fish")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(_context: CliContext, /, shell: str) -> Answer:
    """Print what makes SHELL complete commands, options, exchanges, symbols and open orders.

    For bash and zsh add the line eval "$(jainam-prop completion bash)", with the shell's name, to .bashrc or .zshrc;
    for fish the line jainam-prop completion fish | source to config.fish.
    """
    made = get_completion_class(shell)
    if made is None:
        raise TypeError(shell)
    script = made(click.get_current_context().find_root().command, {}, _PROGRAM, _VARIABLE).source()
    return success({"shell": shell, "script": script}, Text(script))


@command("manual > ~/.local/share/man/man1/jainam-prop.1")
def manual(_context: CliContext) -> Answer:
    """Print the manual page, for man(1)."""
    page = "\n".join(_page(click.get_current_context().find_root()))
    return success({"page": page}, Text(page))


def _page(root: click.Context) -> Iterator[str]:
    yield '.TH JAINAM-PROP 1 "" "jainam-prop" "User Commands"'
    yield from (".SH NAME", "jainam\\-prop \\- trade on Jainam's dealer desks", ".SH SYNOPSIS")
    yield f"\\fB{_escaped(_PROGRAM)}\\fR {_escaped(' '.join(root.command.collect_usage_pieces(root)))}"
    yield from (".SH DESCRIPTION", *_described(root.command, root), ".SH COMMANDS")
    yield from _below(root)
    yield ".SH EXIT STATUS"
    for status, meaning in _STATUSES:
        yield from (".TP", status, meaning)
    for ending in _ENDINGS:
        yield from ending


def _below(ctx: click.Context) -> Iterator[str]:
    """Write every command below a group, whole names first."""
    if not isinstance(ctx.command, click.Group):
        return
    for name in ctx.command.list_commands(ctx):
        found = ctx.command.get_command(ctx, name)
        if found is None:
            continue
        inner = click.Context(found, info_name=name, parent=ctx)
        if not isinstance(found, click.Group):
            path = inner.command_path.split(" ", 1)[1]
            yield f'.SS "{_escaped(" ".join((path, *found.collect_usage_pieces(inner))))}"'
            yield from _described(found, inner)
        yield from _below(inner)


def _described(described: click.Command, ctx: click.Context) -> Iterator[str]:
    for paragraph in (described.help or "").split("\n\n"):
        yield from (".PP", _escaped(" ".join(paragraph.split())))
    for parameter in described.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is not None:
            yield from (".TP", f"\\fB{_escaped(record[0])}\\fR", _escaped(record[1]))


def _escaped(text: str) -> str:
    """Write a text so that roff shows it as it is."""
    shown = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return f"\\&{shown}" if shown.startswith((".", "'")) else shown
