"""``openalgo``: puts the plug-in into an OpenAlgo, checks it there, and takes it out again."""

from __future__ import annotations

from difflib import ndiff
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Group, RenderableType
from rich.text import Text

from jainam_prop.entrypoints.cli.answer import Answer, refusal, success
from jainam_prop.entrypoints.cli.command import command, group, refused_by_person
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.views.findings import findings_answer
from jainam_prop.entrypoints.cli.views.tables import counted
from jainam_prop.entrypoints.hosting import installing
from jainam_prop.entrypoints.hosting.edits import UnknownTextError
from jainam_prop.entrypoints.hosting.host import Host, NotAHostError, UnreadableRecordError, open_host
from jainam_prop.entrypoints.hosting.host_env import ENV, line_changes

if TYPE_CHECKING:
    from jainam_prop.entrypoints.hosting.edits import Edit
    from jainam_prop.entrypoints.hosting.host_env import EnvFile
    from jainam_prop.entrypoints.hosting.leftovers import Leftovers

_FOLDER = click.argument("path", type=click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True))
_YES = click.option("--yes", "-y", is_flag=True, help="Act without asking.")
_DRY = click.option("--dry-run", is_flag=True, help="Show what would be changed, and change nothing.")
_UNUSABLE = (NotAHostError, UnknownTextError, UnreadableRecordError)
_STYLES: Final = {"-": "red", "+": "green"}
_NEXT = "Start the host again; then log in to it and open /jainam_prop/callback there, or press Connect."


@group
def openalgo() -> None:
    """Install the plug-in into an OpenAlgo checkout, check it, or take it out again."""


@command("openalgo install ~/openalgo", "openalgo install . --patch-host", of=openalgo)
@_FOLDER
@click.option("--patch-host", is_flag=True, help="Also change the host's own files: connect button, order updates.")
@_YES
@_DRY
def install(context: CliContext, path: Path, *, patch_host: bool, yes: bool, dry_run: bool) -> Answer:
    """Put the plug-in into the OpenAlgo in PATH. It is broker/jainam_prop, and a name in .env.

    Every change is shown first and can be taken back; a file that is not as expected is left alone, and then nothing is
    changed at all. Without --patch-host no file of the host's own is touched but .env.
    """
    try:
        host = open_host(path)
        plan = installing.plan_install(host, metadata.version("jainam-prop"), patch=patch_host)
    except _UNUSABLE as error:
        return refusal(str(error), "not-installed")
    document, view = _plan_document(plan), _plan_view(plan)
    if plan.is_done:
        installing.carry_out_install(host, plan)
        return success(document, message=f"Already installed in {host.folder}; nothing to do.")
    if dry_run:
        return success(document, view, "Dry run: nothing was changed.")
    if declined := _declined(context, view, "Make these changes?", yes=yes):
        return declined
    installing.carry_out_install(host, plan)
    left = "" if plan.env_before.text.strip() else f" {ENV} is empty: name the broker in the one that is mounted."
    return success(document, None if not yes else view, f"Installed in {host.folder}.{left} {_NEXT}")


@command("openalgo check ~/openalgo", of=openalgo)
@_FOLDER
def check(_context: CliContext, path: Path) -> Answer:
    """Check the plug-in in the OpenAlgo in PATH. That is version, settings, database, imports, functions.

    Run it with the Python that the host runs with. Nothing is changed; it ends with 1 when something would not work.
    """
    from jainam_prop.entrypoints.hosting.checking import findings  # noqa: PLC0415 (help must not wait for it)

    try:
        found = list(findings(open_host(path)))
    except _UNUSABLE as error:
        return refusal(str(error), "not-installed")
    return findings_answer("Plug-in", found, "Ready.")


@command("openalgo upgrade ~/openalgo", of=openalgo)
@_FOLDER
@_YES
@_DRY
def upgrade(context: CliContext, path: Path, *, yes: bool, dry_run: bool) -> Answer:
    """Bring the OpenAlgo in PATH up to date. Changes of its files are put in again after "git pull".

    Refused when something else is changed there. The plug-in becomes that of this version. Stop the host before.
    """
    from jainam_prop.entrypoints.hosting import upgrading  # noqa: PLC0415 (help must not wait for it)

    try:
        host = open_host(path)
        upgrading.refuse_foreign_changes(host)
        if dry_run:
            return success({}, message="Dry run: nothing was changed. Nothing stands in the way of a pull.")
        if declined := _declined(context, Text(f"git pull in {path}"), "Bring it up to date?", yes=yes):
            return declined
        done = upgrading.upgrade(host, metadata.version("jainam-prop"))
    except (*_UNUSABLE, upgrading.CannotUpgradeError) as error:
        return refusal(str(error), "not-upgraded")
    document = {"before": done.before, "after": done.after, "unpatched": done.unpatched}
    if done.unpatched:
        message = f"Pulled and installed, but without the changes of --patch-host: {done.unpatched}"
        return refusal(message, "unpatched", data=document)
    return success(document, message=f"From {done.before} to {done.after}. Start the host again.")


