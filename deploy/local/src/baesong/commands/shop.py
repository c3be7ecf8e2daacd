"""`baesong shop`: the sales channels, through order-intake's own API. No secret is an argument, and none is printed."""

import asyncio
import getpass
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from baesong import shops
from baesong.commands.output import HERE, AsJson, StateFolder, err, out, say_json, table
from baesong.connection import Connection, connection_of
from baesong.errors import BaesongError

app = typer.Typer(
    help="The sales channels: what their words mean, their policies, secrets, keys.", no_args_is_help=True
)

Shop = Annotated[str, typer.Argument(metavar="SHOP", help="Its code, as its orders carry it.")]
From = Annotated[Path | None, typer.Option("--from", metavar="FILE", help="A JSON file that describes it whole.")]
Sets = Annotated[
    list[str], typer.Option("--set", metavar="PATH=VALUE", help="Such as payment.card.hours=48; JSON, or a text.")
]
Unsets = Annotated[list[str], typer.Option("--unset", metavar="PATH", help="Such as skus.OLD-1.")]
SecretFile = Annotated[Path | None, typer.Option("--secret-file", metavar="FILE", help="Its new webhook secret.")]
SecretEnv = Annotated[str, typer.Option("--secret-env", metavar="NAME", help="The same, from the environment.")]
SecretStdin = Annotated[bool, typer.Option("--secret-stdin", help="The same, from standard input.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is written down.")]
Actor = Annotated[str, typer.Option("--actor", help="Who acts; it is written down.", show_default="you")]
NONE: list[str] = []  # typer's way to say none
ME = getpass.getuser()


@app.command("add")
def add(
    shop: Shop,
    file: From = None,
    sets: Sets = NONE,
    secret_file: SecretFile = None,
    secret_env: SecretEnv = "",
    secret_stdin: SecretStdin = False,
    reason: Reason = "",
    actor: Actor = ME,
    state: StateFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Register a shop that is not registered yet; what is not said has its default."""
    secret = shops.secret_from(secret_file, secret_env, stdin=secret_stdin)
    document = shops.with_words(shops.document_in(file) if file else {}, sets, [])
    by, connection = _by(actor, reason), connection_of(state.resolve())

    async def registered() -> dict[str, Any]:
        told = await shops.save(connection, shop, document, 0, by)
        secrets = await shops.set_secret(connection, shop, secret, by, drop_old=False) if secret else None
        return told | ({"secrets": secrets["secrets"]} if secrets else {})

    _say(_run(registered()), as_json)


@app.command("set")
def change(
    shop: Shop,
    file: From = None,
    sets: Sets = NONE,
    unsets: Unsets = NONE,
    secret_file: SecretFile = None,
    secret_env: SecretEnv = "",
    secret_stdin: SecretStdin = False,
    drop_old: Annotated[bool, typer.Option("--drop-old", help="Its older webhook secret is good no more.")] = False,
    reason: Reason = "",
    actor: Actor = ME,
    state: StateFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Change what is said of a shop, its webhook secret, or both; with --from the whole of it."""
    secret = shops.secret_from(secret_file, secret_env, stdin=secret_stdin)
    described, new_secrets = bool(file or sets or unsets), bool(secret or drop_old)
    if not described and not new_secrets:
        raise BaesongError("say what changes: --from, --set, --unset, --secret-file, --drop-old …")
    by, connection = _by(actor, reason), connection_of(state.resolve())

    async def changed() -> dict[str, Any]:
        told: dict[str, Any] = {}
        if described:
            told |= await _described(connection, shop, file, sets, unsets, by)
        if new_secrets:
            secrets = await shops.set_secret(connection, shop, secret, by, drop_old=drop_old)
            told |= {**secrets, "changed": secrets["changed"] or told.get("changed", False)}
        return told

    _say(_run(changed()), as_json)


async def _described(
    connection: Connection, shop: str, file: Path | None, sets: list[str], unsets: list[str], by: dict[str, Any]
) -> dict[str, Any]:
    """Said from the version that was read: what somebody else changes meanwhile is not written over."""
    held = await shops.one_shop(connection, shop)
    document = shops.with_words(shops.document_in(file) if file else held["document"], sets, unsets)
    return await shops.save(connection, shop, document, held["version"], by)


@app.command("list")
def listed(state: StateFolder = HERE, as_json: AsJson = False) -> None:
    """List the shops."""
    found = _run(shops.all_shops(connection_of(state.resolve())))
    if as_json:
        say_json(found)
        return
    shown = table("shop", "system", "currency", "time zone", "version", "aliases", "secrets", "keys")
    for one in found:
        counts = (one["version"], sum(one["aliases"].values()), one["secrets"], one["keys"])
        shown.add_row(one["shop"], one["system"], one["currency"] or "", one["time_zone"], *map(str, counts))
    out.print(shown if shown.row_count else "no shop is registered: `baesong shop add SHOP`")


@app.command("show")
def show(shop: Shop, state: StateFolder = HERE, as_json: AsJson = False) -> None:
    """Show a shop whole: what is said of it, since when it has its secrets, its keys, what was done to it last."""
    told = _run(shops.one_shop(connection_of(state.resolve()), shop))
    if as_json:
        say_json(told)
        return
    out.print(f"{told['shop']}, version {told['version']}, changed {told['updated_at']}", markup=False)
    for name, value in told["document"].items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        out.print(f"{name:>18}  {text}", markup=False, soft_wrap=True)
    for name in ("secrets", "keys", "acts"):
        for row in told[name]:
            out.print(f"{name:>18}  {json.dumps(row, ensure_ascii=False)}", markup=False, soft_wrap=True)


@app.command("key")
def key(
    shop: Shop,
    note: Annotated[str, typer.Option("--note", help="What it is for.")] = "",
    reason: Reason = "",
    actor: Actor = ME,
    state: StateFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Make an API key for a shop. It is printed now, and can never be shown again."""
    made = _run(shops.make_key(connection_of(state.resolve()), shop, note or None, _by(actor, reason)))
    if as_json:
        say_json(made)
        return
    err.print(f"key {made['key_id']} of {made['shop']}: keep it, it is not shown again", markup=False)
    out.out(made["key"])


@app.command("drop-key")
def drop_key(
    shop: Shop,
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="As `baesong shop show` gives it.")],
    reason: Reason = "",
    actor: Actor = ME,
    state: StateFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Let an API key open nothing any more."""
    told = _run(shops.drop_key(connection_of(state.resolve()), shop, key_id, _by(actor, reason)))
    if as_json:
        say_json(told)
    else:
        out.print(f"key {told['key_id']} of {told['shop']} opens nothing any more", markup=False)


def _by(actor: str, reason: str) -> dict[str, Any]:
    return {"actor": actor, "reason": reason or None}


def _run(asked: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asked)


def _say(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say_json(told)
        return
    words = [f"shop {told['shop']} is {'changed' if told['changed'] else 'as it was'}"]
    if "version" in told:
        words.append(f"version {told['version']}")
    if "secrets" in told:
        words.append(f"webhook secrets held: {len(told['secrets'])}")
    out.print(", ".join(words), markup=False)
