"""The toy as a process of its own, with the runner's key: python -m replayed_toy. It reads batches of four records."""

from service_runtime import Service, ServiceSettings, run, wiring
from toy import HANDLERS, lock_counts

if __name__ == "__main__":
    wiring.REPLAYED_AT_ONCE = 4
    run(Service("toy", ServiceSettings(), HANDLERS, locks=[lock_counts]))
