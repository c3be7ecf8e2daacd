"""Letters as mail: words, pages, messages, and the way to the mail server."""
