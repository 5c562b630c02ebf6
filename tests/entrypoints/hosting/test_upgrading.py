"""A host that is a git checkout is pulled with the plug-in in it, and given back as it was when that fails."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from jainam_prop.entrypoints.finding import Verdict
from jainam_prop.entrypoints.hosting.checking import findings
from jainam_prop.entrypoints.hosting.edits import BUTTON, LOGIN, UPDATES
from jainam_prop.entrypoints.hosting.host import NotAHostError, open_host
from jainam_prop.entrypoints.hosting.upgrading import CannotUpgradeError, upgrade
from tests.entrypoints.hosting.test_installing import install, uninstall
from tests.entrypoints.hosting.trees import BUILT, FILES, make_host, snapshot

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not on this machine")

NEW_BUILT = "frontend/dist/assets/BrokerSelect-z9Y8x7.js"


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=made up", "-c", "user.email=made@up.example")
    done = subprocess.run(["git", "-C", str(folder), *who, *words], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    folder = make_host(tmp_path / "upstream", env=None)
    (folder / ".gitignore").write_text("__pycache__/\n.env\nbroker/jainam_prop/\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder


@pytest.fixture
def checkout(upstream: Path, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "-q", str(upstream), "checkout")
    folder = tmp_path / "checkout"
    (folder / ".env").write_text(FILES[".env"])
    return folder


def rebuild(upstream: Path) -> None:
    """What the host commits several times a day: the built page under another name, without a change of its text."""
    for ending in ("", ".gz", ".br"):
        (upstream / f"{BUILT}{ending}").rename(upstream / f"{NEW_BUILT}{ending}")
    (upstream / "app.py").write_text("print('newer')\n")
    git(upstream, "add", "-A")
    git(upstream, "commit", "-qm", "rebuild")


@pytest.mark.parametrize("patch", [True, False], ids=["patched", "not patched"])
def test_a_host_is_pulled_with_the_plug_in_in_it(upstream: Path, checkout: Path, patch: bool) -> None:  # noqa: FBT001
    install(checkout, patch=patch)
    rebuild(upstream)

    done = upgrade(open_host(checkout), "1.0")

    assert (done.before != done.after, done.unpatched) == (True, "")
    assert (checkout / "app.py").read_text() == "print('newer')\n"
    assert ("jainam_prop" in (checkout / NEW_BUILT).read_text()) is patch
    assert not (checkout / BUILT).exists()
    assert ("jainam_prop" in (checkout / LOGIN).read_text()) is patch
    uninstall(checkout)
    assert git(checkout, "status", "--porcelain") == ""


def test_a_plain_git_pull_works_without_patches(upstream: Path, checkout: Path) -> None:
    install(checkout, patch=False)
    rebuild(upstream)

    git(checkout, "pull", "-q", "--ff-only")

    assert install(checkout, patch=False).is_done
    assert git(checkout, "status", "--porcelain") == ""


def change_another_file(folder: Path) -> None:
    (folder / "app.py").write_text("mine\n")


def change_the_same_file(folder: Path) -> None:
    (folder / LOGIN).write_text((folder / LOGIN).read_text() + "# mine\n")


@pytest.mark.parametrize(
    ("change", "named"), [(change_another_file, r"app\.py"), (change_the_same_file, r"blueprints/brlogin\.py was")]
)
def test_changes_of_somebody_else_are_named_and_nothing_is_done(
    upstream: Path, checkout: Path, change: Callable[[Path], None], named: str
) -> None:
    install(checkout)
    rebuild(upstream)
    change(checkout)
    before = snapshot(checkout / "blueprints"), git(checkout, "rev-parse", "HEAD")

    with pytest.raises(CannotUpgradeError, match=named):
        upgrade(open_host(checkout), "1.0")

    assert (snapshot(checkout / "blueprints"), git(checkout, "rev-parse", "HEAD")) == before


def test_a_pull_that_fails_leaves_the_plug_in_as_it_was(upstream: Path, checkout: Path) -> None:
    install(checkout)
    before = {name: seen for name, seen in snapshot(checkout).items() if not name.startswith(".git")}
    upstream.rename(upstream.with_name("gone"))

    with pytest.raises(CannotUpgradeError, match="git pull failed"):
        upgrade(open_host(checkout), "1.0")

    assert {name: seen for name, seen in snapshot(checkout).items() if not name.startswith(".git")} == before


def test_a_host_whose_files_became_others_keeps_the_plug_in_and_says_so(upstream: Path, checkout: Path) -> None:
    install(checkout)
    (upstream / LOGIN).write_text("def login(): ...\n")
    git(upstream, "commit", "-qam", "another login")

    done = upgrade(open_host(checkout), "1.0")

    assert LOGIN in done.unpatched
    assert "jainam_prop" not in (checkout / BUILT).read_text()
    assert (checkout / "broker" / "jainam_prop" / "api" / "order_api.py").is_file()


def test_a_host_that_is_no_checkout_or_has_no_plug_in_is_told_apart(tmp_path: Path) -> None:
    folder = make_host(tmp_path / "plain")
    with pytest.raises(NotAHostError, match="not installed"):
        upgrade(open_host(folder), "1.0")
    install(folder)

    with pytest.raises(CannotUpgradeError, match="git status failed"):
        upgrade(open_host(folder), "1.0")


def stash(checkout: Path) -> None:
    """Lay local changes aside before a pull, as the host's own update script does."""
    git(checkout, "stash", "push", "-q")
    git(checkout, "pull", "-q", "--ff-only")


def lay_over(checkout: Path) -> None:
    """Replace the files of a host by those of a newer version, as an image or a copy does."""
    git(checkout, "checkout", "-q", "--", ".")
    git(checkout, "pull", "-q", "--ff-only")


@pytest.mark.parametrize("update", [stash, lay_over])
def test_a_host_that_was_brought_up_to_date_another_way_is_installed_into_again(
    upstream: Path, checkout: Path, update: Callable[[Path], None]
) -> None:
    install(checkout)
    rebuild(upstream)
    update(checkout)
    missing = {found.check: found.verdict for found in findings(open_host(checkout))}["host files"]

    install(checkout, patch=False)  # that it was patched is remembered

    assert missing is Verdict.PROBLEM
    assert all("jainam_prop" in (checkout / path).read_text() for path in (LOGIN, UPDATES, BUTTON, NEW_BUILT))
    assert uninstall(checkout).stuck == ()
    assert git(checkout, "status", "--porcelain") == ""


def test_a_host_that_was_brought_up_to_date_another_way_is_left_without_a_trace(upstream: Path, checkout: Path) -> None:
    install(checkout)
    rebuild(upstream)
    lay_over(checkout)

    assert uninstall(checkout).stuck == ()

    assert git(checkout, "status", "--porcelain") == ""
    assert not (checkout / "broker" / "jainam_prop").exists()
