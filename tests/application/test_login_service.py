"""One login a day: opened, shared, replaced when it dies, closed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.application.sessions.cache import SessionCache
from jainam_prop.application.sessions.service import LoginService, SessionStatus
from jainam_prop.domain.errors import Blocked, BrokerError, NotSent, RateLimited, Rejected, SessionExpired, Unreadable
from jainam_prop.domain.sessions.session import Account, AccountChoice, AccountKind, Application, Session
from tests.fakes.login import FakeLogin
from tests.fakes.login_lock import InMemoryLoginLock
from tests.fakes.token_store import InMemoryTokenStore
from tests.fakes.turns import TurnClock

Outcome = Result[Session, BrokerError]
REFUSED = Rejected("Invalid appKey or secretKey", "e-user-0001")
CHOICE = AccountChoice(AccountKind.NORMAL, "CLIENT01")
DAMAGED = Blocked("the session store cannot be read: database disk image is malformed")
READ_ONLY = Blocked("the session store cannot be written: attempt to write a readonly database")
NO_LOGIN = "no login was made, since it would end the session that another process may have"
WORN_OUT = Failure(SessionExpired("the token keeps dying; another program seems to log in with the same key"))
FIRST_DAY_END = datetime(2026, 8, 20, 21, 30, tzinfo=UTC)  # 3 in the morning in India


class Desk:
    """One server, one store and one lock, with as many processes as a test asks for."""

    def __init__(self) -> None:
        self.clock = TurnClock()
        self.login = FakeLogin(self.clock)
        self.tokens = InMemoryTokenStore()
        self.lock = InMemoryLoginLock(self.clock)

    def process(self, choice: AccountChoice = CHOICE, profile: str = "B-1") -> LoginService:
        cache = SessionCache(self.tokens, self.lock, self.clock, profile=profile, choice=choice)
        return LoginService(lambda: self.login, cache, self.clock)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def logged_in(service: LoginService) -> Session:
    return service.log_in().unwrap()


class TestLoggingIn:
    def test_the_first_login_opens_both_applications(self, desk: Desk) -> None:
        session = logged_in(desk.process())

        assert session == Session(
            user_id="DEALER01",
            account=Account(AccountKind.NORMAL, "CLIENT01"),
            interactive_token="interactive-1",
            market_token="market-1",
            expires_at=FIRST_DAY_END,
            market_user_id="DEALER01",
            client_codes=("CLIENT01", "CLIENT02"),
        )

    def test_a_second_process_takes_the_login_over(self, desk: Desk) -> None:
        first = logged_in(desk.process())
        second = logged_in(desk.process())

        assert (second, desk.login.logins) == (first, (1, 1))

    def test_force_logs_in_again(self, desk: Desk) -> None:
        service = desk.process()
        logged_in(service)

        assert service.log_in(force=True).unwrap().interactive_token == "interactive-2"

    def test_force_logs_in_again_whatever_others_did_before(self, desk: Desk) -> None:
        first, second = desk.process(), desk.process()
        logged_in(first)
        logged_in(second)
        first.log_in(force=True)

        assert second.log_in(force=True).unwrap().interactive_token == "interactive-3"

    def test_two_who_force_at_the_same_time_share_one_login(self, desk: Desk) -> None:
        logged_in(desk.process())
        services = [desk.process() for _ in range(2)]
        all_at_once(desk, [partial(each.log_in, force=True) for each in services])

        assert desk.login.logins == (2, 2)

    def test_verifying_keeps_a_session_that_works(self, desk: Desk) -> None:
        logged_in(desk.process())

        assert desk.process().log_in(verify=True).unwrap().interactive_token == "interactive-1"

    def test_verifying_replaces_only_what_is_dead(self, desk: Desk) -> None:
        logged_in(desk.process())
        desk.login.kill_interactive()
        session = desk.process().log_in(verify=True).unwrap()

        assert (session.interactive_token, session.market_token) == ("interactive-2", "market-1")

    def test_verifying_replaces_a_dead_market_token_alone(self, desk: Desk) -> None:
        logged_in(desk.process())
        desk.login.kill_market()
        session = desk.process().log_in(verify=True).unwrap()

        assert (session.interactive_token, session.market_token) == ("interactive-1", "market-2")

    def test_verifying_keeps_a_session_that_cannot_be_asked_about(self, desk: Desk) -> None:
        logged_in(desk.process())
        desk.login.deaf = NotSent("refused")

        assert desk.process().log_in(verify=True).unwrap().interactive_token == "interactive-1"

    def test_a_person_who_logs_in_gets_market_data_that_failed_before(self, desk: Desk) -> None:
        desk.login.market_refusal = REFUSED
        before = logged_in(desk.process())
        desk.login.market_refusal = None
        session = desk.process().log_in(verify=True).unwrap()

        assert session == replace(before, market_token="market-1", market_problem="")
        assert desk.login.logins == (1, 1)

    def test_market_data_that_fails_again_leaves_the_session_alone(self, desk: Desk) -> None:
        desk.login.market_refusal = NotSent("refused")
        before = logged_in(desk.process())
        desk.login.market_refusal = REFUSED

        assert desk.process().log_in(verify=True) == Success(replace(before, market_problem=REFUSED.message))
        assert desk.login.logins == (1, 0)

    def test_a_dead_session_without_market_data_is_opened_whole(self, desk: Desk) -> None:
        desk.login.market_refusal = REFUSED
        logged_in(desk.process())
        desk.login.market_refusal = None
        desk.login.kill_interactive()

        assert desk.process().log_in(verify=True).unwrap().market_token == "market-1"
        assert desk.login.logins == (2, 1)

    def test_a_refusal_is_passed_on_and_a_person_may_try_again_at_once(self, desk: Desk) -> None:
        service = desk.process()
        desk.login.refusal = REFUSED
        first = service.log_in()
        desk.login.refusal = None
        desk.clock.advance(0.001)

        assert first == Failure(REFUSED)
        assert logged_in(service).interactive_token == "interactive-1"

    def test_a_failed_forced_login_leaves_the_old_session_in_the_store(self, desk: Desk) -> None:
        service = desk.process()
        logged_in(service)
        desk.login.refusal = NotSent("refused")
        service.log_in(force=True)

        assert logged_in(desk.process()).interactive_token == "interactive-1"

    def test_without_market_data_trading_goes_on(self, desk: Desk) -> None:
        desk.login.market_refusal = REFUSED
        session = logged_in(desk.process())

        assert (session.market_token, session.market_problem) == (None, REFUSED.message)

    def test_threads_that_start_together_share_one_login(self, desk: Desk) -> None:
        services = [desk.process() for _ in range(4)]
        sessions = all_at_once(desk, [service.log_in for service in services * 4])

        assert desk.login.logins == (1, 1)
        assert {session.unwrap().interactive_token for session in sessions} == {"interactive-1"}

    def test_a_login_made_just_after_the_first_look_is_not_repeated(self, desk: Desk) -> None:
        other = Desk().process()
        theirs = logged_in(other)

        class JustTooLate(InMemoryTokenStore):
            """Holds nothing at the first look, and another process's session right after it."""

            def load(self, profile: str) -> Result[Session | None, BrokerError]:
                found = super().load(profile)
                self.save(profile, theirs)
                return found

        desk.tokens = JustTooLate()

        assert desk.process().log_in() == Success(theirs)
        assert desk.login.logins == (0, 0)

    def test_threads_that_waited_for_a_refused_login_do_not_try_it_again(self, desk: Desk) -> None:
        desk.login.refusal = REFUSED
        outcomes = all_at_once(desk, [desk.process().log_in for _ in range(8)])

        assert outcomes.count(Failure(REFUSED)) == 1
        assert outcomes.count(Failure(Blocked(f"a login at the same moment failed: {REFUSED.message}"))) == 7

    def test_a_login_that_never_ends_does_not_hold_others_for_ever(self, desk: Desk) -> None:
        with desk.lock.hold("login|B-1", 1.0):
            outcome = desk.process().renew(Application.TRADING, session_of("DEALER01"), timeout_seconds=0.0)

        assert outcome == Failure(Blocked("another login is under way"))


