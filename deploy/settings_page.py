"""docs/settings.md, made from the settings classes: every setting, its default and its sentence."""

from importlib import import_module

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from deploy.documents import Generated
from deploy.keys import SERVICES
from deploy.local.home import CHECKOUT
from shared.settings import ServiceSettings

PAGE_HEAD = """# Settings

Made from the settings classes by `make docs`; the tests compare.

A service reads its settings once, when it starts, from environment variables with its own prefix. A setting
can also come from a file: `LOOP_SEAL_KEY_FILE` names the file that holds `LOOP_SEAL_KEY`. Keep secrets in
files that only the service's user can read. You must give every setting that has no default.

`make demo` and `make up` write all settings, with new keys and passwords, into `.doorway/`. See
[operations](operations.md).

Only `doorway migrate` reads `<SERVICE>_MIGRATION_URL`: the database address for the role that owns the
tables.
"""


def settings_page() -> str:
    """The page that shows every setting to people."""
    said = "`<SERVICE>` is one of " + ", ".join(f"`{service.upper()}`" for service in SERVICES) + "."
    shared = settings_section("Every service", said, own_fields(ServiceSettings), "<SERVICE>_")
    return PAGE_HEAD + shared + "".join(section_of(service) for service in SERVICES)


def section_of(service: str) -> str:
    """What the page says of one service."""
    fields = own_fields(settings_of(service))
    said = "" if fields else "No further settings."
    return settings_section(service.capitalize(), said, fields, f"{service.upper()}_")


def settings_section(title: str, said: str, fields: dict[str, FieldInfo], prefix: str) -> str:
    """A heading and the table of some fields."""
    rows = "".join(setting_row(prefix, name, field) for name, field in fields.items())
    table = f"\n| setting | default | |\n|---|---|---|\n{rows}" if rows else ""
    return f"\n## {title}\n" + (f"\n{said}\n" if said else "") + table


def setting_row(prefix: str, name: str, field: FieldInfo) -> str:
    """The line of one setting."""
    return f"| `{prefix}{name.upper()}` | {default_of(field)} | {field.description} |\n"


def default_of(field: FieldInfo) -> str:
    """A setting's default as it would be written; paths as they stand in the repository."""
    if field.is_required():
        return "*required*"
    default: object = field.get_default(call_default_factory=True)
    text = str(default).removeprefix(f"{CHECKOUT}/")
    return f"`{text}`" if text and default != () else "*empty*"


def settings_of(service: str) -> type[BaseSettings]:
    """A service's settings class."""
    found: type[BaseSettings] = import_module(f"services.{service}.settings").Settings
    return found


def own_fields(settings: type[BaseSettings]) -> dict[str, FieldInfo]:
    """The fields that a class adds to those of every service, or describes differently."""
    common = {} if settings is ServiceSettings else ServiceSettings.model_fields
    return {
        name: field
        for name, field in settings.model_fields.items()
        if name not in common or field.description != common[name].description
    }


SETTINGS_PAGE = Generated(CHECKOUT / "docs" / "settings.md", settings_page)

if __name__ == "__main__":
    SETTINGS_PAGE.write()
