"""The script of the day: its scenes in their order."""

from typing import Final

from jainam_prop.entrypoints.cli.demo.closing import cancel_the_rest, log_out
from jainam_prop.entrypoints.cli.demo.emergency import close_the_rest, close_with_one_refused
from jainam_prop.entrypoints.cli.demo.four_types import place_all_types
from jainam_prop.entrypoints.cli.demo.look import read_books
from jainam_prop.entrypoints.cli.demo.lost_reply import lose_and_find
from jainam_prop.entrypoints.cli.demo.opening import funds, log_in, sync
from jainam_prop.entrypoints.cli.demo.scene import Scene
from jainam_prop.entrypoints.cli.demo.smart_orders import walk

SCENES: Final = (
    Scene(
        "Log in as a PRO dealer",
        "XTS allows one live session per key, so every process shares one; here two ask for it.",
        log_in,
        vital=True,
    ),
    Scene(
        "Load the instruments",
        "Tokens collide across exchanges on purpose: a number alone must never pick a contract.",
        sync,
        vital=True,
    ),
    Scene("Look at the funds", "The limits, as the host's funds page reads them.", funds),
    Scene(
        "Four types of order",
        "Two positions, a protective stop for each, and a bid below the market.",
        place_all_types,
    ),
    Scene(
        "Smart orders",
        "A signal names the position it wants; the difference to what is held is traded. "
        "The broker shows positions once a second, hence the pauses.",
        walk,
    ),
    Scene(
        "A reply is lost",
        "The exchange takes an order and hangs up. It may be live: sending it again could buy twice.",
        lose_and_find,
    ),
    Scene("The books", "Every row is compared with the exchange's own record.", read_books),
    Scene(
        "Emergency exit",
        "Working orders go first, then everything is squared off; the risk desk refuses one contract.",
        close_with_one_refused,
    ),
    Scene("Close the rest", "The contract is free again.", close_the_rest),
    Scene("Cancel the rest", "The bid from the morning is still resting.", cancel_the_rest),
    Scene("Log out", "Both sessions end; nothing can be traded with the old key.", log_out),
)
