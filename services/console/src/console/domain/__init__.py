"""What a replay picks, what would become of it, and who may order it. Pure."""
