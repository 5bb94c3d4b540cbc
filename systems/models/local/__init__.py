"""Weak models that run in process and need no key."""
