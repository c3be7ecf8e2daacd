"""Run the console."""

from console.app import build
from service_runtime import run

if __name__ == "__main__":
    run(build())
