"""The history of the rating: one step each change, the star steps beside, and the table that says the same."""

from datetime import timedelta

import pgtrigger
import pytest
import time_machine

from suppliers import rating_chart
from suppliers.models import RatingSnapshot
from tests.stories import DAY, NOW
from trade_assurance.rulebook import CURRENT

pytestmark = pytest.mark.django_db


def rated(supplier, at, lowest, stars=3) -> RatingSnapshot:
    """A rating whose lowest indicator has so many hundredths."""
    return RatingSnapshot.objects.create(
        supplier=supplier,
        at=at,
        because="night",
        stars=stars,
        marks={"on_time": lowest, "conformity": 100_00, "answers": 100_00, "feedback": 100_00, "standing": 100_00},
        facts={},
        points=0,
        volume_minor=0,
        limit_minor=25_000_00,
    )


def chart_of(world, now):
    return rating_chart.history(rating_chart.of_year(world.supplier.pk, now), now)


@pytest.fixture
def unrated(world):
    """A supplier without the rating that its verification brought."""
    with pgtrigger.ignore("suppliers.RatingSnapshot:kept"):
        RatingSnapshot.objects.filter(supplier=world.supplier).delete()
    return world


def test_there_is_no_chart_of_fewer_than_two_ratings(unrated):
    assert chart_of(unrated, NOW) is None
    rated(unrated.supplier, NOW - DAY, 80_00)
    assert chart_of(unrated, NOW) is None


def test_the_line_keeps_its_height_until_the_change_and_goes_on_to_today(unrated):
    rated(unrated.supplier, NOW - 100 * DAY, 100_00)
    rated(unrated.supplier, NOW - 50 * DAY, 50_00)
    rated(unrated.supplier, NOW - 25 * DAY, 50_00)
    drawn = chart_of(unrated, NOW)
    assert drawn.lines[0]["points"] == "48,14 342,14 342,204 489,204 636,204"
    assert drawn.lines[0]["end"] == (636, 204)
    assert drawn.said == "It was 100.0 of 100 on 24 May 2026 and is 50.0 now."
    assert [tick.label for tick in drawn.ys] == ["0", *map(str, CURRENT.star_steps), "100"]
    assert [step.label for step in drawn.lines[0]["steps"]][::4] == ["1 star", "5 stars"]
    assert [tick.at for tick in drawn.ys[1:-1]] == [step.at for step in drawn.lines[0]["steps"]]


def test_a_line_touches_a_step_only_where_the_mark_reaches_it(unrated):
    rated(unrated.supplier, NOW - 2 * DAY, 89_99)
    rated(unrated.supplier, NOW - DAY, 90_00)
    drawn = chart_of(unrated, NOW)
    below, on = drawn.lines[0]["points"].split()[0], drawn.lines[0]["points"].split()[-1]
    assert on.endswith(f",{drawn.lines[0]['steps'][-1].at}")
    assert int(below.split(",")[1]) > drawn.lines[0]["steps"][-1].at


def test_twelve_months_begin_with_the_rating_that_stood_then(unrated):
    rated(unrated.supplier, NOW - 500 * DAY, 10_00)
    rated(unrated.supplier, NOW - 400 * DAY, 60_00)
    rated(unrated.supplier, NOW - 73 * DAY, 80_00)
    rated(unrated.supplier, NOW + DAY, 0)
    ratings = rating_chart.of_year(unrated.supplier.pk, NOW)
    assert [int(each.lowest) for each in ratings] == [60, 80]
    drawn = rating_chart.history(ratings, NOW)
    assert drawn.lines[0]["points"].startswith("48,166 518,166 518,")
    assert "on 1 September 2025" in drawn.said


def test_two_ratings_of_one_moment_draw(unrated):
    rated(unrated.supplier, NOW, 80_00)
    rated(unrated.supplier, NOW, 70_00)
    assert chart_of(unrated, NOW).lines[0]["points"]


def test_the_page_lists_every_rating_it_draws_in_as_many_queries(client, unrated, django_assert_max_num_queries):
    with time_machine.travel(NOW + 300 * DAY):
        client.force_login(unrated.seller)
        assert "<figure" not in client.get("/portal/rating/").content.decode()
        for number in range(40):
            rated(unrated.supplier, NOW + number * timedelta(hours=30), 70_00 + number * 10)
        client.get("/portal/rating/")
        with django_assert_max_num_queries(16):
            page = client.get("/portal/rating/").content.decode()
    assert 'aria-label="Your lowest indicator. It was 70.0 of 100 on 1 September 2026 and is 73.9 now.' in page
    assert "28 earlier ratings" in page
    for number in range(40):
        assert f'<span class="num">{70 + number // 10}.{number % 10}</span>' in page
    assert "<script" not in page.partition("<figure")[2].partition("</figure>")[0]
