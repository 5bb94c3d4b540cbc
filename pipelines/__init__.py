"""How it is measured: one module a stage, and the `archbench` command."""
