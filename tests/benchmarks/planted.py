"""A labelled set: invented comments in which personal data is planted, in the ways in which people write it.

Each text is made of one to four sentences. Some carry a planted piece, whose place and kind are known; others
carry what only looks like one: wards, doses, times, prices, references and days of visits. All is made by one
generator from one seed, so each run and each machine has the same texts. Numbers are of the ranges that Ofcom
keeps for drama, or made to pass or fail the check of an NHS number; names and addresses are invented. The
sentences were written for this set, and not from the texts of the tests of masks.
"""

import random
from collections.abc import Callable
from typing import NamedTuple

from shared.personal_data.spans import Kind, Span

SEED, TEXTS = 2026, 4000
FIRST = [
    "Ada",
    "Amina",
    "Brian",
    "Chen",
    "Dilys",
    "Eoin",
    "Farah",
    "George",
    "Hamza",
    "Ines",
    "Joan",
    "Kwame",
    "Leila",
    "Marek",
    "Nadia",
    "Owen",
    "Priya",
    "Siobhan",
]
LAST = [
    "Abbott",
    "Adeyemi",
    "Bennett",
    "Chowdhury",
    "Davies",
    "Evans",
    "Fitzgerald",
    "Gill",
    "Hussain",
    "Iqbal",
    "Jones",
    "Kowalski",
    "Llewellyn",
    "MacDonald",
    "Nguyen",
    "O'Neill",
    "Patel",
    "Quinn",
    "Robinson",
    "Singh",
    "Taylor",
    "Underwood",
    "Vaughan",
    "Whittaker",
    "Yusuf",
]
TITLES = ["Mr", "Mrs", "Ms", "Dr", "Miss", "Prof", "Sister", "Nurse", "Mr.", "Dr."]
AREAS = [
    "NE1 4LP",
    "SW1A 1AA",
    "M13 9WL",
    "LS1 3EX",
    "B15 2TH",
    "CF10 3AT",
    "EC1A 1BB",
    "W1T 3JT",
    "BS2 8HW",
    "TR1 3LJ",
]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
CARRIERS: dict[Kind, tuple[str, ...]] = {
    "NHS number": (
        "My NHS number is {}.",
        "NHS no. {} if you need it.",
        "Patient {} was kept waiting.",
        "({})",
    ),
    "phone number": (
        "Ring me on {}.",
        "My number is {} after six.",
        "tel: {}",
        "Please call {} and ask for the ward.",
        "I rang {} twice and nobody answered.",
    ),
    "e-mail address": ("Write to {}.", "My email is {}, thank you.", "contact {} please"),
    "postcode": ("I live at {}.", "We came from {} by bus.", "My address is 12 Mill Lane, {}."),
    "date of birth": (
        "My date of birth is {}.",
        "I was born on {}.",
        "DOB {}",
        "My son, born {}, was there.",
    ),
    "name": (
        "{} was very kind.",
        "I saw {} in clinic.",
        "Please thank {} for me.",
        "We waited for {}.",
    ),
}
PLAIN = (
    "The nurse explained everything.",
    "I waited 45 minutes and then 2 hours more.",
    "Ward 7 was clean, bay 3 less so.",
    "They gave me 500 mg twice a day.",
    "Parking was £3.50 for 2 hours.",
    "My appointment on 14 March at 10:30 was cancelled.",
    "I was told 3 different things by 4 people.",
    "The letter of 02/03/2026 came after the clinic.",
    "I rang 111 and then 999.",
    "The lift to level 4 did not work.",
    "We sat in A&E from 6pm to 2am.",
    "My blood pressure was 140/90.",
    "The doctor listened to me.",
    "Reference 12-345 got lost.",
    "In 2019 it was better than in 2024.",
    "Nobody told us about the move to room B12.",
    "I miss the old clinic.",
    "Covid-19 changed how we visit.",
    "I had 2 x-rays and 1 scan on 5/6.",
    "My sister drove me there.",
)


