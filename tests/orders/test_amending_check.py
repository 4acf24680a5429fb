"""The linter about an amendment: only what its terms bring, the score before and after."""

from dataclasses import replace

from orders.linting.amended import amended, no_longer_protected, points, without_mends
from orders.terms import Attribute
from tests.orders.test_linting import CHINA, LAMP, sound

WEAK = sound(place="port")


def codes(old, new) -> list[str]:
    return [finding.code for finding in amended(old, new, CHINA)]


def with_line(**changes):
    return replace(WEAK, lines=(replace(LAMP, **changes),))


def test_what_was_weak_before_is_not_said_again_unless_its_term_changes():
    assert codes(WEAK, WEAK) == []
    assert codes(WEAK, with_line(quantity=90)) == []
    assert "vague_place" in codes(WEAK, replace(WEAK, place="any port"))


def test_what_the_change_brings_is_said_with_the_score():
    new = with_line(attributes=(*LAMP.attributes, Attribute("Height", "value", unit="mm", value="90")))
    assert set(codes(WEAK, new)) >= {"no_method", "exact_value"} and "vague_place" not in codes(WEAK, new)
    assert points(new, CHINA) < points(WEAK, CHINA)
    assert any("measured in two ways" in sentence for sentence in no_longer_protected(WEAK, new, CHINA))
    assert no_longer_protected(WEAK, WEAK, CHINA) == []


def test_a_mend_that_an_amendment_refuses_is_not_offered():
    new = with_line(attributes=(Attribute("Height", "value", unit="mm", value="90"),))
    found = amended(WEAK, new, CHINA)
    assert any(finding.mend for finding in found)
    assert not any(finding.mend for finding in without_mends(found, new, lambda terms: False))
    assert without_mends(found, new, lambda terms: True) == found
