"""Bringing a host up to date: its own files as git has them, ``git pull``, and the changes put in again.

git refuses to pull while files that it tracks are changed, and a host commits its built pages several times a day.
"""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from jainam_prop.entrypoints.hosting.edits import UnknownTextError
from jainam_prop.entrypoints.hosting.host import RECORD, Host, NotAHostError, Record, write_whole
from jainam_prop.entrypoints.hosting.installing import Plan, carry_out_install, plan_install

_GIT_SECONDS: Final = 600.0


class CannotUpgradeError(Exception):
    """The host is not a checkout, has changes of somebody else, or cannot be pulled; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade did.

    Attributes:
        before, after: the commits, shortened.
        unpatched: why the host's own files could not be changed again; "" where they were, or never had been.
    """

    before: str
    after: str
    unpatched: str = ""


def upgrade(host: Host, version: str) -> Upgraded:
    """Take the changes of tracked files out, pull, and put them in again, with the plug-in of this version.

    The plug-in's folder and ``.env`` are not tracked by the host and stay where they are. Where the pull fails, all is
    put back as it was.

    Raises:
        CannotUpgradeError: nothing was changed.
        NotAHostError: the plug-in is not installed.
        UnreadableRecordError: the record is not understood.
    """
    record = refuse_foreign_changes(host)
    ours = _files_of(record)
    before = _git(host, "rev-parse", "--short", "HEAD")
    tracked = [path for path in sorted(ours) if _is_tracked(host, path)]
    if tracked:
        _git(host, "checkout", "--", *tracked)
    write_whole(host.plugin / RECORD, replace(record, edits=(), removed={}).to_json(), private=True)
    try:
        _git(host, "pull", "--ff-only")
    finally:
        unpatched = _put_in(host, version, patch=bool(record.edits))
    return Upgraded(before, _git(host, "rev-parse", "--short", "HEAD"), unpatched)


def _put_in(host: Host, version: str, *, patch: bool) -> str:
    """Install again; where the host's own files have become others, without changes of them."""
    problem = ""
    try:
        plan: Plan = plan_install(host, version, patch=patch)
    except UnknownTextError as error:
        problem = str(error)
        plan = plan_install(host, version, patch=False)
    carry_out_install(host, plan)
    return problem


def refuse_foreign_changes(host: Host) -> Record:
    """Return the record of the installation, when all changes of tracked files are of this program.

    Raises:
        CannotUpgradeError: some are not, or this is no checkout.
        NotAHostError: the plug-in is not installed.
        UnreadableRecordError: the record is not understood.
    """
    record = host.record()
    if record is None:
        message = f"The plug-in is not installed in {host.folder}. Next: jainam-prop openalgo install {host.folder}"
        raise NotAHostError(message)
    ours = _files_of(record)
    changed = _git(host, "status", "--porcelain", "--untracked-files=no").splitlines()
    foreign = sorted({line[3:].strip('"') for line in changed} - ours)
    if foreign:
        message = f"Changed in {host.folder} and not by this program: {', '.join(foreign)}. Commit or undo that first."
        raise CannotUpgradeError(message)
    for path in sorted(ours):
        if _is_tracked(host, path) and not _is_only_ours(host, record, path):
            message = f"{path} was changed by somebody else as well. Undo that first: git checkout -- {path}"
            raise CannotUpgradeError(message)
    return record


def _files_of(record: Record) -> set[str]:
    return {edit.path for edit in record.edits} | record.removed.keys()


def _is_only_ours(host: Host, record: Record, path: str) -> bool:
    """Whether a tracked file is as git has it once our changes are taken back."""
    there = host.folder / path
    if not there.is_file():
        return True
    content = there.read_bytes()
    for edit in reversed(record.edits):
        if edit.path == path and edit.is_in(content):
            content = edit.take_back(content)
    committed = _run(host, "show", f"HEAD:{path}")
    return committed.returncode == 0 and committed.stdout.replace(b"\r\n", b"\n") == content.replace(b"\r\n", b"\n")


def _is_tracked(host: Host, path: str) -> bool:
    return _run(host, "ls-files", "--error-unmatch", "--", path).returncode == 0


def _git(host: Host, *words: str) -> str:
    done = _run(host, *words)
    if done.returncode == 0:
        return done.stdout.decode(errors="replace").rstrip("\n")
    told = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
    message = f"git {words[0]} failed in {host.folder}: {told[-1]}"
    raise CannotUpgradeError(message)


def _run(host: Host, *words: str) -> subprocess.CompletedProcess[bytes]:
    command: Sequence[str] = ("git", "-C", str(host.folder), *words)
    try:
        return subprocess.run(command, capture_output=True, timeout=_GIT_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"git could not be run ({type(error).__name__})"
        raise CannotUpgradeError(message) from None
