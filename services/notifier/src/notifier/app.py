"""The composition root: the only file that knows everything."""

from notifier import handlers, http, recovery
from notifier.mail.compiling import templates
from notifier.mail.connections import Connections, Server
from notifier.mail.port import MailPort
from notifier.settings import Settings
from service_runtime import Service


def build(settings: Settings | None = None) -> Service:
    """The service, with its templates compiled: a broken one stops the start, not a mail."""
    settings = settings or Settings()
    templates()
    server = Server.of(settings.smtp_url.get_secret_value())
    connections = Connections(server, settings.sender.domain)
    mail = MailPort(connections, settings.sender, settings.house, settings.smtp_find_url)
    heard = handlers.all_of(settings)
    return Service(
        name="notifier",
        settings=settings,
        handlers=heard,
        routers=[http.router_of(settings.house)],
        effects={"mail": mail},
        closed=[mail.close],
        own=[recovery.messages],
        projections=handlers.projections_of(settings, heard[0]),
    )