@command("openalgo uninstall ~/openalgo", of=openalgo)
@_FOLDER
@click.option("--purge", is_flag=True, help="Also remove our files and tables from its data, the journal included.")
@_YES
@_DRY
def uninstall(context: CliContext, path: Path, *, purge: bool, yes: bool, dry_run: bool) -> Answer:
    """Take the plug-in out of the OpenAlgo in PATH. Every change is taken back.

    What was changed since stays and is named; it ends with 1 then. Data stays too and is named, but for --purge.
    """
    from jainam_prop.entrypoints.hosting.leftovers import leftovers  # noqa: PLC0415 (help must not wait for it)
    from jainam_prop.entrypoints.hosting.leftovers import purge as remove_for_good  # noqa: PLC0415

    try:
        host = open_host(path)
        removal = installing.plan_uninstall(host)
        left = leftovers(host)
    except _UNUSABLE as error:
        return refusal(str(error), "not-uninstalled")
    gone = left.names if purge else []
    if removal is None and not gone:
        return success({}, message=f"Not installed in {host.folder}; nothing to do.{_left_message(left)}")
    removal = removal or installing.Removal()
    document = _removal_document(removal) | {"purged": gone, "data_left": [] if purge else left.names}
    view = Group(_removal_view(removal), *(Text(f"{name} is removed for good.", style="yellow") for name in gone))
    if dry_run:
        return success(document, view, "Dry run: nothing was changed.")
    if declined := _declined(context, view, "Take all of this back?", yes=yes):
        return declined
    installing.carry_out_uninstall(host, removal)
    if gone:
        remove_for_good(host, left)
    return _uninstalled(host, removal, document, view if yes else None, "" if purge else _left_message(left))


def _left_message(left: Leftovers) -> str:
    if left.problem:
        return f" Whether data of ours is left is not known: {left.problem}."
    return f" Data left: {', '.join(left.names)}; --purge removes it." if left.names else ""


def _uninstalled(
    host: Host, removal: installing.Removal, document: dict[str, object], view: RenderableType | None, data_left: str
) -> Answer:
    if removal.stuck:
        message = f"Not all could be taken back: {'; '.join(removal.stuck)}. Mend it by hand, then uninstall again."
        return refusal(message, "partly-uninstalled", data=document, view=view)
    left = f" {counted(len(removal.foreign), 'file')} of yours stayed in the folder." if removal.foreign else ""
    return success(document, view, f"Uninstalled from {host.folder}.{left} Start the host again.{data_left}")


def _declined(context: CliContext, view: RenderableType, question: str, *, yes: bool) -> Answer | None:
    terminal = context.terminal
    if terminal.can_ask and not yes:
        terminal.show(view)
    return refused_by_person(terminal, question, yes=yes, verb="changed")


def _edit_documents(edits: tuple[Edit, ...], *, env: EnvFile | None) -> list[dict[str, str]]:
    settings = [] if env is None else [{"path": ENV, "why": "the broker that the host accepts and logs in to"}]
    return [*settings, *({"path": edit.path, "why": edit.why} for edit in edits)]


def _plan_document(plan: installing.Plan) -> dict[str, object]:
    return {
        "files": sorted(plan.writes),
        "edits": _edit_documents(plan.edits, env=plan.env),
        "removed": list(plan.removes),
        "changed_by_hand": list(plan.changed_by_hand),
    }


def _removal_document(removal: installing.Removal) -> dict[str, object]:
    return {
        "files": list(removal.deletes),
        "edits": _edit_documents(removal.edits, env=removal.env),
        "restored": sorted(removal.restores),
        "changed_by_hand": list(removal.changed_by_hand),
        "left": list(removal.foreign),
        "stuck": list(removal.stuck),
    }


def _plan_view(plan: installing.Plan) -> RenderableType:
    parts: list[RenderableType] = [Text(f"{counted(len(plan.writes), 'file')} go to broker/jainam_prop.")]
    if plan.env is not None:
        parts.append(_env_view(plan.env_before, plan.env))
    if plan.edits:
        parts.append(_edits_view(plan.edits))
    parts += [Text(f"{path} is put aside: it is a compressed form of what changes.") for path in plan.removes]
    parts += [Text(f"{path} was changed by hand; that is lost.", style="yellow") for path in plan.changed_by_hand]
    return Group(*parts)


def _removal_view(removal: installing.Removal) -> RenderableType:
    parts: list[RenderableType] = [Text(f"{counted(len(removal.deletes), 'file')} leave broker/jainam_prop.")]
    if removal.env is not None:
        parts.append(_env_view(removal.env_before, removal.env))
    if removal.edits:
        parts.append(_edits_view(removal.edits, back=True))
    parts += [Text(f"{path} was changed by hand; that is lost.", style="yellow") for path in removal.changed_by_hand]
    parts += [Text(f"{path} is not ours and stays.", style="yellow") for path in removal.foreign]
    return Group(*parts)


def _env_view(before: EnvFile, after: EnvFile) -> RenderableType:
    shown = Text.assemble((f"\n{ENV}", "bold"), ": the broker that the host accepts and logs in to\n")
    for line in line_changes(before, after):
        shown.append(f"  {line}\n", style=_STYLES[line[0]])
    return shown


def _edits_view(edits: tuple[Edit, ...], *, back: bool = False) -> RenderableType:
    """Show each change as lines that go and lines that come."""
    shown = Text()
    for edit in edits:
        before, after = (edit.new, edit.old) if back else (edit.old, edit.new)
        shown.append(f"\n{edit.path}", style="bold").append(f": {edit.why}\n")
        for line in ndiff(before.splitlines(), after.splitlines()):
            if line[0] in _STYLES:
                shown.append(f"  {line}\n", style=_STYLES[line[0]])
    return shown
