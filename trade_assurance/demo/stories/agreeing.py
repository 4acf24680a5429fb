"""Contracts on their way to be signed, and some that never were."""

from orders import actions
from trade_assurance.demo.measured import measured
from trade_assurance.demo.stage import Stage, Story, days, hours
from trade_assurance.rulebook import CURRENT


def requested_of_vidrios(stage: Stage) -> Story:
    stage.request(
        "northline",
        "vidrios",
        "Glass carafes, 300 pieces",
        "300 carafes of recycled glass, 1 litre, packed by twelve. By late January?",
    )
    yield from ()


def requested_of_lumenworks(stage: Stage) -> Story:
    order = stage.request(
        "northline",
        "lumenworks",
        "Bathroom sconces, IP44, 220 pieces",
        "220 sconces for a hotel in Queenstown, IP44, brushed nickel, E14. We need RCM test reports with the goods.",
    )
    yield hours(3)
    stage.say(order, "buyer", "Drawings follow tomorrow. The hotel opens on 1 March, so February on board would do.")


def sent_by_baltic(stage: Stage) -> Story:
    order = stage.request("northline", "baltic", "Oak shelving, 180 sets", "180 sets of oak shelving, oiled, FSC.")
    yield hours(20)
    lines = [("Oak shelf, oiled, 900 × 250 × 27 mm", 540, "pieces", "21.50"), ("Steel bracket", 1080, "pieces", "1.40")]
    terms = stage.terms(
        order.buyer, order.title, lines, currency="EUR", incoterm="FCA", place="Kaunas terminal", freight="640.00"
    )
    terms = measured(terms, "furniture", width="900 ± 2", height="27 ± 0.5", load="at least 25")
    stage.send(order, terms, stage.seller(order))
    stage.say(order, "supplier", "The FSC certificate is part of the documents. The price holds this month.")


def countered_for_ardent(stage: Stage) -> Story:
    """The buyer answered the supplier's version with its own; the supplier reads it now."""
    order = stage.request("northline", "ardent", "Linen throws, 400 pieces", "400 linen throws, stone-washed.")
    yield hours(26)
    lines = [("Linen throw 130 × 170 cm, 240 g/m²", 400, "pieces", "24.80")]
    linen = {"weight": "240 ± 10", "composition": "100 % linen"}
    terms = stage.terms(order.buyer, order.title, lines, currency="EUR", lead=45)
    stage.send(order, measured(terms, "textiles", **linen), stage.seller(order))
    yield hours(30)
    lines = [("Linen throw 130 × 170 cm, 240 g/m²", 400, "pieces", "23.90")]
    terms = stage.terms(order.buyer, order.title, lines, currency="EUR", lead=30)
    stage.send(order, measured(terms, "textiles", **linen, shrinkage="at most 2"), order.buyer)
    stage.say(order, "buyer", "We can meet at 23.90 if you ship within 30 days.")


def countered_for_lumenworks(stage: Stage) -> Story:
    order = stage.request("seattle", "lumenworks", "Porch lanterns, 150 pieces", "150 porch lanterns, UL listed.")
    yield hours(30)
    lines = [("Porch lantern, black, E26", 150, "pieces", "38.00")]
    stage.send(order, stage.terms(order.buyer, order.title, lines, lead=40), stage.seller(order))
    yield hours(22)
    stage.send(order, stage.terms(order.buyer, order.title, lines, lead=40, deposit_bp=2000), order.buyer)
    stage.say(order, "buyer", "Same price, but a deposit of 20 % please: this is our first order with you.")


def lapsed(stage: Stage) -> Story:
    order = stage.request("paris", "rajwada", "Marble trays, 250 pieces", "250 trays in Makrana marble.")
    yield hours(10)
    lines = [("Marble tray 30 × 20 cm", 250, "pieces", "14.00")]
    stage.send(order, stage.terms(order.buyer, order.title, lines), stage.seller(order))
    yield days(CURRENT.lapse_days)
    actions.lapse(order_id=order.id, now=stage.now)


def declined(stage: Stage) -> Story:
    order = stage.request("northline", "anatolia", "Bath towels, 600 pieces", "600 towels, 550 g/m².")
    yield hours(16)
    lines = [("Bath towel 70 × 140 cm, 450 g/m²", 600, "pieces", "6.90")]
    stage.send(order, stage.terms(order.buyer, order.title, lines), stage.seller(order))
    yield hours(9)
    stage.say(order, "buyer", "This is 450 g/m², we asked for 550. We decline and will ask again for spring.")
    actions.cancel(order_id=order.id, by=order.buyer, now=stage.now)
