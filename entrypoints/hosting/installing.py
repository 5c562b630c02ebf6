"""Installing and uninstalling: first a plan that changes nothing, then the record, then one file after the other.

Whatever interrupts it, the record says what may have been done, so the same command can be given again, and so can the
other one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jainam_prop.entrypoints.hosting.edits import BROKER, Edit, UnknownTextError, fingerprint, host_edits
from jainam_prop.entrypoints.hosting.host import (
    RECORD,
    Host,
    NotAHostError,
    Record,
    clear_out,
    content_of,
    draft_of,
    plugin_files,
    write_whole,
)
from jainam_prop.entrypoints.hosting.host_env import ENV, NO_CHANGES, NO_SETTINGS, EnvFile, with_broker, without_broker

_COMPRESSED = (".br", ".gz")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a command will do.

    Attributes:
        record: what is written down before.
        writes: contents of plug-in files that are not there, or are another version, by their path below its folder.
        edits: changes of the host's own files that were not made yet.
        env: the host's settings as they will be; None where they stay.
        removes: files that hold a compressed form of one that is changed.
        changed_by_hand: plug-in files that somebody has changed since, which would be lost.
    """

    record: Record
    writes: dict[str, bytes] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    removes: tuple[str, ...] = ()
    changed_by_hand: tuple[str, ...] = ()
    env: EnvFile | None = None
    env_before: EnvFile = NO_SETTINGS

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return not (self.writes or self.edits or self.removes or self.env)


def plan_install(host: Host, version: str, *, patch: bool) -> Plan:
    """Find out what an installation would change.

    Raises:
        NotAHostError: there are no settings, or a folder of this name that is not ours.
        UnknownTextError: a file is not one that this program can change; nothing is.
    """
    before = host.record()
    if not host.env.is_file():
        message = f"{ENV} is missing. Copy .sample.env to {ENV}, fill in the broker's keys, then install again."
        raise NotAHostError(message)
    files = plugin_files()
    kept = tuple(edit for edit in before.edits if (host.folder / edit.path).is_file()) if before is not None else ()
    env_before = read_env(host)
    env_changes = before.env if before is not None else NO_CHANGES
    # An image has an empty file, over which the real one is laid when it runs.
    env, env_changes = with_broker(env_before, env_changes) if env_before.text.strip() else (env_before, env_changes)
    wanted = host_edits(host.built_button()) if patch or (before is not None and before.edits) else []
    edits = (*kept, *(edit for edit in wanted if edit not in kept and not host.has(edit)))
    pending = tuple(edit for edit in edits if not host.has(edit))
    _rehearse(host, pending)
    removed = _still_wanted(host, before.removed) if before is not None else {}
    stale = tuple(_compressed(host, edits))
    removed |= {path: (host.folder / path).read_bytes() for path in stale}
    known = dict(before.files) if before is not None else {}
    writes = {path: content for path, content in files.items() if content_of(host.plugin / path) != content}
    by_hand = tuple(path for path in writes if _is_changed(host.plugin / path, known.get(path)))
    record = Record(
        version, {path: fingerprint(content) for path, content in files.items()}, edits, removed, env_changes
    )
    return Plan(record, writes, pending, stale, by_hand, env if env != env_before else None, env_before)


def carry_out_install(host: Host, plan: Plan) -> None:
    """Make the changes of a plan."""
    write_whole(host.plugin / RECORD, plan.record.to_json(), private=True)
    for name, content in plan.writes.items():
        write_whole(host.plugin / name, content)
    _write_env(host, plan.env)
    for edit in plan.edits:
        path = host.folder / edit.path
        write_whole(path, edit.make(path.read_bytes()))
    for name in plan.removes:
        (host.folder / name).unlink()
    for draft in _drafts(host, plan.record):
        draft.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Removal:
    """What an uninstallation will do.

    Attributes:
        edits: changes that are taken back.
        env: the host's settings as they will be; None where they stay.
        stuck: changes that cannot be taken back, because somebody has changed the same text since, with the reason.
        restores: contents of files that come back.
        deletes: plug-in files.
        changed_by_hand: those of them that somebody has changed since, which would be lost.
        foreign: files in the plug-in's folder that are not ours, and stay.
        drafts: what an installation that was killed may have left.
    """

    edits: tuple[Edit, ...] = ()
    stuck: tuple[str, ...] = ()
    restores: dict[str, bytes] = field(default_factory=dict)
    deletes: tuple[str, ...] = ()
    changed_by_hand: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    drafts: tuple[Path, ...] = ()
    env: EnvFile | None = None
    env_before: EnvFile = NO_SETTINGS


