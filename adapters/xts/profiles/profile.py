"""The type of a broker profile: everything by which one XTS broker differs from another, as data."""

from collections.abc import Mapping
from dataclasses import dataclass

from jainam_prop.domain.market_data.tick import StreamCapability
from jainam_prop.domain.orders.capability import ProductTable
from jainam_prop.domain.orders.market_protection import MarketRefusal
from jainam_prop.domain.rate_limit import RateChart
from jainam_prop.domain.sessions.session import AccountKind, AccountRules


@dataclass(frozen=True, slots=True)
class ServerLayout:
    """Paths and fixed words of an XTS installation.

    Attributes:
        interactive_root: first part of the path of every interactive call.
        market_roots: first parts of the path of market-data calls, tried in order until one answers.
        trades_path: an investor's trade book, below the interactive root.
        login_source: ``source`` of a login; "" leaves it out.
        lookup_version: ``version`` of a host lookup.
    """

    interactive_root: str
    market_roots: tuple[str, ...]
    trades_path: str
    login_source: str
    lookup_version: str


@dataclass(frozen=True, slots=True)
class SettingNames:
    """Names of the settings of a broker.

    Attributes:
        prefix: in front of every setting.
        login_prefix: in front of the credentials of one login; has the fields ``server`` and ``account``.
        server: the setting that chooses the server, without the prefix.
    """

    prefix: str
    login_prefix: str
    server: str

    def full(self, name: str) -> str:
        """Return the environment variable of a setting."""
        return self.prefix + name

    def of_login(self, name: str, server: str, account: str) -> str:
        """Return the environment variable of a credential that belongs to one server and account type."""
        return self.login_prefix.format(server=server, account=account) + name


@dataclass(frozen=True, slots=True)
class BrokerProfile:
    """One XTS broker.

    Attributes:
        name: broker id at the host, which is also the name of its plug-in folder.
        title: name on the host's login page.
        application: name of the data folder and of the command.
        servers: base address of each server by its letter or name.
        default_server: the server that is used when no setting names one.
        default_account: the account type that is used when no setting names one.
        layout: paths and fixed words of the servers.
        order_source: ``apiOrderSource`` of every order unless a setting names another; "" leaves it out.
        accounts: how its logins trade, and which of them it has.
        rates: calls per time span that its servers accept.
        products: products that can be traded per exchange.
        stream: exchanges, modes, message codes and depth of its market-data stream.
        market_refusal: the refusal of a MARKET order for keys that count as algorithmic.
        settings: names of its settings.
    """

    name: str
    title: str
    application: str
    servers: Mapping[str, str]
    default_server: str
    default_account: AccountKind
    layout: ServerLayout
    order_source: str
    accounts: AccountRules
    rates: RateChart
    products: ProductTable
    stream: StreamCapability
    market_refusal: MarketRefusal
    settings: SettingNames
