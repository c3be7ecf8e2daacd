"""Run the allocator."""

from allocator.app import build
from service_runtime import run

if __name__ == "__main__":
    run(build())
