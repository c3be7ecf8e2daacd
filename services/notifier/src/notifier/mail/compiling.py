"""Templates, compiled once: layout and parts into MJML, MJML into HTML with its CSS inlined, that into Jinja."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from mjml import mjml2html

from order_events import Fact

FACTS = (Fact.CONFIRMED, Fact.DELAYED, Fact.SHIPPED, Fact.CANCELLED)
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
    folder = str(files("notifier.mail") / "templates")
    loader = FileSystemLoader(folder)
    # Two stages: square brackets are filled here, curly ones when a letter is rendered.
    stage = Environment(
        loader=loader, block_start_string="[%", block_end_string="%]", variable_start_string="[[",
        variable_end_string="]]", comment_start_string="[#", comment_end_string="#]", undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - our own templates, before any text of others
    )  # fmt: skip
    html = Environment(autoescape=True, undefined=StrictUndefined)
    text = Environment(  # noqa: S701 - plain text has no markup to escape
        loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    css = stage.loader.get_source(stage, "mail.css")[0]
    return {
        fact.value: Templates(
            html.from_string(_html(stage.get_template(f"{fact.value}.mjml").render(), css)),
            text.get_template(f"{fact.value}.txt"),
        )
        for fact in FACTS
    }


def _html(mjml: str, css: str) -> str:
    inliner = CSSInliner(inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False, extra_css=css)
    return _TAG.sub(r"\1", inliner.inline(mjml2html(mjml)))