class TestAuthStrings:
    def test_a_ticket_leads_back_to_its_session(self, desk: Desk) -> None:
        service = desk.process()
        session = logged_in(service)

        assert service.session_for(service.auth_for(session)) == Success(session)

    def test_a_ticket_carries_a_process_without_the_store(self, desk: Desk) -> None:
        service = desk.process()
        session = logged_in(service)
        ticket = service.auth_for(session)
        desk.tokens = InMemoryTokenStore()

        assert desk.process().session_for(ticket) == Success(session)

    def test_the_same_session_has_the_same_ticket_in_every_process(self, desk: Desk) -> None:
        first, second = desk.process(), desk.process()

        assert first.auth_for(logged_in(first)) == second.auth_for(logged_in(second))

    def test_a_ticket_costs_one_look_into_the_store_and_then_none(self, desk: Desk) -> None:
        first, second = desk.process(), desk.process()
        ticket = first.auth_for(logged_in(first))
        before = desk.tokens.loads

        for _ in range(100):
            second.session_for(ticket)

        assert desk.tokens.loads - before == 1

    def test_an_old_ticket_leads_to_the_renewed_session(self, desk: Desk) -> None:
        service = desk.process()
        session = logged_in(service)
        ticket = service.auth_for(session)
        renewed = service.renew(Application.TRADING, session)

        assert service.session_for(ticket) == renewed
        assert desk.process().session_for(ticket) == renewed

    def test_a_ticket_of_other_settings_is_refused(self, desk: Desk) -> None:
        service = desk.process()
        ticket = service.auth_for(logged_in(service))
        outcome = desk.process(profile="A-1").session_for(ticket)

        assert outcome == Failure(SessionExpired("the login that was handed over was made with other settings"))

    @pytest.mark.parametrize("auth", [None, "", "  "])
    def test_no_login_is_no_session(self, desk: Desk, auth: str | None) -> None:
        assert desk.process().session_for(auth) == Failure(SessionExpired("no login was handed over"))

    @pytest.mark.parametrize("auth", ["jp1.", "jp1.!!!", "jp1.e30", "jp1.W10"])
    def test_a_broken_ticket_is_refused(self, desk: Desk, auth: str) -> None:
        outcome = desk.process().session_for(auth)

        assert outcome == Failure(SessionExpired("the login that was handed over cannot be read"))

    def test_the_stored_session_is_found_by_its_bare_token(self, desk: Desk) -> None:
        session = logged_in(desk.process())

        assert desk.process().session_for("interactive-1") == Success(session)

    def test_a_bare_token_of_nobody_known_works_by_itself(self, desk: Desk) -> None:
        session = desk.process(AccountChoice(AccountKind.PRO, rules=JAINAM.accounts)).session_for("opaque").unwrap()

        assert session == Session(
            user_id="",
            account=Account(AccountKind.PRO, "*****"),
            interactive_token="opaque",
            market_token=None,
            expires_at=desk.clock.now() + timedelta(hours=24),
            market_problem="a bare interactive token carries no market-data token",
        )

    def test_processes_that_share_a_login_may_act_for_different_clients(self, desk: Desk) -> None:
        logged_in(desk.process())
        other = logged_in(desk.process(AccountChoice(AccountKind.NORMAL, "CLIENT02")))

        assert (other.account.client_id, desk.login.logins) == ("CLIENT02", (1, 1))

    def test_a_remembered_string_is_given_up_when_there_are_many(self, desk: Desk) -> None:
        service = desk.process()
        for number in range(200):
            service.session_for(f"opaque-{number}")

        assert service.session_for("opaque-0").unwrap().interactive_token == "opaque-0"


