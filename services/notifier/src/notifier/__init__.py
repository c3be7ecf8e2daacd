"""The notifier: tells the customer each fact once."""
