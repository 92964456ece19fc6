"""The audit door: what was asked of the cloud, by whom, and how it ended."""
