"""Configurations of the lives that are measured."""

TAP = """[readiness]
probe = { type = "stdout", pattern = "^ready" }
"""
FULL = """[service]
name = "echo"
type = "service"
environment = { NODE_ENV = "production" }
[readiness]
probe = { type = "stdout", pattern = "^ready" }
timeout = "300s"
[startup]
retries = 3
backoff = { initial = "1s", factor = 2.0, max = "30s", jitter = 0.2 }
[shutdown]
timeout = "30s"
sequence = ["SIGTERM", "5s", "SIGINT"]
[[health]]
name = "alive"
probe = { type = "process" }
interval = "60s"
timeout = "3s"
failure_threshold = 3
[exit]
remap = { "143" = 0 }
[log]
format = "json"
fields = { test_id = "${TEST_ID:-none}" }
"""