class TestRenewing:
    def test_all_threads_with_a_dead_token_share_one_login(self, desk: Desk) -> None:
        services = [desk.process() for _ in range(4)]
        dead = logged_in(services[0])
        desk.login.kill_interactive()
        renewed = all_at_once(desk, [partial(each.renew, Application.TRADING, dead) for each in services * 4])

        assert {session.unwrap().interactive_token for session in renewed} == {"interactive-2"}
        assert desk.login.logins == (2, 1)

    def test_all_threads_with_a_dead_market_token_share_one_login(self, desk: Desk) -> None:
        services = [desk.process() for _ in range(4)]
        dead = logged_in(services[0])
        renewed = all_at_once(desk, [partial(each.renew, Application.MARKET_DATA, dead) for each in services * 4])

        assert {session.unwrap().market_token for session in renewed} == {"market-2"}
        assert desk.login.logins == (1, 2)

    def test_market_data_is_renewed_apart_from_trading(self, desk: Desk) -> None:
        service = desk.process()
        dead = logged_in(service)
        renewed = service.renew(Application.MARKET_DATA, dead).unwrap()

        assert renewed == replace(dead, market_token="market-2")
        assert desk.login.knows(dead)
        assert service.current(dead) == renewed
        assert desk.process().log_in() == Success(renewed)

    def test_market_data_that_failed_at_login_is_had_later(self, desk: Desk) -> None:
        desk.login.market_refusal = NotSent("refused")
        service = desk.process()
        session = logged_in(service)
        desk.login.market_refusal = None

        assert service.renew(Application.MARKET_DATA, session).unwrap().market_token == "market-1"

    def test_a_refused_renewal_stands(self, desk: Desk) -> None:
        service, other = desk.process(), desk.process()
        dead = logged_in(service)
        desk.login.refusal = REFUSED
        first = service.renew(Application.TRADING, dead)
        desk.login.refusal = None

        assert first == Failure(REFUSED)
        assert service.renew(Application.TRADING, dead) == Failure(SessionExpired(REFUSED.message))
        assert other.renew(Application.TRADING, dead) == Failure(SessionExpired(REFUSED.message))
        assert desk.login.logins == (1, 1)

    def test_a_refused_renewal_is_tried_again_after_five_minutes(self, desk: Desk) -> None:
        service = desk.process()
        dead = logged_in(service)
        desk.login.refusal = REFUSED
        service.renew(Application.TRADING, dead)
        desk.login.refusal = None
        desk.clock.advance(300)

        assert service.renew(Application.TRADING, dead).unwrap().interactive_token == "interactive-2"

    def test_a_renewal_that_could_not_be_sent_is_tried_again_soon(self, desk: Desk) -> None:
        service = desk.process()
        dead = logged_in(service)
        desk.login.refusal = NotSent("refused")
        service.renew(Application.TRADING, dead)
        desk.login.refusal = None
        desk.clock.advance(5)

        assert service.renew(Application.TRADING, dead).unwrap().interactive_token == "interactive-2"

    def test_a_refused_market_renewal_leaves_trading_renewable(self, desk: Desk) -> None:
        service = desk.process()
        dead = logged_in(service)
        desk.login.market_refusal = REFUSED

        assert service.renew(Application.MARKET_DATA, dead) == Failure(REFUSED)
        assert service.renew(Application.MARKET_DATA, dead) == Failure(SessionExpired(REFUSED.message))
        assert service.renew(Application.TRADING, dead).unwrap().interactive_token == "interactive-2"

    def test_a_person_who_logs_in_ends_the_refusal(self, desk: Desk) -> None:
        service, other = desk.process(), desk.process()
        dead = logged_in(service)
        desk.login.refusal = REFUSED
        service.renew(Application.TRADING, dead)
        desk.login.refusal = None
        desk.clock.advance(1)
        other.log_in(force=True)

        assert service.renew(Application.TRADING, dead).unwrap().interactive_token == "interactive-2"

    def test_two_programs_do_not_log_each_other_out_for_ever(self, desk: Desk) -> None:
        service = desk.process()
        session = logged_in(service)
        outcomes = []
        for _ in range(12):
            desk.login.kill_interactive()
            outcomes.append(service.renew(Application.TRADING, session))
            session = service.current(session)

        assert outcomes[-1] == WORN_OUT
        assert desk.login.interactive_logins == 11

    def test_another_users_session_is_never_handed_out(self, desk: Desk) -> None:
        service = desk.process()
        logged_in(service)
        desk.login.kill_interactive()
        stranger = session_of("DEALER02")

        assert service.current(stranger) == stranger
        assert service.renew(Application.TRADING, stranger) == Failure(
            SessionExpired("the session was another user's than the one the settings log in")
        )


