"""The stage that the demo's stories are played on: one clock for all, and the steps of an order in one line each.

A story is a generator that yields how long it waits (a timedelta) or until when (a datetime). All stories share one
clock, so what they do is written in the order in which it happened. What would lie in the future is not played.
"""

import heapq
import uuid
from collections.abc import Generator, Iterable
from datetime import datetime, timedelta

from accounts.models import User
from orders import actions
from orders.models import Order
from orders.terms import InstalmentTerms, LineTerms, Terms
from orders.tracking import Answer, Told
from suppliers import actions as supplier_actions
from suppliers.models import Supplier
from trade_assurance import money
from trade_assurance.demo import docket
from trade_assurance.demo.cast import Cast
from trade_assurance.demo.till import FILES_FROM, Till

Story = Generator[timedelta | datetime, None, None]
Said = tuple[tuple[int, int, int], str]  # of an order: on time, as agreed and service from 1 to 5, and words
SWEEP_EVERY = timedelta(hours=12)  # how often money is moved on: often enough to look alive
RATED_EVERY = timedelta(days=9)  # how often companies are rated: often enough for a history
FOUNDED_DAYS = 200  # since when the demo's people are registered
SHIPPING = {  # the buyer's country: address
    "NZ": "14 Hobson Quay, Auckland 1010",
    "FR": "8 rue des Tanneurs, 59000 Lille",
    "US": "2210 Alder Street, Tacoma WA 98402",
    "JP": "3-12-8 Kyobashi, Chuo-ku, Tokyo",
}


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


def days(n: float) -> timedelta:
    return timedelta(days=n)


