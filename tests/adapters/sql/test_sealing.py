"""Keys and seals of the token store."""

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.adapters.sql.token_store import Seal, key_from_file, key_from_secret

SEAL = Seal(bytes(range(32)))


@given(st.text(), st.text())
def test_what_was_sealed_opens_under_its_name(name: str, text: str) -> None:
    name, text = name.encode(errors="ignore").decode(), text.encode(errors="ignore").decode()

    assert SEAL.unseal(name, SEAL.seal(name, text)) == text


def test_the_same_text_is_never_sealed_alike() -> None:
    assert SEAL.seal("B-1", "text") != SEAL.seal("B-1", "text")


def test_a_changed_byte_is_noticed() -> None:
    sealed = bytearray(SEAL.seal("B-1", "text"))
    sealed[-1] ^= 1

    assert SEAL.unseal("B-1", bytes(sealed)) is None


def test_a_secret_gives_the_same_key_everywhere_and_another_secret_another() -> None:
    assert key_from_secret("pretend pepper") == key_from_secret("pretend pepper") != key_from_secret("pretend papper")


def test_the_key_file_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "token.key"

    assert key_from_file(path) == key_from_file(path)
    assert [file.name for file in path.parent.iterdir()] == ["token.key"]


def test_processes_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    starting = threading.Barrier(8)
    keys: list[bytes] = []

    def work() -> None:
        starting.wait(10)
        keys.append(key_from_file(tmp_path / "token.key"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert (len(keys), len(set(keys))) == (8, 1)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_the_key_file_and_its_folder_are_their_owners_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "data" / "token.key"
    key = key_from_file(path)
    made = [each.stat().st_mode & 0o777 for each in (path, path.parent)]
    path.chmod(0o644)
    path.parent.chmod(0o755)

    assert key_from_file(path) == key
    assert made == [each.stat().st_mode & 0o777 for each in (path, path.parent)] == [0o600, 0o700]
    assert [record.message for record in caplog.records] == [
        "The key file of the token store was open to others; it is closed now",
        "The data folder was open to others; it is closed now",
    ]