class TestTheDay:
    def test_a_session_ends_at_three_in_the_morning_in_india(self, desk: Desk) -> None:
        service = desk.process()
        session = logged_in(service)
        desk.clock.advance((FIRST_DAY_END - desk.clock.now()).total_seconds())

        assert service.is_over(session)
        assert logged_in(desk.process()).interactive_token == "interactive-2"

    def test_a_login_shortly_before_the_end_is_over_then(self, desk: Desk) -> None:
        desk.clock.advance((FIRST_DAY_END - desk.clock.now()).total_seconds() - 60)

        assert logged_in(desk.process()).expires_at == FIRST_DAY_END

    def test_the_new_day_opens_both_applications_once_for_all(self, desk: Desk) -> None:
        services = [desk.process() for _ in range(3)]
        sessions = [logged_in(service) for service in services]
        desk.clock.advance(24 * 3600)
        renewed = [
            service.renew(Application.TRADING, session) for service, session in zip(services, sessions, strict=True)
        ]

        assert desk.login.logins == (2, 2)
        assert len({outcome.unwrap().interactive_token for outcome in renewed}) == 1

    def test_a_day_that_ends_with_a_market_call_opens_both(self, desk: Desk) -> None:
        service = desk.process()
        session = logged_in(service)
        desk.clock.advance(24 * 3600)
        service.renew(Application.MARKET_DATA, session)

        assert desk.login.logins == (2, 2)


