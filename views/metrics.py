"""What Prometheus may know: numbers, never about whom."""

from prometheus_client import Counter, Gauge

REFUSALS = Counter("fanlight_views_refusals_total", "Pages refused, by status", ["status"])
LOOKS = Counter("fanlight_views_looks_total", "Looks written down, by action", ["action"])
BEHIND = Gauge("fanlight_views_behind_messages", "Messages not read yet")
UNREADABLE = Gauge("fanlight_views_unreadable_messages", "Messages this release cannot read")
APPLIED = Gauge("fanlight_views_applied_messages", "Messages read since the start")
WATCHING = Gauge("fanlight_views_live_pages", "Pages open with a live stream")
