"""What OpenAlgo calls in the plug-in, by file and name, with the parameters that it passes by position or by name.

From the host contract of August 2026; a name in it that the host never calls is there because its tools look for it.
"""

from typing import Final

SURFACE: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "api.auth_api": {"authenticate_broker": ("request_token",), "get_feed_token": ()},
    "api.order_api": {
        "place_order_api": ("data", "auth"),
        "place_smartorder_api": ("data", "auth"),
        "modify_order": ("data", "auth"),
        "cancel_order": ("orderid", "auth"),
        "cancel_all_orders_api": ("data", "auth"),
        "close_all_positions": ("current_api_key", "auth"),
        "get_open_position": ("symbol", "exchange", "product", "auth"),
        "get_order_book": ("auth",),
        "get_trade_book": ("auth",),
        "get_positions": ("auth",),
        "get_holdings": ("auth",),
    },
    "mapping.order_data": {
        "map_order_data": ("order_data",),
        "calculate_order_statistics": ("order_data",),
        "transform_order_data": ("orders",),
        "map_trade_data": ("trade_data",),
        "transform_tradebook_data": ("tradebook_data",),
        "map_position_data": ("position_data",),
        "transform_positions_data": ("positions_data",),
        "map_portfolio_data": ("portfolio_data",),
        "calculate_portfolio_statistics": ("holdings_data",),
        "transform_holdings_data": ("holdings_data",),
    },
    "mapping.transform_data": {
        "get_token_from_symbol": ("symbol", "exchange"),
        "validate_order_data": ("data",),
    },
    "api.data": {
        "BrokerData": ("auth_token", "feed_token", "user_id"),
        "BrokerData.get_quotes": ("self", "symbol", "exchange"),
        "BrokerData.get_multiquotes": ("self", "symbols"),
        "BrokerData.get_depth": ("self", "symbol", "exchange"),
        "BrokerData.get_history": ("self", "symbol", "exchange", "interval", "start_date", "end_date"),
        "BrokerData.get_intervals": ("self",),
    },
    "api.funds": {"get_margin_data": ("auth_token",), "test_auth_token": ("auth_token",)},
    "api.margin_api": {"calculate_margin_api": ("positions", "auth")},
    "database.master_contract_db": {
        "master_contract_download": (),
        "save_master_contract_to_db": ("df",),
        "search_symbols": ("symbol", "exchange"),
    },
    "streaming.jainam_prop_adapter": {
        "Jainam_propWebSocketAdapter": (),
        "Jainam_propWebSocketAdapter.initialize": ("self", "broker_name", "user_id", "auth_data"),
        "Jainam_propWebSocketAdapter.connect": ("self",),
        "Jainam_propWebSocketAdapter.disconnect": ("self",),
        "Jainam_propWebSocketAdapter.subscribe": ("self", "symbol", "exchange", "mode", "depth_level"),
        "Jainam_propWebSocketAdapter.unsubscribe": ("self", "symbol", "exchange", "mode"),
        "Jainam_propWebSocketAdapter.unsubscribe_all": ("self",),
    },
    "streaming.jainam_prop_order_adapter": {"create_jainam_prop_order_adapter": ("user_id",)},
}
