"""The fixtures of all tests: by subject, in tests/fixtures/."""

pytest_plugins = [
    "tests.fixtures.network",
    "tests.fixtures.servers",
    "tests.fixtures.databases",
    "tests.fixtures.engines",
    "tests.fixtures.clients",
    "tests.fixtures.homes",
    "tests.fixtures.stack",
    "tests.fixtures.partners",
]