def plan_uninstall(host: Host) -> Removal | None:
    """Find out what an uninstallation would change; None when there is nothing to uninstall."""
    record = host.record()
    if record is None:  # a folder without one is what an installation leaves that is killed at its first step
        return Removal(drafts=(draft_of(host.plugin / RECORD),)) if host.plugin.is_dir() else None
    env_before = read_env(host) if host.env.is_file() else NO_SETTINGS
    after = without_broker(env_before, record.env)
    env = after if after != env_before else None
    made = [edit for edit in record.edits if host.has(edit)]
    stuck = [
        f"{edit.path} was changed since: {edit.why}"
        for edit in record.edits
        if edit not in made and _is_left(host, edit, made)
    ]
    there = {path for path in record.files if (host.plugin / path).is_file()}
    present = (path.relative_to(host.plugin).as_posix() for path in host.plugin.rglob("*") if path.is_file())
    drafts = tuple(_drafts(host, record))
    ours = (
        there
        | {RECORD}
        | {path.relative_to(host.plugin).as_posix() for path in drafts if path.is_relative_to(host.plugin)}
    )
    foreign = sorted(path for path in present if path not in ours and not path.endswith(".pyc"))
    by_hand = tuple(path for path in sorted(there) if _is_changed(host.plugin / path, record.files[path]))
    wanted = _still_wanted(host, record.removed)
    restores = {path: content for path, content in wanted.items() if not (host.folder / path).exists()}
    return Removal(
        tuple(made), tuple(stuck), restores, tuple(sorted(there)), by_hand, tuple(foreign), drafts, env, env_before
    )


def carry_out_uninstall(host: Host, removal: Removal) -> None:
    """Take the changes back; the record goes last, and stays while something is stuck."""
    _write_env(host, removal.env)
    for edit in reversed(removal.edits):
        path = host.folder / edit.path
        write_whole(path, edit.take_back(path.read_bytes()))
    for name, content in removal.restores.items():
        write_whole(host.folder / name, content)
    for name in removal.deletes:
        (host.plugin / name).unlink()
    for path in removal.drafts:
        path.unlink(missing_ok=True)
    if not removal.stuck:
        (host.plugin / RECORD).unlink(missing_ok=True)
    clear_out(host.plugin)


def _write_env(host: Host, env: EnvFile | None) -> None:
    if env is not None:
        write_whole(host.env, env.text.encode())


def _drafts(host: Host, record: Record) -> Iterator[Path]:
    """Yield where a command that was killed may have left the beginning of a file."""
    yield from (draft_of(host.plugin / path) for path in (*record.files, RECORD))
    changed = {edit.path for edit in record.edits} | record.removed.keys() | {ENV}
    yield from (draft_of(host.folder / path) for path in sorted(changed))


def read_env(host: Host) -> EnvFile:
    """Read the host's settings.

    Raises:
        NotAHostError: they are not written in UTF-8.
    """
    try:
        return EnvFile(host.env.read_bytes().decode("utf-8"))
    except UnicodeDecodeError as error:
        message = f"{ENV} is not written in UTF-8, so it is left alone. Save it as UTF-8, then install again."
        raise NotAHostError(message) from error


def _rehearse(host: Host, edits: tuple[Edit, ...]) -> None:
    """Make all changes in memory, so that one that cannot be made is known before any is."""
    contents: dict[str, bytes] = {}
    for edit in edits:
        path = host.folder / edit.path
        if not path.is_file():
            message = f"{edit.path} is missing, so this is no host that can be changed: {edit.why}"
            raise UnknownTextError(message)
        contents[edit.path] = edit.make(contents.get(edit.path, path.read_bytes()))


def _compressed(host: Host, edits: tuple[Edit, ...]) -> Iterator[str]:
    """Yield the compressed twins of what is changed: the host serves them instead, and they would not show it."""
    for path in sorted({edit.path for edit in edits}):
        for ending in _COMPRESSED:
            if (host.folder / f"{path}{ending}").is_file():
                yield f"{path}{ending}"


def _still_wanted(host: Host, removed: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the compressed twins of files that are still there: a host builds its pages under new names."""
    return {path: content for path, content in removed.items() if (host.folder / path).with_suffix("").is_file()}


def _is_left(host: Host, edit: Edit, made: Sequence[Edit]) -> bool:
    """Whether something of a change stays in its file when all that can be taken back is."""
    content = content_of(host.folder / edit.path)
    for taken in reversed(made):
        content = taken.take_back(content) if taken.path == edit.path else content
    return BROKER.encode() in content


def _is_changed(path: Path, known: str | None) -> bool:
    return path.is_file() and fingerprint(path.read_bytes()) != known
