"""Names that other people's programs and habits depend on: they may be added to, and are not renamed."""

import inspect
from importlib import import_module
from typing import Final

import pytest

import jainam_prop
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.entrypoints.cli.answer import ExitStatus
from jainam_prop.entrypoints.cli.main import COMMANDS as CLI_COMMANDS
from jainam_prop.entrypoints.cli.main import FORMER_NAMES
from jainam_prop.entrypoints.settings import SETTINGS as FIELDS
from jainam_prop.entrypoints.settings_source import variable
from tests.entrypoints.cli.test_main import commands

FUNCTIONS: Final = {
    "auth_api": {"authenticate_broker": "request_token=None", "get_feed_token": ""},
    "order_api": {
        "place_order_api": "data, auth",
        "place_smartorder_api": "data, auth",
        "modify_order": "data, auth",
        "cancel_order": "orderid, auth",
        "cancel_all_orders_api": "data, auth",
        "close_all_positions": "current_api_key, auth",
        "get_open_position": "symbol, exchange, product, auth",
        "get_order_book": "auth",
        "get_trade_book": "auth",
        "get_positions": "auth",
        "get_holdings": "auth",
    },
    "order_data": {
        "map_order_data": "order_data",
        "calculate_order_statistics": "order_data",
        "transform_order_data": "orders",
        "map_trade_data": "trade_data",
        "transform_tradebook_data": "tradebook_data",
        "map_position_data": "position_data",
        "transform_positions_data": "positions_data",
        "map_portfolio_data": "portfolio_data",
        "calculate_portfolio_statistics": "holdings_data",
        "transform_holdings_data": "holdings_data",
    },
    "transform_data": {"get_token_from_symbol": "symbol, exchange", "validate_order_data": "data"},
    "data": {
        "BrokerData": "auth_token, feed_token=None, user_id=None",
        "BrokerData.get_quotes": "self, symbol, exchange",
        "BrokerData.get_multiquotes": "self, symbols",
        "BrokerData.get_depth": "self, symbol, exchange",
        "BrokerData.get_market_depth": "self, symbol, exchange",
        "BrokerData.get_history": "self, symbol, exchange, interval, start_date, end_date",
        "BrokerData.get_intervals": "self",
    },
    "funds": {"get_margin_data": "auth_token", "test_auth_token": "auth_token"},
    "margin_api": {"calculate_margin_api": "positions, auth"},
    "master_contract_db": {
        "master_contract_download": "*, force=False",
        "save_master_contract_to_db": "df, *, force=False",
        "search_symbols": "symbol, exchange",
    },
    "streaming_adapter": {
        "Jainam_propWebSocketAdapter": "",
        "Jainam_propWebSocketAdapter.initialize": "self, broker_name, user_id, auth_data=None",
        "Jainam_propWebSocketAdapter.connect": "self",
        "Jainam_propWebSocketAdapter.disconnect": "self",
        "Jainam_propWebSocketAdapter.subscribe": "self, symbol, exchange, mode=2, depth_level=5",
        "Jainam_propWebSocketAdapter.unsubscribe": "self, symbol, exchange, mode=2",
        "Jainam_propWebSocketAdapter.unsubscribe_all": "self",
        "JainamCapabilityRegistry": "",
        "JainamCapabilityRegistry.get_supported_depth_levels": "exchange",
        "JainamCapabilityRegistry.is_depth_level_supported": "exchange, depth_level",
        "JainamCapabilityRegistry.get_fallback_depth_level": "exchange, requested_depth",
    },
    "order_updates": {"create_jainam_prop_order_adapter": "user_id"},
}
"""The parameters of each function that OpenAlgo calls, by its module below `jainam_prop.entrypoints.openalgo`."""

