"""The commands of `baesong`, one small module each."""
