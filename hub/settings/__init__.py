"""The configuration: `config/hub.toml`, the files of `config/conf.d/` beside it, and variables HUB__….

    config = settings.load(Path("config/hub.toml"))         everything right, or InvalidConfiguration with all mistakes
    checked = settings.check(Path("config/hub.toml"))       everything that is wrong, and what is right

Relative paths start at the *home*: the folder of hub.toml, or the one above it where that is called `config`.

    places       where every key stands in a file              models        what may stand in the files
    document     files and variables as one tree               validation    the tree against a model
    references   ${env:…}, ${file:…}                           words         what is wrong, for people
    checks       mistakes between values                       connections   connectors' own settings
    config       the frozen result                             reading       all of it, in order
    inventory    what is in force and where it comes from      schema        the JSON Schema for editors
    handing      what is in force, for a process of our own
"""

from hub.settings.config import BrokenConnection, Company, Config, Connection, Limits, home_of
from hub.settings.mistakes import CODES, InvalidConfiguration, Mistake
from hub.settings.places import Key, Place
from hub.settings.reading import Checked, check, load

__all__ = [
    "CODES",
    "BrokenConnection",
    "Checked",
    "Company",
    "Config",
    "Connection",
    "InvalidConfiguration",
    "Key",
    "Limits",
    "Mistake",
    "Place",
    "check",
    "home_of",
    "load",
]
