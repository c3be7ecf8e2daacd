"""The fulfiller: turns decisions into shipments, at a partner or at the bench."""