class TestChecking:
    def test_a_live_session_is_good(self, desk: Desk) -> None:
        service = desk.process()
        session = logged_in(service)

        assert service.check(service.auth_for(session)) == Success(session)

    def test_a_dead_one_is_said_to_be_dead_and_nobody_logs_in(self, desk: Desk) -> None:
        service = desk.process()
        ticket = service.auth_for(logged_in(service))
        desk.login.kill_interactive()

        assert service.check(ticket) == Failure(SessionExpired("the broker does not know it any more"))
        assert desk.login.logins == (1, 1)

    def test_one_past_its_time_is_not_asked_about(self, desk: Desk) -> None:
        service = desk.process()
        ticket = service.auth_for(logged_in(service))
        desk.clock.advance(24 * 3600)

        assert service.check(ticket) == Failure(SessionExpired("its time has passed"))

    def test_a_rate_limit_proves_that_the_token_is_good(self, desk: Desk) -> None:
        service = desk.process()
        session = logged_in(service)
        desk.login.deaf = RateLimited("too fast")

        assert service.check(service.auth_for(session)) == Success(session)

    def test_a_broker_that_does_not_answer_leaves_it_open(self, desk: Desk) -> None:
        service = desk.process()
        ticket = service.auth_for(logged_in(service))
        desk.login.deaf = Unreadable("no answer")

        assert service.check(ticket) == Failure(Unreadable("no answer"))

    def test_a_string_that_is_no_login_is_said_to_be_none(self, desk: Desk) -> None:
        assert desk.process().check("") == Failure(SessionExpired("no login was handed over"))


