"""How codes are read and compared."""

from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from order_intake.domain.checkouts import identity
from order_intake.domain.codes import folded, tidy


def test_a_sku_is_carried_without_outer_spaces_in_one_unicode_form_and_in_the_case_given():
    assert tidy("  Mug-Blue ") == "Mug-Blue"
    assert tidy("ＭＵＧ－Ｂlue\u3000") == "MUG-Blue"
    assert tidy("cafe\u0301") == "caf\u00e9"


def test_a_shop_and_a_source_are_compared_without_case():
    assert folded(" Seoul-Craft ") == folded("SEOUL-CRAFT") == "seoul-craft"
    assert folded("STRASSE") == folded("straße") == folded("ｓｔｒａｓｓｅ")


def test_shop_and_source_name_one_order_whatever_their_case():
    assert identity("Seoul-Craft", "WEB", "G-1") == identity("seoul-craft", "web", "G-1")


def test_the_sources_own_id_is_taken_as_it_stands():
    assert identity("seoul-craft", "web", "G-1") != identity("seoul-craft", "web", "g-1")


@given(st.text())
def test_a_tidy_code_stays_as_it_is(code: str):
    assert tidy(tidy(code)) == tidy(code)


@given(st.text())
def test_folding_a_folded_code_changes_nothing(code: str):
    assert folded(folded(code)) == folded(code)


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_the_short_way_for_ascii_gives_what_the_long_way_gives(code: str):
    assert tidy(code) == normalize("NFKC", code).strip()
    assert folded(code) == normalize("NFKC", code.strip().casefold())