class Stage:
    """Who plays, the hour, and every step that a story can take at that hour."""

    def __init__(self, cast: Cast, till: Till, present: datetime):
        self.cast, self.till, self.present = cast, till, present
        self.now = self.swept_at = self.rated_at = present - days(FOUNDED_DAYS)

    def play(self, stories: Iterable[tuple[float, Story]]) -> None:
        """Play stories, each begun so many days ago, step by step in the order of time, up to the present."""
        waiting = [(self.present - days(ago), n, story) for n, (ago, story) in enumerate(stories)]
        heapq.heapify(waiting)
        while waiting:
            then, n, story = heapq.heappop(waiting)
            self._let_time_pass(then)
            wait = next(story, None)
            if wait is None:
                continue
            then = self.now + wait if isinstance(wait, timedelta) else wait
            if then <= self.present:
                heapq.heappush(waiting, (then, n, story))
        self._let_time_pass(self.present)

    def _let_time_pass(self, then: datetime) -> None:
        """Move the clock, and at each deadline on the way do what time does then."""
        while (due := docket.next_due()) is not None and due <= then:
            self.now = max(self.now, due)
            docket.play(self.now)
        self.now = then
        if then - self.swept_at >= SWEEP_EVERY or then == self.present:
            self.swept_at = then
            self.till.sweep(then, in_files=self.present - then < FILES_FROM)
        if then - self.rated_at >= RATED_EVERY:
            self.rated_at = then
            companies = [company.id for company in self.cast.companies.values()]
            supplier_actions.rerate_many(supplier_ids=companies, now=then)

    # People and terms ---------------------------------------------------------------------------------------------

    def buyer(self, name: str) -> User:
        return self.cast.people[name]

    def company(self, name: str) -> Supplier:
        return self.cast.companies[name]

    def seller(self, order: Order) -> User:
        return next(self.cast.owners[key] for key, made in self.cast.companies.items() if made.id == order.supplier_id)

    def terms(
        self,
        buyer: User,
        title: str,
        lines: Iterable[tuple[str, int, str, str]],
        *,
        currency: str = "USD",
        incoterm: str = "FOB",
        place: str = "Shenzhen",
        deposit_bp: int = 3000,
        ship_in: int | None = None,
        lead: int | None = None,
        freight: str = "0",
        is_sample: bool = False,
        quality: str = "AQL 2.5 for major and 4.0 for minor defects, ISO 2859-1 level II.",
        notes: str = "",
    ) -> Terms:
        """Terms as of the hour; a line is (product, quantity, unit, price), all of it due within three weeks."""
        made = tuple(
            LineTerms(product, quantity, unit, money.parse(price, currency)) for product, quantity, unit, price in lines
        )
        freight_minor = money.parse(freight, currency)
        total = sum(line.value_minor for line in made) + freight_minor
        deposit, balance = money.allocate(total, [deposit_bp, 10_000 - deposit_bp])

        def due(n: int) -> str:
            return (self.now + days(n)).astimezone(buyer.zone).date().isoformat()

        plan = [("Deposit", deposit, "production", due(7)), ("Balance", balance, "shipment", due(21))]
        if not balance or not deposit:
            plan = [("Full payment", total, "production", due(7))]
        lead = lead if lead or ship_in else 30
        return Terms(
            title=title,
            currency=currency,
            lines=made,
            plan=tuple(InstalmentTerms(*part) for part in plan),
            incoterm=incoterm,
            place=place,
            destination_country=buyer.country,
            destination_address=SHIPPING.get(buyer.country, "1 Market Street"),
            timezone=buyer.timezone,
            ship_by_on=due(ship_in) if ship_in else None,
            lead_days=lead,
            freight_minor=freight_minor,
            is_sample=is_sample,
            quality=quality,
            notes=notes,
        )

    # Steps --------------------------------------------------------------------------------------------------------

    def request(self, buyer: str, company: str, title: str, words: str) -> Order:
        return actions.request_contract(
            buyer=self.buyer(buyer),
            supplier_id=self.company(company).id,
            title=title,
            request=words,
            key=uuid.uuid4(),
            now=self.now,
        )

    def send(self, order: Order, terms: Terms, by: User) -> None:
        actions.save_draft(order_id=order.id, terms=terms, by=by, now=self.now)
        actions.send_contract(order_id=order.id, by=by, now=self.now)

    def accept(self, order: Order, by: User) -> None:
        """Sign the newest version as it stands, for whatever cover there is at that hour."""
        version = order.versions.newest()
        actions.accept(
            order_id=order.id,
            version=version.number,
            fingerprint=version.fingerprint,
            cover_minor=0,
            by=by,
            now=self.now,
        )

    def agree(self, buyer: str, company: str, title: str, lines, *, words: str = "", **terms) -> Generator:
        """From the request to the placed order, in a day: asked, drafted by the supplier, accepted by the buyer."""
        person = self.buyer(buyer)
        words = words or f"We would like {title[0].lower()}{title[1:]}. Please draft the contract with your best date."
        order = self.request(buyer, company, title, words)
        yield hours(9)
        self.send(order, self.terms(person, title, lines, **terms), self.seller(order))
        yield hours(13)
        self.accept(order, person)
        return Order.objects.get(pk=order.id)

    def say(self, order: Order, side: str, words: str) -> None:
        by = order.buyer if side == "buyer" else self.seller(order)
        actions.write_message(order_id=order.id, key=uuid.uuid4(), body=words, by=by, now=self.now)

    def pay(self, order: Order, *, by_card: bool = False) -> Generator:
        """Pay the plan: the deposit a day after, the balance a week later; afterwards the order is paid."""
        for n, part in enumerate(order.instalments.order_by("number")):
            yield days(1 if n == 0 else 7)
            if by_card and n == 0:
                self.till.card(part, now=self.now)
            else:
                self.till.transfer(part, part.open_minor, now=self.now)

    def produce(self, order: Order) -> None:
        actions.confirm_production(order_id=order.id, by=self.seller(order), now=self.now)

    def ship(
        self,
        order: Order,
        *,
        transport: str = "sea",
        carrier: str = "Tasman Line",
        lines=None,
        tracking="",
        says=True,
        **fields,
    ) -> None:
        """Ship all that is left of the lines with the given numbers, of every line if none are given.

        With a tracking number the carrier says at once that it has the goods, unless it says nothing.
        """
        rows = [line for line in order.lines.order_by("number") if lines is None or line.number in lines]
        zone = order.buyer.zone
        document = f"{'BL' if transport == 'sea' else 'WB'}-{order.reference[3:]}-{order.shipments.count() + 1}"
        self.last_shipment = actions.ship(
            order_id=order.id,
            key=uuid.uuid4(),
            transport=transport,
            dispatched_on=self.now.astimezone(zone).date(),
            carrier=carrier,
            document=document,
            tracking_number=tracking,
            **fields,
            quantities={line.id: line.to_ship for line in rows},
            by=self.seller(order),
            now=self.now,
        )
        if tracking and says:
            self.carrier_says(order, "picked_up")

    def carrier_says(
        self,
        order: Order,
        code: str,
        *,
        ago: timedelta = timedelta(0),
        place: str = "",
        country: str = "",
        to: str = "",
    ) -> None:
        """The carrier of the last shipment tells of an event some time ago, where the goods leave unless it says.

        `to` is the country that it takes them to.
        """
        at = max((self.now - ago).replace(microsecond=0), self.last_shipment.dispatched_at)
        arrives = code in ("arrived", "customs", "out_for_delivery", "delivered")
        where = order.buyer if arrives else self.seller(order)
        country = country or (order.buyer.country if arrives else order.supplier.country)
        place = place or ("" if arrives else order.supplier.city)
        told = Told(f"{code} {at.isoformat()}", code, at.astimezone(where.zone), place, country)
        answer = Answer((told,), destination=to)
        actions.hear(shipment_id=self.last_shipment.id, answer=answer, source="sandbox", now=self.now)

    def receive(self, order: Order, counts: Iterable[actions.Counted] = ()) -> None:
        actions.confirm_receipt(order_id=order.id, counts=list(counts), by=order.buyer, now=self.now)

    def feedback(self, order: Order, first: Said, reply: str = "", revision: Said | None = None) -> Generator:
        """What the buyer says of an order, the supplier's reply three days later, the revision after two more."""
        self.review(order, first, at=self.now)
        if reply:
            yield days(3)
            actions.reply_to_review(order_id=order.id, text=reply, by=self.seller(order), now=self.now)
        if revision:
            yield days(2)
            self._say_how_it_went(actions.revise_review, order, revision, self.now)

    def review(self, order: Order, said: Said, *, at: datetime) -> None:
        """What the buyer says of an order, at this hour or one before it."""
        self._say_how_it_went(actions.write_review, order, said, at)

    def _say_how_it_went(self, act, order: Order, said: Said, now: datetime) -> None:
        (on_time, as_agreed, service), words = said
        act(
            order_id=order.id,
            on_time=on_time,
            as_agreed=as_agreed,
            service=service,
            text=words,
            by=order.buyer,
            now=now,
        )

    def until_protection_ends(self, order: Order) -> Generator:
        """The 30 days pass, and time ends the protection."""
        yield Order.objects.get(pk=order.id).protection_ends_at
