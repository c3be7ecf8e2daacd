"""Run order-intake: `python -m order_intake`."""

from order_intake.app import build
from service_runtime import run

if __name__ == "__main__":
    run(build())
