"""`baesong mail list` and `baesong mail show`: the mails of the local sink."""

from email.message import EmailMessage
from typing import Annotated, Any

import typer

from baesong.commands.output import HERE, AsJson, StateFolder, out, say_json, table
from baesong.errors import BaesongError
from baesong.mail.maildir import Mail, mails, mails_with

app = typer.Typer(help="The mails that the local sink keeps.", no_args_is_help=True)


@app.command("list")
def list_mails(
    state: StateFolder = HERE,
    to: Annotated[str, typer.Option("--to", help="Only those to this address.")] = "",
    last: Annotated[int, typer.Option("-n", "--last", help="How many of the last ones; 0 for all.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the mails, oldest first."""
    found = [head_of(mail) for mail in mails(state.resolve() / "mail")[-last if not to else 0 :]]
    chosen = [head for head in found if to in head["to"]][-last:]
    if as_json:
        say_json(chosen)
        return
    shown = table("id", "received", "to", "subject")
    for head in chosen:
        shown.add_row(head["id"], head["received_at"][:19].replace("T", " "), head["to"], head["subject"])
    out.print(shown)


@app.command("show")
def show_mail(
    mail_id: Annotated[str, typer.Argument(metavar="ID", help="As `mail list` gives it, or a Message-ID.")],
    state: StateFolder = HERE,
    html: Annotated[bool, typer.Option("--html", help="Its HTML instead of its text.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a mail."""
    found = mails_with(state.resolve() / "mail", mail_id)
    if not found:
        raise BaesongError(f"there is no mail {mail_id}: `baesong mail list` names them")
    message = found[0].message()
    if as_json:
        say_json(head_of(found[0]) | {"text": body_of(message, "plain"), "html": body_of(message, "html")})
        return
    for name, value in message.items():
        out.out(f"{name}: {value}")
    out.out("\n" + body_of(message, "html" if html else "plain"))


def head_of(mail: Mail) -> dict[str, Any]:
    """Give what a list shows of a mail."""
    message = mail.message()
    return {
        "id": mail.id,
        "received_at": mail.received_at.isoformat(timespec="seconds"),
        "message_id": str(message["Message-ID"] or "").strip(),
        "from": str(message["From"] or ""),
        "to": str(message["To"] or message["X-Envelope-To"] or ""),
        "subject": str(message["Subject"] or ""),
    }


def body_of(message: EmailMessage, kind: str) -> str:
    """Give its text (`plain`) or its HTML; empty if it has none."""
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""
