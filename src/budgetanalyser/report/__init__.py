"""The report document and everything made from it. Each module says its own part; nothing is imported here."""
