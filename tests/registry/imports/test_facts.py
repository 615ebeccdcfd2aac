"""What is known of a body before it is stored."""

from datetime import date

from services.registry.imports.facts import BodyFacts, Catalogue, Dated, follow

DAY = date(2020, 1, 1)


def test_a_value_that_follows_ends_the_one_before() -> None:
    history: list[Dated] = []
    follow(history, "a", date(2016, 3, 15))
    follow(history, "b", DAY)
    assert history == [Dated("a", date(2016, 3, 15), date(2019, 12, 31)), Dated("b", DAY, None)]


def test_the_same_value_again_changes_nothing() -> None:
    history = [Dated("a", DAY)]
    follow(history, "a", date(2021, 1, 1))
    assert history == [Dated("a", DAY)]


def test_the_digest_changes_with_anything_that_is_known() -> None:
    def body() -> BodyFacts:
        return BodyFacts("trust/RX6", "nhs_trust", "test", names=[Dated("a")])

    before = body().digest()
    changed = body()
    changed.reach("phone", "0191 000 0000", "headquarters", DAY, "test")
    related = body()
    related.relate("icb/QHM", "member_of", (DAY, None), "test")
    assert body().digest() == before
    assert len({before, changed.digest(), related.digest()}) == 3


def test_a_door_without_address_is_none() -> None:
    body = BodyFacts("trust/RX6", "nhs_trust", "test")
    body.reach("phone", "", "headquarters", DAY, "test")
    assert body.contacts == []


def test_a_body_that_is_there_is_given_back() -> None:
    catalogue = Catalogue()
    first = catalogue.add(BodyFacts("trust/RX6", "nhs_trust", "test"))
    assert catalogue.add(BodyFacts("trust/RX6", "nhs_trust", "other")) is first
