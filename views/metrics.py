"""What Prometheus may know, and whoever reads the pages can ask for: numbers, never about whom.

Not how many messages were read: decisions on what is withheld are among them.
"""

from prometheus_client import Counter, Gauge

REFUSALS = Counter("fanlight_views_refusals_total", "Pages refused, by status", ["status"])
LOOKS = Counter("fanlight_views_looks_total", "Looks written down, by action", ["action"])
BEHIND = Gauge("fanlight_views_behind_messages", "Messages not read yet")
UNREADABLE = Gauge("fanlight_views_unreadable_messages", "Messages this release cannot read")
WATCHING = Gauge("fanlight_views_live_pages", "Pages open with a live stream")
