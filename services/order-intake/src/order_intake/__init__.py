"""Order-intake: takes orders from upstream checkouts, each once."""
