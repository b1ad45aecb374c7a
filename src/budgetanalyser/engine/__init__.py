"""Running reports: the contract an analysis must keep, the papermill engine, and the path from TOML to published PDF."""
