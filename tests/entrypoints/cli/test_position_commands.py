"""``convert``, ``square-off``, ``square-off-all`` and ``history``: nothing is said that the books did not show."""

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from tests.entrypoints.cli.shell import RELIANCE, Shell

BUY = "place NSE SBIN BUY 75 --yes"
CONVERT = ("convert", "NSE", "SBIN", "50", "--from", "MIS", "--to", "NRML")


def test_a_conversion_is_carried_out_when_a_person_agrees(shell: Shell) -> None:
    shell.given(BUY)

    ran = shell.run(*CONVERT, typed="y\n")

    assert (ran.status, shell.net(), shell.net(product="NRML")) == (0, 25, 50)
    assert "Carry 50 units of SBIN on NSE as NRML instead of MIS?" in ran.err
    assert "+50" in ran.out


def test_a_machine_gets_what_is_held_afterwards(shell: Shell) -> None:
    shell.given(BUY)

    ran = shell.run(*CONVERT, "--yes", "--json")

    assert ran.data == {"symbol": "SBIN", "net": {"MIS": 25, "NRML": 50}}


def test_a_rehearsed_conversion_changes_nothing(shell: Shell) -> None:
    shell.given(BUY)

    ran = shell.run(*CONVERT, "--dry-run")

    assert (ran.status, shell.net(), shell.sim.exchange.requests["convert"]) == (0, 75, 0)


def test_a_conversion_names_every_problem_at_once(shell: Shell) -> None:
    ran = shell.run("convert", "NSE", "SBINN", "1.5", "--from", "MI", "--to", "NRML", "--yes")

    assert ran.status == 2
    for named in ("quantity '1.5'", "from 'MI' is unknown"):
        assert named in ran.err


def test_a_conversion_of_what_is_not_listed_is_refused(shell: Shell) -> None:
    ran = shell.run("convert", "NSE", "SBINN", "1", "--from", "MIS", "--to", "NRML", "--yes")

    assert ran.status == 1
    assert "symbol 'SBINN' is not listed on NSE" in ran.err


def test_more_than_is_held_is_not_converted(shell: Shell) -> None:
    shell.given(BUY)

    ran = shell.run("convert", "NSE", "SBIN", "76", "--from", "MIS", "--to", "NRML", "--yes")

    assert (ran.status, shell.net()) == (1, 75)
    assert "quantity 76 is above the 75 units held in SBIN MIS" in ran.err


def test_a_conversion_of_unknown_fate_ends_with_the_status_for_unknown(hurried: Shell) -> None:
    hurried.given(BUY)
    hurried.fault(Fault(FaultKind.RESET, on="convert"))

    ran = hurried.run(*CONVERT, "--yes", "--json")

    assert (ran.status, ran.document["kind"]) == (3, "outcome-unknown")


def test_the_brokers_square_off_has_to_be_wanted(shell: Shell) -> None:
    shell.given(BUY)

    for words in (("square-off", "NSE", "SBIN"), ("square-off-all",)):
        ran = shell.run(*words, "--yes")
        assert ran.status == 1
        assert "JAINAM_NATIVE_SQUAREOFF=true or --native allows it" in ran.err
    assert shell.net() == 75


def test_one_position_is_squared_off_and_seen_flat(shell: Shell) -> None:
    shell.given(BUY)

    ran = shell.run("square-off", "NSE", "SBIN", "--native", typed="y\n")

    assert (ran.status, shell.net()) == (0, 0)
    assert "NSE:SBIN\tMIS\t+75\tflat" in ran.out
    assert "1 of 1 position closed" in ran.err


def test_all_positions_are_shown_squared_off_and_seen_flat(shell: Shell) -> None:
    shell.given(BUY, "place NSE RELIANCE SELL 30 --yes")

    ran = shell.run("square-off-all", "--native", typed="y\n")

    assert (ran.status, shell.net(), shell.net(RELIANCE)) == (0, 0, 0)
    assert "RELIANCE" in ran.out


def test_what_is_not_seen_flat_is_unknown(hurried: Shell) -> None:
    hurried.given(BUY)
    hurried.fault(Fault(FaultKind.RMS_REJECT, on="place", text="RMS: blocked"))

    ran = hurried.run("square-off", "NSE", "SBIN", "--native", "--yes", "--json")

    assert (ran.status, ran.document["status"]) == (3, "unknown")
    assert [(leg["symbol"], leg["state"], leg["held"]) for leg in ran.data["legs"]] == [("SBIN", "unknown", 75)]


def test_a_rehearsal_names_what_is_held(shell: Shell) -> None:
    shell.given(BUY)

    ran = shell.run("square-off-all", "--native", "--dry-run", "--json")

    assert (ran.status, shell.net()) == (0, 75)
    assert ran.data["legs"] == [{"symbol": "SBIN", "product": "MIS", "held": 75}]


def test_nothing_open_is_nothing_to_do(shell: Shell) -> None:
    ran = shell.run("square-off-all", "--native", "--yes")

    assert (ran.status, ran.err.strip()) == (0, "No open positions.")


def test_a_contract_that_is_not_listed_is_named(shell: Shell) -> None:
    ran = shell.run("square-off", "NSE", "SBINN", "--native", "--yes", "--json")

    assert (ran.status, ran.document["kind"]) == (1, "invalid")


def test_the_history_shows_every_state(shell: Shell) -> None:
    shell.given("place NSE SBIN BUY 100 --type LIMIT --price 750 --yes")
    order_id = str(shell.sim.exchange.all_orders()[0].order_id)
    shell.given(f"cancel {order_id} --yes")

    person, machine = shell.run("order", order_id), shell.run("order", order_id, "--json")

    assert [row["state"] for row in machine.data] == ["PendingNew", "New", "PendingCancel", "Cancelled"]
    assert [line.split("\t")[1] for line in person.out.splitlines()][1:] == [row["state"] for row in machine.data]


def test_an_order_without_history_is_an_error(hurried: Shell) -> None:
    ran = hurried.run("order", "4242", "--json")

    assert (ran.status, ran.document["kind"]) == (1, "unreadable")