class TestLoggingOut:
    def test_it_closes_the_session_for_everybody(self, desk: Desk) -> None:
        service, other = desk.process(), desk.process()
        dead = logged_in(service)
        logged_in(other)

        assert service.log_out() == Success(None)
        assert other.renew(Application.TRADING, dead) == Failure(SessionExpired("logged out on request"))
        assert desk.login.logins == (1, 1)

    def test_twice_is_as_good_as_once(self, desk: Desk) -> None:
        service = desk.process()
        logged_in(service)

        assert (service.log_out(), service.log_out(), desk.process().log_out()) == (Success(None),) * 3

    def test_a_session_that_could_not_be_closed_is_kept(self, desk: Desk) -> None:
        service = desk.process()
        session = logged_in(service)
        desk.login.deaf = NotSent("refused")

        assert service.log_out() == Failure(NotSent("refused"))
        assert desk.process().log_in() == Success(session)

    def test_a_person_may_log_in_again_at_once(self, desk: Desk) -> None:
        service = desk.process()
        logged_in(service)
        service.log_out()
        desk.clock.advance(0.001)

        assert logged_in(service).interactive_token == "interactive-2"

    def test_the_day_after_a_logout_is_a_new_one(self, desk: Desk) -> None:
        service = desk.process()
        session = logged_in(service)
        service.log_out()
        desk.clock.advance(24 * 3600)

        assert service.renew(Application.TRADING, session).unwrap().interactive_token == "interactive-2"

    def test_it_stays_for_feeds_and_commands_of_every_process(self, desk: Desk) -> None:
        service, other = desk.process(), desk.process()
        logged_in(service)
        logged_in(other)
        service.log_out()
        refused = Failure(SessionExpired("logged out on request"))

        assert (service.newest(), other.newest(), desk.process().newest()) == (refused, refused, refused)
        assert desk.login.logins == (1, 1)

    def test_an_old_auth_string_is_refused(self, desk: Desk) -> None:
        service = desk.process()
        auth = service.auth_for(logged_in(service))
        service.session_for(auth).unwrap()
        service.log_out()
        refused = Failure(SessionExpired("logged out on request"))

        assert (service.session_for(auth), desk.process().session_for(auth)) == (refused, refused)

    def test_it_stays_where_there_was_no_session(self, desk: Desk) -> None:
        desk.process().log_out()

        assert desk.process().newest() == Failure(SessionExpired("logged out on request"))

    def test_a_login_of_a_person_ends_it_for_the_old_auth_string_too(self, desk: Desk) -> None:
        service = desk.process()
        auth = service.auth_for(logged_in(service))
        service.log_out()
        desk.clock.advance(0.001)
        session = logged_in(desk.process())

        assert service.newest() == Success(session)
        assert service.session_for(auth) == Success(session)

    def test_one_that_cannot_be_recorded_says_so(self, desk: Desk) -> None:
        service = desk.process()
        logged_in(service)
        desk.tokens.unwritable = READ_ONLY

        assert service.log_out() == Failure(Blocked(f"logged out, but not for other processes: {READ_ONLY.message}"))
        assert service.newest() == Failure(SessionExpired("logged out on request"))


class TestNewest:
    def test_a_feed_takes_the_session_that_another_process_opened(self, desk: Desk) -> None:
        service, other = desk.process(), desk.process()
        logged_in(service)
        newer = other.log_in(force=True).unwrap()

        assert service.newest() == Success(newer)

    def test_without_a_session_it_logs_in_once_for_all(self, desk: Desk) -> None:
        services = [desk.process() for _ in range(4)]
        sessions = all_at_once(desk, [service.newest for service in services * 4])

        assert {session.unwrap().interactive_token for session in sessions} == {"interactive-1"}
        assert desk.login.logins == (1, 1)

    def test_a_refused_login_cools_down(self, desk: Desk) -> None:
        desk.login.refusal = REFUSED
        service = desk.process()

        assert service.newest() == Failure(REFUSED)
        assert service.newest() == Failure(SessionExpired(REFUSED.message))


