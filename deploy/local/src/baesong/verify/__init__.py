"""Proves an instance's books from topics, databases, mails and the outsiders' own lists; trusts no service."""

from baesong.verify.audit import verify
from baesong.verify.report import Report
from baesong.verify.view import View, view_of

__all__ = ["Report", "View", "verify", "view_of"]
