"""Clusters: instances that are started by ordinary requests, and put together over SSH."""
