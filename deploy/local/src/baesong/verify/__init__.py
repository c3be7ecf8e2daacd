"""Proves an instance's books from topics, databases, mails and the outsiders' own lists; trusts no service."""
