"""Changes of text files that can be taken back: a piece that must occur exactly once, and what takes its place.

Pure: from bytes to bytes. A file keeps its line ends, its encoding and everything that is not the piece.

OpenAlgo finds a broker by its folder, so none of its files need a change for login, orders, books and market data.
These bring the connect button, the login branch for four values and the registration for order updates.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from jainam_prop.adapters.xts.profiles.jainam import JAINAM


class UnknownTextError(ValueError):
    """The piece does not occur exactly once in the file, so that nothing is changed."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One piece of a file.

    Attributes:
        path: below the host's folder, with forward slashes.
        old, new: with a line feed for the end of a line, whatever the file has.
        why: for the person who is asked.
    """

    path: str
    old: str
    new: str
    why: str

    def is_in(self, content: bytes) -> bool:
        """Whether the change was made."""
        return content.count(_as_in(content, self.new)) == 1 and not self._stands_apart(content)

    def make(self, content: bytes) -> bytes:
        """Return the file with the change.

        Raises:
            UnknownTextError: the old piece does not occur exactly once.
        """
        return _swap(content, self.old, self.new, self.path)

    def take_back(self, content: bytes) -> bytes:
        """Return the file without the change.

        Raises:
            UnknownTextError: the new piece does not occur exactly once.
        """
        return _swap(content, self.new, self.old, self.path)

    def _stands_apart(self, content: bytes) -> bool:
        """Whether the old piece occurs elsewhere than within the new one."""
        rest = content.replace(_as_in(content, self.new), b"")
        return _as_in(content, self.old) in rest


def fingerprint(content: bytes) -> str:
    """Return a digest of contents."""
    return hashlib.sha256(content).hexdigest()


def _swap(content: bytes, old: str, new: str, path: str) -> bytes:
    there = _as_in(content, old)
    count = content.count(there)
    if count != 1:
        message = f"{path} is not as it was expected: the text to change stands there {count} times"
        raise UnknownTextError(message)
    return content.replace(there, _as_in(content, new))


def _as_in(content: bytes, text: str) -> bytes:
    return text.replace("\n", "\r\n" if b"\r\n" in content else "\n").encode()


BROKER: Final = JAINAM.name
LOGIN: Final = "blueprints/brlogin.py"
UPDATES: Final = "services/order_update_service.py"
BUTTON: Final = "frontend/src/pages/BrokerSelect.tsx"
BUILT_BUTTON: Final = "frontend/dist/assets/BrokerSelect-*.js"


_SOURCES: Final = (
    Edit(
        LOGIN,
        '\n    else:\n        code = request.args.get("code") or request.args.get("request_token")\n',
        f'\n    elif broker == "{BROKER}":\n'
        f'        auth_token, feed_token, user_id, error_message = auth_function("{BROKER}")\n'
        '        forward_url = "broker.html"\n'
        '\n    else:\n        code = request.args.get("code") or request.args.get("request_token")\n',
        "the login hands over the market-data token and the broker's user as well",
    ),
    Edit(
        LOGIN,
        'authenticate_broker\n        if broker in ["angel", ',
        f'authenticate_broker\n        if broker in ["{BROKER}", "angel", ',
        "the broker's user is stored",
    ),
    Edit(
        UPDATES,
        "_BROKER_FACTORIES: dict[str, tuple[str, str]] = {\n",
        "_BROKER_FACTORIES: dict[str, tuple[str, str]] = {\n"
        f'    "{BROKER}": (\n'
        f'        "broker.{BROKER}.streaming.{BROKER}_order_adapter",\n'
        f'        "create_{BROKER}_order_adapter",\n'
        "    ),\n",
        "fills and rejections are pushed to the host's pages",
    ),
    Edit(
        BUTTON,
        "  { id: 'jainamxts', name: 'JainamXts', authType: 'totp' },\n",
        f"  {{ id: '{BROKER}', name: '{JAINAM.title}', authType: 'totp' }},\n"
        "  { id: 'jainamxts', name: 'JainamXts', authType: 'totp' },\n",
        "the page of brokers lists it (source)",
    ),
    Edit(
        BUTTON,
        "      case 'jainamxts':\n",
        f"      case '{BROKER}':\n      case 'jainamxts':\n",
        "the connect button goes to its login (source)",
    ),
)


def host_edits(built_button: str | None) -> list[Edit]:
    """Return the changes of the host's own files.

    Args:
        built_button: the path of the built page of brokers, below the host's folder; None where there is none.
    """
    edits = list(_SOURCES)
    if built_button is not None:
        entry, case = "{id:`jainamxts`,name:`JainamXts`,authType:`totp`}", "case`jainamxts`:"
        ours = f"{{id:`{BROKER}`,name:`{JAINAM.title}`,authType:`totp`}}"
        edits += [
            Edit(built_button, entry, f"{ours},{entry}", "the page of brokers lists it (as built)"),
            Edit(built_button, case, f"case`{BROKER}`:{case}", "the connect button goes to its login (as built)"),
        ]
    return edits
