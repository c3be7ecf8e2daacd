"""`baesong crash`: breaks a throwaway instance on purpose while orders flow, and counts what came of them."""
