"""Encryption of what is stored: AES-256-GCM, the row's name bound in, under a key that never enters the database."""

import hashlib
import logging
import os
import secrets
import stat
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_LOG: Final = logging.getLogger(__name__)
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_SALT: Final = b"jainam-prop token store"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class Seal:
    """Seals texts under one key; a text sealed for one name cannot be opened under another."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, name: str, text: str) -> bytes:
        """Encrypt a text for a row."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), name.encode())

    def unseal(self, name: str, sealed: bytes) -> str | None:
        """Decrypt a row's text; None when it was sealed with another key, for another row, or was changed since."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode()).decode()
        except (InvalidTag, ValueError):
            return None


@lru_cache(maxsize=4)  # a process may open more than one desk; the text stays in its settings anyhow
def key_from_secret(secret: str) -> bytes:
    """Derive the key from a text that a person or the host has set; takes some 50 ms the first time, on purpose."""
    return hashlib.scrypt(secret.encode(), salt=_SALT, n=2**14, r=8, p=1, dklen=_KEY_BYTES)


def key_from_file(path: Path) -> bytes:
    """Return the key in a file of ours, which is made on first use, readable by its owner only.

    Processes that start at the same moment agree on one key.
    """
    if not path.exists():
        _make_key_file(path)
    if os.name == "posix":
        _close_to_others(path, 0o600, "key file of the token store")
        _close_to_others(path.parent, 0o700, "data folder")
    return hashlib.sha256(path.read_bytes()).digest()


def _close_to_others(path: Path, mode: int, name: str) -> None:
    if path.stat().st_mode & _OTHERS:
        _LOG.warning("The %s was open to others; it is closed now", name)
        path.chmod(mode)


def _make_key_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        try:
            os.link(draft, path)  # appears whole, or not at all when another process was first
        except FileExistsError:
            return
    finally:
        draft.unlink()