class Labelled(NamedTuple):
    """A text, and where which personal data is planted in it."""

    text: str
    planted: tuple[Span, ...]


def nhs_number(chance: random.Random) -> str:
    """Ten digits that pass the check, as people write them."""
    while True:
        digits = [chance.choice("4567")] + [chance.choice("0123456789") for _ in range(8)]
        check = (
            11 - sum(int(each) * weight for each, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        )
        if check != 10:
            number = "".join(digits) + str(check % 11)
            parts = number[:3], number[3:6], number[6:]
            return chance.choice(("{0} {1} {2}", "{0}{1}{2}", "{0}-{1}-{2}")).format(*parts)


def phone_number(chance: random.Random) -> str:
    """A number of the ranges for drama."""
    end = f"{chance.randrange(1000):03}"
    forms = (
        "07700 900{0}",
        "07700900{0}",
        "+44 7700 900{0}",
        "020 7946 0{0}",
        "0113 496 0{0}",
        "(0191) 498 0{0}",
    )
    return chance.choice((*forms, "0044 7700 900{0}", "07700-900-{0}", "0161 4960{0}")).format(end)


def email_address(chance: random.Random) -> str:
    """An address of a domain that is nobody's."""
    first, last = chance.choice(FIRST).lower(), chance.choice(LAST).lower().replace("'", "")
    forms = "{0}.{1}@example.org", "{0}{1}7@example.com", "{0}_{1}@mail.example.net", "{0} (at) example.org"
    return chance.choice(forms).format(first, last)


def postcode(chance: random.Random) -> str:
    """A postcode in capitals, in small letters, or without the space."""
    found = chance.choice(AREAS)
    return chance.choice((found, found, found.lower(), found.replace(" ", "")))


def date_of_birth(chance: random.Random) -> str:
    """A day of the last century."""
    day, month, year = chance.randint(1, 28), chance.randint(1, 12), chance.randint(1930, 1999)
    name = MONTHS[month - 1]
    forms = (
        f"{day}/{month}/{year}",
        f"{day:02}.{month:02}.{year}",
        f"{day} {name} {year}",
        f"{year}-{month:02}-{day:02}",
    )
    return chance.choice((*forms, f"{name} {day}, {year}", f"{day} {name[:3]} {year}"))


def name(chance: random.Random) -> str:
    """A name without its title, which stays: "Mrs Abbott", "Dr Ada Abbott"."""
    return chance.choice(("{1}", "{0} {1}", "{1}")).format(chance.choice(FIRST), chance.choice(LAST))


MADE: dict[Kind, Callable[[random.Random], str]] = {
    "NHS number": nhs_number,
    "phone number": phone_number,
    "e-mail address": email_address,
    "postcode": postcode,
    "date of birth": date_of_birth,
    "name": name,
}


def labelled_texts(texts: int = TEXTS, share: float = 0.5) -> list[Labelled]:
    """The set; `share` of its texts carry something."""
    chance = random.Random(SEED)  # the same each time
    return [labelled_text(chance, share) for _ in range(texts)]


def labelled_text(chance: random.Random, share: float) -> Labelled:
    """One text, of sentences in any order."""
    sentences: list[tuple[str, Kind | None, str]] = [
        (chance.choice(PLAIN), None, "") for _ in range(chance.randint(1, 3))
    ]
    if chance.random() < share:
        of = chance.choice(tuple(MADE))
        sentences.append((chance.choice(CARRIERS[of]), of, MADE[of](chance)))
    chance.shuffle(sentences)
    text, planted = "", []
    for carrier, kind, piece in sentences:
        before, _, after = carrier.partition("{}") if kind else (carrier, "", "")
        before = f"{before}{chance.choice(TITLES)} " if kind == "name" else before
        start = len(text) + len(before)
        if kind:
            # A bracket before a number is no part of it.
            planted.append(Span(start + piece.startswith("("), start + len(piece), kind))
        text += f"{before}{piece}{after} "
    return Labelled(text.strip(), tuple(planted))
