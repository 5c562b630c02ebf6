"""What is changed in a host's own files, only when asked for.

OpenAlgo finds a broker by its folder, so none of its files need a change for login, orders, books and market data.
These bring the connect button, the login branch for four values and the registration for order updates.
"""

from typing import Final

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.entrypoints.hosting.edits import Edit

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
