"""The allocator: decides which location ships which unit, and keeps the stock."""
