"""Templates, compiled once: layout and parts into MJML, MJML into HTML with its CSS inlined, that into Jinja."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from mjml import mjml2html

from order_events import Fact

FACTS = (Fact.CONFIRMED, Fact.ORDER_CHANGED, Fact.ON_HOLD, Fact.DELAYED, Fact.SHIPPED, Fact.CANCELLED)
# Jinja's tags stand in comments until CSS is inlined: an HTML parser would move bare text out of a table.
_TAG = re.compile(r"<!--(\{%.*?%\})-->")


@dataclass(frozen=True, slots=True)
class Templates:
    """The two parts of one fact's mail; each takes a `page`."""

    html: Template
    text: Template


@cache
def templates() -> dict[str, Templates]:
    """The templates of every fact, by its name. The first call compiles them (tens of milliseconds)."""
    root = files("notifier.mail") / "templates"
    loader, css = FileSystemLoader(str(root)), (root / "mail.css").read_text(encoding="utf-8")
    pages, texts, mails = _stage(loader), _texts(loader), Environment(autoescape=True, undefined=StrictUndefined)
    return {
        fact.value: Templates(
            mails.from_string(_html(pages.get_template(f"{fact.value}.mjml").render(), css)),
            texts.get_template(f"{fact.value}.txt"),
        )
        for fact in FACTS
    }


def _stage(loader: FileSystemLoader) -> Environment:
    """The first of two stages: square brackets are filled now, curly ones when a letter is rendered."""
    return Environment(
        loader=loader, block_start_string="[%", block_end_string="%]", variable_start_string="[[",
        variable_end_string="]]", comment_start_string="[#", comment_end_string="#]", undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - our own templates, and no text of others yet
    )  # fmt: skip


def _texts(loader: FileSystemLoader) -> Environment:
    return Environment(
        loader=loader,
        auto_reload=False,  # else each letter asks for the files' times
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - plain text has no markup to escape
    )


def _html(mjml: str, css: str) -> str:
    inliner = CSSInliner(inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False, extra_css=css)
    return _TAG.sub(r"\1", inliner.inline(mjml2html(mjml)))