class TestComplaints:
    """Answers "invalid token" that say nothing about the session must not cost logins."""

    def test_a_call_that_is_always_refused_costs_one_login(self, desk: Desk) -> None:
        service = desk.process()
        session = logged_in(service)
        outcomes = []
        for _ in range(10):
            session = service.current(session)
            outcomes.append(service.renew(Application.TRADING, session))
            desk.clock.advance(1)

        assert desk.login.logins == (2, 1)
        assert set(map(str, outcomes[1:])) == {
            str(
                Failure(
                    SessionExpired("the broker refuses this call, but still knows the session; not logged in again")
                )
            )
        }

    def test_two_processes_with_the_same_complaint_share_its_login(self, desk: Desk) -> None:
        service, other = desk.process(), desk.process()
        session = logged_in(service)
        for each in (service, other, service, other):
            each.renew(Application.TRADING, session)
            each.renew(Application.TRADING, each.current(session))

        assert desk.login.logins == (2, 1)

    def test_a_token_that_is_really_dead_is_renewed_again_at_once(self, desk: Desk) -> None:
        service = desk.process()
        first = service.renew(Application.TRADING, logged_in(service)).unwrap()
        desk.login.kill_interactive()

        assert service.renew(Application.TRADING, first).unwrap().interactive_token == "interactive-3"

    def test_a_budget_that_trading_used_up_leaves_market_data_its_own_and_exits_a_reserve(self, desk: Desk) -> None:
        service = desk.process()
        session = logged_in(service)
        for _ in range(10):
            desk.login.kill_interactive()
            service.renew(Application.TRADING, service.current(session)).unwrap()
        desk.login.kill_interactive()

        assert service.renew(Application.TRADING, service.current(session)) == WORN_OUT
        assert is_successful(service.renew(Application.MARKET_DATA, service.current(session)))
        assert is_successful(service.renew(Application.TRADING, service.current(session), exits=True))


