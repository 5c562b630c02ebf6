"""Messages name what was asked for, what is wrong and what to do."""

from pathlib import Path

from jainam_prop.adapters.system.file_locks import FileLocks
from jainam_prop.adapters.system.symbol_guard import ProcessGuard
from jainam_prop.domain.errors import Blocked
from tests.application.trading import Market, Trader


def test_a_target_that_is_no_whole_lot_is_named_and_not_the_quantity_that_nobody_typed(trader: Trader) -> None:
    future = trader.nifty_future()
    fields = {"symbol": future.symbol, "exchange": "NFO", "product": "NRML"}
    lot = future.lot_size
    trader.smart(lot, **fields).unwrap()

    refused = trader.smart(2 * lot + 35, **fields).failure()

    assert refused.message == (
        f"position_size {2 * lot + 35} is {lot + 35} units from {lot}, not a whole number of lots of {lot}: "
        f"nearest are {2 * lot} and {3 * lot}"
    )


def test_a_lock_that_cannot_be_written_is_no_other_order(tmp_path: Path) -> None:
    blocked = tmp_path / "no-folder"
    blocked.write_text("a file where the folder of the locks should be")
    market = Market()
    market.guard = ProcessGuard(FileLocks(blocked, market.clock), "B-PRO")  # type: ignore[assignment]

    refused = Trader(market=market).smart(10).failure()

    problem = "SBIN cannot be locked against other processes: the folder or the database of the locks cannot be used"
    assert refused == Blocked(problem)
