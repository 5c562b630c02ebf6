"""What is changed in a host: two settings always, four files of its own only when asked for.

OpenAlgo finds a broker by its folder, so none of its files need a change for login, orders, books and market data. The
optional ones bring the connect button, the login branch for four values and the registration for order updates.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.entrypoints.hosting.edits import Edit, UnknownTextError

BROKER: Final = JAINAM.name
ENV: Final = ".env"
LOGIN: Final = "blueprints/brlogin.py"
UPDATES: Final = "services/order_update_service.py"
BUTTON: Final = "frontend/src/pages/BrokerSelect.tsx"
BUILT_BUTTON: Final = "frontend/dist/assets/BrokerSelect-*.js"

_SETTING: Final = r"(?m)^(?P<head>{name}[ \t]*=[ \t]*)(?P<quote>['\"]?)(?P<value>[^'\"#\r\n]*)(?P=quote)(?P<tail>.*)$"
_CALLBACK: Final = re.compile(r"[^/]+/callback$")


def env_edits(text: str) -> list[Edit]:
    """Return the changes of the host's settings: the broker becomes a valid one, and the one that logs in.

    Raises:
        UnknownTextError: a setting that every host has is not there.
    """
    found = [
        _setting_edit(text, "VALID_BROKERS", _with_broker, "the host starts only with brokers that are listed here"),
        _setting_edit(text, "REDIRECT_URL", _with_callback, "the host logs in to the broker that is named here"),
    ]
    return [edit for edit in found if edit.old != edit.new]


def host_edits(built_button: str | None) -> list[Edit]:
    """Return the changes of the host's own files.

    Args:
        built_button: the path of the built page of brokers, below the host's folder; None where there is none.
    """
    edits = [
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
    ]
    if built_button is not None:
        entry, case = "{id:`jainamxts`,name:`JainamXts`,authType:`totp`}", "case`jainamxts`:"
        ours = f"{{id:`{BROKER}`,name:`{JAINAM.title}`,authType:`totp`}}"
        edits += [
            Edit(built_button, entry, f"{ours},{entry}", "the page of brokers lists it (as built)"),
            Edit(built_button, case, f"case`{BROKER}`:{case}", "the connect button goes to its login (as built)"),
        ]
    return edits


def settings_in(text: str, names: tuple[str, ...]) -> Mapping[str, str]:
    """Return the values of some settings of an ``.env``, as far as they are there."""
    found = {name: re.search(_SETTING.format(name=name), text) for name in names}
    return {name: match["value"].strip() for name, match in found.items() if match is not None}


def _setting_edit(text: str, name: str, change: Callable[[str], str], why: str) -> Edit:
    matches = list(re.finditer(_SETTING.format(name=name), text))
    if len(matches) != 1:
        message = f"{ENV} is not as it was expected: {name} stands there {len(matches)} times"
        raise UnknownTextError(message)
    (match,) = matches
    line = match[0].rstrip("\r")
    new = f"{match['head']}{match['quote']}{change(match['value'])}{match['quote']}{match['tail']}".rstrip("\r")
    return Edit(ENV, line, new, why)


def _with_broker(value: str) -> str:
    listed = [name.strip() for name in value.split(",") if name.strip()]
    return value if BROKER in listed else ",".join([*listed, BROKER])


def _with_callback(value: str) -> str:
    if not _CALLBACK.search(value):
        message = f"{ENV} is not as it was expected: REDIRECT_URL does not end with a broker and /callback"
        raise UnknownTextError(message)
    return _CALLBACK.sub(f"{BROKER}/callback", value)
