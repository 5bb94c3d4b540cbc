"""Readers of datasets in their own formats."""
