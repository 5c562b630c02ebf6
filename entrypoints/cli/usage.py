"""How help looks, what an unknown command is answered, and how fish is given what it completes."""

from difflib import get_close_matches
from typing import Final

import click
from click.shell_completion import CompletionItem, FishComplete, add_completion_class

HELP_SETTINGS: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
"""How help looks for every command."""

PLACES: Final = "jainam_prop.places"
"""Where the root command leaves its options about settings for the command below it."""


def examples(*lines: str) -> str:
    """Write examples for the end of a command's help, where click leaves them as they are."""
    return "\b\n" + "\n".join(("Examples:", *(f"  jainam-prop {line}" for line in lines)))


class SuggestingGroup(click.Group):
    """A group of commands that suggests the nearest names for an unknown one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; see click."""
        if self.get_command(ctx, args[0]) is None and (near := get_close_matches(args[0], self.list_commands(ctx))):
            message = f"No such command {args[0]!r}. Did you mean {', '.join(near)}?"
            raise click.UsageError(message, ctx)
        return super().resolve_command(ctx, args)


class LineByLine(FishComplete):
    """Completion for fish, one line for a value and its help; click 8.4 writes three, which fish takes for values."""

    source_template = (
        'complete --no-files --command %(prog_name)s --arguments "(env %(complete_var)s=fish_complete'
        ' COMP_WORDS=(commandline -cp) COMP_CWORD=(commandline -t) %(prog_name)s)"\n'
    )

    def format_completion(self, item: CompletionItem) -> str:
        """Write one value."""
        return f"{item.value}\t{item.help}" if item.help else str(item.value)


add_completion_class(LineByLine)
