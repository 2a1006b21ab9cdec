"""Planted raters, from tests/support/raters.py."""

from support.raters import chat, fake_server, no_proxy, planted, quick_settings  # noqa: F401 - fixtures
