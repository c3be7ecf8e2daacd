"""`python -m fulfiller`: run the service until it is told to stop."""

from fulfiller.app import build
from service_runtime import run

if __name__ == "__main__":
    run(build())
