"""The figures of the report: a module a figure, one style."""
