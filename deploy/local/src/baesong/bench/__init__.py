"""The benchmarks: each in a throwaway instance of its own, every figure checked by id."""