COMMANDS: Final = {
    "demo": "--instruments --json --keep",
    "simulate": "--account --instruments --json --port --print-env --seed",
    "login": "--force --json",
    "logout": "--json",
    "status": "--check --json",
    "doctor": "--json",
    "validate-live": "symbols --dry-run --json --report --seconds --trial-order --yes -y",
    "instruments sync": "--force --json",
    "instruments search": "text --exchange --expiry --from --json --kind --limit --to -e -k",
    "instruments lookup": "exchange symbol --json",
    "orders": "--json --working",
    "order": "order_id --json",
    "history": "symbol --exchange --from --interval --json --last --plot --to -e -i",
    "trades": "--json",
    "positions": "--json",
    "holdings": "--json",
    "funds": "--json",
    "quote": "symbols --depth --exchange --json -e",
    "bars": "symbol --exchange --from --interval --json --last --plot --to -e -i",
    "candles": "symbol --exchange --from --interval --json --last --plot --to -e -i",
    "place": "exchange symbol action quantity --disclosed --dry-run --json --price --pricetype --product --trigger"
    " --trigger-price --type --yes -p -t -y",
    "smart": "exchange symbol --disclosed --dry-run --json --position-size --price --pricetype --product --target"
    " --trigger --trigger-price --type --yes -p -t -y",
    "modify": "order_id --disclosed --dry-run --json --price --pricetype --quantity --trigger --trigger-price --type"
    " --yes -t -y",
    "cancel": "order_ids --dry-run --json --yes -y",
    "cancel-all": "--dry-run --json --yes -y",
    "close-all": "--dry-run --json --products --yes -y",
    "cover place": "exchange symbol action quantity --disclosed --dry-run --json --price --pricetype --stop --type"
    " --yes -t -y",
    "cover exit": "order_id --dry-run --json --yes -y",
    "bracket place": "exchange symbol action quantity --disclosed --dry-run --json --price --stop-loss --target"
    " --trailing-stop --yes -y",
    "bracket modify": "order_id --dry-run --json --price --quantity --stop-loss --yes -y",
    "bracket cancel": "order_id --dry-run --json --yes -y",
    "convert": "exchange symbol quantity --dry-run --from --json --to --yes -y",
    "square-off": "exchange symbol --dry-run --json --native --product --yes -p -y",
    "square-off-all": "--dry-run --json --native --yes -y",
    "watch": "symbols --exchange --json --mode --seconds -e",
    "journal": "--json --limit --open --prune --resolve",
    "openalgo install": "path --dry-run --json --patch-host --yes -y",
    "openalgo check": "path --json",
    "openalgo uninstall": "path --dry-run --json --purge --yes -y",
    "openalgo upgrade": "path --dry-run --json --yes -y",
    "init": "--json --no-login --user",
    "config show": "--json",
    "completion": "shell --json",
    "manual": "--json",
    "sdk check": "folder --json",
}
"""The arguments and options of each command."""

SETTINGS: Final = frozenset(
    [
        "JAINAM_INTERACTIVE_API_KEY",
        "JAINAM_INTERACTIVE_API_SECRET",
        "JAINAM_MARKET_API_KEY",
        "JAINAM_MARKET_API_SECRET",
        "JAINAM_ACTIVE_SYMPHONY_SERVER",
        "JAINAM_ACTIVE_ACCOUNT_TYPE",
        "JAINAM_CLIENT_ID",
        "JAINAM_BASE_URL",
        "JAINAM_MARKET_DATA_ROOT",
        "JAINAM_HOST_LOOKUP_URL",
        "JAINAM_HOST_LOOKUP_PASSWORD",
        "JAINAM_DATABASE_URL",
        "JAINAM_TOKEN_KEY",
        "JAINAM_RETRY_DELAYS",
        "JAINAM_REQUEST_TIMEOUT",
        "JAINAM_CONNECT_TIMEOUT",
        "JAINAM_VERIFY_SSL",
        "JAINAM_PROXY_URL",
        "JAINAM_CA_FILE",
        "JAINAM_TRADING_CALENDAR",
        "JAINAM_SETTLE_SECONDS",
        "JAINAM_ORDER_RATE",
        "JAINAM_FLAT_TARGET_POLICY",
        "JAINAM_DRY_RUN",
        "JAINAM_TRADING_STATE",
        "JAINAM_API_ORDER_SOURCE",
        "JAINAM_MARKET_FALLBACK",
        "JAINAM_MARKET_PROTECTION_PERCENT",
        "JAINAM_NATIVE_SQUAREOFF",
        "JAINAM_XTS_SDK_PATH",
    ]
)

STATUSES: Final = {"DONE": 0, "REFUSED": 1, "BAD_USAGE": 2, "UNKNOWN": 3}


def parameters(module: str, name: str) -> str:
    """The parameters of a function or method, without their types."""
    found: object = import_module(f"jainam_prop.entrypoints.openalgo.{module}")
    for part in name.split("."):
        found = getattr(found, part)
    assert callable(found)
    signature = inspect.signature(found)
    bare = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=signature.empty)).removeprefix("(")[:-1]


@pytest.mark.parametrize("module", FUNCTIONS)
def test_functions_for_openalgo_keep_names_and_parameters(module: str) -> None:
    assert {name: parameters(module, name) for name in FUNCTIONS[module]} == FUNCTIONS[module]


def test_commands_keep_names_arguments_and_options() -> None:
    present = {
        name: {text for each in command.params for text in (*each.opts, *each.secondary_opts)}
        for name, command in commands((*CLI_COMMANDS, *FORMER_NAMES))
    }

    missing = {name: sorted(set(words.split()) - present.get(name, set())) for name, words in COMMANDS.items()}
    assert {name: words for name, words in missing.items() if words} == {}


def test_settings_keep_their_names() -> None:
    assert SETTINGS - {variable(field, JAINAM) for field in FIELDS} == frozenset()


def test_the_library_keeps_its_names() -> None:
    assert set(jainam_prop.__all__) >= {
        "AsyncJainamBroker", "InvalidError", "JainamBroker", "JainamError", "NotSentError", "OutcomeUnknownError",
        "PartlyPlacedError", "RejectedError", "UnreadableError", "__version__", "aconnect", "connect",
    }  # fmt: skip
    assert all(hasattr(jainam_prop, name) for name in jainam_prop.__all__)


def test_exit_statuses_keep_their_numbers() -> None:
    assert {each.name: each.value for each in ExitStatus} == STATUSES