class TestStoreOutOfOrder:
    def test_a_command_makes_no_login_when_the_store_cannot_be_read(self, desk: Desk) -> None:
        logged_in(desk.process())
        desk.tokens.unreadable = desk.tokens.unwritable = DAMAGED

        assert desk.process().newest() == Failure(Blocked(f"{DAMAGED.reason}; {NO_LOGIN}"))
        assert desk.login.logins == (1, 1)

    def test_a_command_makes_no_login_when_the_session_could_not_be_stored(self, desk: Desk) -> None:
        desk.tokens.unwritable = READ_ONLY
        command = desk.process()

        assert command.newest() == Failure(Blocked(f"{READ_ONLY.reason}; {NO_LOGIN}"))
        assert desk.login.logins == (0, 0)

    def test_a_command_renews_no_session_that_it_found_in_a_read_only_store(self, desk: Desk) -> None:
        logged_in(desk.process())
        desk.tokens.unwritable = READ_ONLY
        command = desk.process()
        found = command.newest().unwrap()
        desk.login.kill_interactive()

        assert command.renew(Application.TRADING, found) == Failure(Blocked(f"{READ_ONLY.reason}; {NO_LOGIN}"))
        assert desk.login.logins == (1, 1)

    def test_tokens_in_memory_are_enough(self, desk: Desk) -> None:
        service = desk.process()
        session = logged_in(service)
        desk.tokens.unreadable = desk.tokens.unwritable = DAMAGED

        assert service.newest() == Success(session)
        assert service.session_for(service.auth_for(session)) == Success(session)

    def test_tokens_that_a_host_hands_over_are_enough_and_renewable(self, desk: Desk) -> None:
        first = desk.process()
        auth = first.auth_for(logged_in(first))
        desk.tokens.unreadable = desk.tokens.unwritable = DAMAGED
        desk.lock.is_reachable = False
        hosted = desk.process()
        session = hosted.session_for(auth).unwrap()
        desk.login.kill_interactive()

        assert hosted.renew(Application.TRADING, session).unwrap().interactive_token == "interactive-2"

    def test_threads_without_the_shared_lock_still_share_one_login(self, desk: Desk) -> None:
        service = desk.process()
        session = logged_in(service)
        desk.lock.is_reachable = False
        desk.tokens.unreadable = desk.tokens.unwritable = DAMAGED
        desk.login.kill_interactive()
        renewed = all_at_once(desk, [partial(service.renew, Application.TRADING, session)] * 8)

        assert {each.unwrap().interactive_token for each in renewed} == {"interactive-2"}

    def test_an_unreachable_lock_is_no_login_under_way(self, desk: Desk) -> None:
        desk.lock.is_reachable = False

        assert desk.process().newest() == Failure(Blocked(f"the store of the login lock cannot be reached; {NO_LOGIN}"))

    def test_a_login_that_could_not_be_saved_says_exactly_that_and_ends_no_session(self, desk: Desk) -> None:
        session = logged_in(desk.process())
        desk.tokens.unwritable = READ_ONLY
        outcome = desk.process().log_in(force=True, to_be_saved=True)

        assert outcome == Failure(
            Blocked(f"not logged in, because the session could not be saved: {READ_ONLY.message}")
        )
        assert desk.login.knows(session)

    def test_a_host_that_keeps_the_string_itself_may_log_in_without_the_store(self, desk: Desk) -> None:
        desk.tokens.unreadable = desk.tokens.unwritable = DAMAGED

        assert desk.process().log_in(verify=True).unwrap().interactive_token == "interactive-1"

    def test_a_refused_login_cools_down_although_it_cannot_be_recorded(self, desk: Desk) -> None:
        service = desk.process()
        session = logged_in(service)
        desk.tokens.unwritable = READ_ONLY
        desk.login.refusal = REFUSED
        service.renew(Application.TRADING, session)

        assert service.renew(Application.TRADING, session) == Failure(SessionExpired(REFUSED.message))

    def test_it_can_be_asked_whether_a_session_could_be_stored(self, desk: Desk) -> None:
        before = desk.process().store_problem()
        desk.tokens.unwritable = READ_ONLY

        assert (before, desk.process().store_problem()) == ("", READ_ONLY.message)

    def test_the_status_names_what_is_wrong_with_the_store(self, desk: Desk) -> None:
        desk.tokens.unreadable = DAMAGED

        assert desk.process().status() == SessionStatus("B-1", live=False, refusal=DAMAGED.message)


class TestStatus:
    def test_it_tells_what_there_is(self, desk: Desk) -> None:
        service = desk.process(AccountChoice(AccountKind.NORMAL, "CLIENT03"))
        logged_in(service)

        assert service.status() == SessionStatus(
            profile="B-1",
            live=True,
            user_id="DEALER01",
            account=AccountKind.NORMAL,
            expires_at=FIRST_DAY_END,
            seconds_left=17.5 * 3600,
            trading_barrier="the configured client is not mapped under this dealer",
        )

    def test_it_tells_of_no_login_and_of_a_refusal(self, desk: Desk) -> None:
        service = desk.process()
        nothing = service.status()
        desk.login.refusal = REFUSED
        service.log_in()

        assert nothing == SessionStatus("B-1", live=False)
        assert service.status() == SessionStatus("B-1", live=False, refusal=REFUSED.message)


def session_of(user_id: str) -> Session:
    return Session(
        user_id=user_id,
        account=Account(AccountKind.NORMAL, "CLIENT01"),
        interactive_token="of-old",
        market_token="of-old",
        expires_at=datetime(2027, 1, 1, tzinfo=UTC),
    )


def all_at_once(desk: Desk, calls: Sequence[Callable[[], Outcome]]) -> list[Outcome]:
    """Make calls that all begin before the first login ends."""
    desk.login.seconds = 1.0
    return desk.clock.together(calls)
