"""Running reports: the contract of an analysis, the papermill engine, and the path from TOML to published PDF."""
