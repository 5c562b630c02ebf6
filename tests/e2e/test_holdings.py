"""Holdings in every form that servers send them, through the function that OpenAlgo calls and the command."""

from pathlib import Path
from typing import Final

import pytest

from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.terminal import Terminal
from jainam_prop.entrypoints.openalgo.order_api import get_holdings
from jainam_prop.entrypoints.openalgo.order_data import map_portfolio_data, transform_holdings_data
from jainam_prop.entrypoints.settings import settings_from
from tests.adapters.xts.wire.test_holdings import FORMS, RELIANCE, SBI, TCS, a_row
from tests.e2e.gate import Gate
from tests.e2e.world import UNPACED, a_desk, settings_text
from tests.entrypoints.cli.shell import run, unpaced

ROWS: Final = (a_row(SBI, 10, 0), a_row(TCS, 0, 100), a_row(RELIANCE, 50, 100))
PLEDGED_ALONE: Final = {"CollateralHoldings": {"Holdings": {TCS: a_row(TCS, 100)}}}
SHOWN: Final = {"SBIN": (10, 0), "TCS": (100, 100), "RELIANCE": (150, 100)}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        *(pytest.param(form(*ROWS), SHOWN, id=name) for name, form in FORMS.items()),  # type: ignore[no-untyped-call]
        pytest.param(PLEDGED_ALONE, {"TCS": (100, 100)}, id="pledged alone"),
    ],
)
def test_free_and_pledged_shares_are_shown_by_the_function_and_the_command(
    tmp_path: Path, answer: object, expected: dict[str, tuple[int, int]]
) -> None:
    with XtsSimulator(UNPACED) as sim, Gate(sim.port) as gate:
        gate.rewrite("portfolio/holdings", lambda _said: answer)
        with a_desk(sim, tmp_path, JAINAM_BASE_URL=gate.base_url) as world:
            rows = transform_holdings_data(map_portfolio_data(get_holdings(world.auth)))
        settings = settings_from(settings_text(sim, tmp_path, AccountKind.PRO, JAINAM_BASE_URL=gate.base_url))
        commanded = run(
            CliContext(Terminal.of_process(), reader=lambda _: settings, opened=unpaced), "holdings", "--json"
        )

    assert {row["symbol"]: (row["quantity"], row["pledged_quantity"]) for row in rows} == expected
    assert {row["symbol"]: (row["quantity"], row["pledged_quantity"]) for row in commanded.data} == expected
