"""Wrappers: each is a Service around a Service."""
