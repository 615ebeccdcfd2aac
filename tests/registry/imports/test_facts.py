"""What is known of a body before it is stored."""

from datetime import date

from services.registry.imports.facts import BodyFacts, Catalogue, Dated, follow_value
from services.registry.imports.files import Origin, Row
from services.registry.imports.summary import Line

DAY = date(2020, 1, 1)
HERE = Origin("a.csv", 2)


def test_a_value_that_follows_ends_the_one_before() -> None:
    history: list[Dated] = []
    follow_value(history, "a", date(2016, 3, 15))
    follow_value(history, "b", DAY)
    assert history == [Dated("a", date(2016, 3, 15), date(2019, 12, 31)), Dated("b", DAY, None)]


def test_the_same_value_again_changes_nothing() -> None:
    history = [Dated("a", DAY)]
    follow_value(history, "a", date(2021, 1, 1))
    assert history == [Dated("a", DAY)]


def body(key: str = "trust/RX6", *, is_known: bool = False) -> BodyFacts:
    """Return a body that a file tells of."""
    return BodyFacts(key, "nhs_trust", "test", HERE, is_known=is_known)


def test_a_door_without_address_is_none() -> None:
    found = body()
    found.reach("phone", "", "headquarters", DAY, "test", HERE)
    assert found.claims == []


def test_a_telephone_number_is_kept_in_e164() -> None:
    found = body()
    found.reach("phone", "0191 213 8566 ext 4", "headquarters", DAY, "test", HERE)
    assert found.claims[0].says["value"] == "+441912138566;ext=4"


def test_a_body_names_the_files_that_say_what_it_is_to_others() -> None:
    found = body()
    found.relate("icb/QHM", "member_of", (DAY, None), "test", Origin("b.csv", 3))
    found.reach("phone", "0191", "headquarters", DAY, "test", Origin("c.csv", 4))
    assert found.files == {"b.csv", "c.csv"}


def test_a_body_that_is_there_is_given_back() -> None:
    catalogue = Catalogue()
    first = catalogue.add(body())
    assert catalogue.add(body()) is first


def test_a_body_that_was_only_referred_to_is_told_of_when_its_file_comes() -> None:
    catalogue = Catalogue({"trust/RX6": body(is_known=True)})
    catalogue.find("trust/RX6", "trust").reach("phone", "0191", "headquarters", DAY, "test", HERE)
    own = catalogue.add(body())
    assert catalogue.bodies["trust/RX6"] is own
    assert own.claims[0].says["value"] == "0191"


def test_what_neither_files_nor_registry_know_makes_a_row_unusable() -> None:
    catalogue, row = Catalogue(), Row({}, Origin("a.csv", 7))
    with catalogue.using(row, "RX6: "):
        catalogue.find("icb/ZZZ", "board ZZZ")
    assert catalogue.rejected == [
        Line("rejected", "a.csv", 7, reason="RX6: board ZZZ is not in the files or the registry")
    ]


def test_a_body_that_another_file_made_known_is_not_made_again() -> None:
    catalogue = Catalogue({"trust/RX6": body(is_known=True), "trust/RXX": body("trust/RXX", is_known=True)})
    assert catalogue.find_elsewhere("trust/RX6", "a.csv") is None
    assert catalogue.find_elsewhere("trust/RX6", "b.csv") is catalogue.known["trust/RX6"]
    assert catalogue.find_elsewhere("trust/RX6", "a.csv") is not None
    assert [each.key for each in catalogue.everybody()] == ["trust/RXX", "trust/RX6"]
