"""SQL in named blocks of a `.sql` file, loaded once."""

import re
from importlib.resources import files

_BLOCK = re.compile(r"^-- (\w+) --\n(.*?)(?=^-- \w+ --\n|\Z)", re.MULTILINE | re.DOTALL)


class Queries:
    """The blocks of `<package>/sql/queries.sql`: `Queries("allocator").stock_of` is the SQL under `-- stock_of --`."""

    def __init__(self, package: str) -> None:
        text = (files(package) / "sql" / "queries.sql").read_text(encoding="utf-8")
        self.blocks = {name: sql.strip() for name, sql in _BLOCK.findall(text)}

    def __getattr__(self, name: str) -> str:
        try:
            return self.blocks[name]
        except KeyError:
            raise AttributeError(f"no block named {name} in queries.sql") from None
