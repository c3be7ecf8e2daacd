"""SQL in named blocks of a `.sql` file, loaded once."""

import re
from importlib.resources import files

_BLOCK = re.compile(r"^-- (\w+) --\n(.*?)(?=^-- \w+ --\n|\Z)", re.MULTILINE | re.DOTALL)


class Queries:
    """The blocks of `<package>/sql/queries.sql`: `Queries("allocator").stock_of` is the SQL under `-- stock_of --`."""

    def __init__(self, package: str, file: str = "queries.sql") -> None:
        text = (files(package) / "sql" / file).read_text(encoding="utf-8")
        self.blocks: dict[str, str] = {name: sql.strip() for name, sql in _BLOCK.findall(text)}

    def __getattr__(self, name: str) -> str:
        """The SQL of a block.

        Raises:
            AttributeError: there is no block of that name.
        """
        if name == "blocks" or name not in self.blocks:
            raise AttributeError(f"no block named {name} in queries.sql")
        return self.blocks[name]
